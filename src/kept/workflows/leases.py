"""Keeping the lease of requests while something long is done to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from kept.base.errors import KeptError
from kept.db import disconnect
from kept.db.actions.request_steps import LEASE, keep_lease

from .world import World

__all__ = ["keeping"]

log = logging.getLogger(__name__)

BEAT_SECONDS: Final = LEASE.total_seconds() / 3


@contextmanager
def keeping(world: World, refs: Sequence[str], fences: Sequence[int]) -> Iterator[None]:
    """Keep the lease of requests for as long as the block runs, however long that is."""
    stop = Event()
    beat = Thread(target=_beat, args=(world, list(refs), list(fences), stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()


def _beat(world: World, refs: list[str], fences: list[int], stop: Event) -> None:
    while not stop.wait(BEAT_SECONDS):
        try:
            keep_lease(refs=refs, fences=fences, at=world.now())
        except KeptError as error:
            log.warning("a lease could not be kept: %s", error)
    disconnect()
