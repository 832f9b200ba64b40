"""How long the machine, and not what is tested, kept somebody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Stalls", "stalls"]

TICK = 0.01
HICCUP = 0.03


class Stalls:
    """Counts the seconds by which its own short sleeps were overslept."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._ended = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)
        self._ticking.start()

    def _tick(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(TICK):
            now = time.monotonic()
            late, last = now - last - TICK, now
            if late > HICCUP:
                self.seconds += late

    def end(self) -> None:
        """Count no further."""
        self._ended.set()
        self._ticking.join()


@contextmanager
def stalls() -> Iterator[Stalls]:
    """Count while a test measures, so that a limit in seconds is one of the software and not of a busy machine."""
    counted = Stalls()
    try:
        yield counted
    finally:
        counted.end()
