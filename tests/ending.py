"""The end of a process that has loaded everything, without the tenth of a second that taking it all apart takes.

Import this before anything else: what is to be done at the end is done in turn, the first to come last, and this is the very last.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable

__all__ = ["ends_at_once"]


class _End:
    code: int | None = None
    """How the process ends; None where that is Python's to say."""


def ends_at_once(program: Callable[[], None]) -> Callable[[], None]:
    """Return the program; when it returned, or asked to end with a number, the process ends once all that waits for it is done."""

    def run() -> None:
        try:
            program()
            _End.code = 0
        except SystemExit as asked:
            if asked.code is None or isinstance(asked.code, int):
                _End.code = (asked.code or 0) & 0xFF
            raise

    return run


@atexit.register
def _end() -> None:
    if _End.code is None:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # nobody reads it any more, which Python tells in its own way
        return
    os._exit(_End.code)
