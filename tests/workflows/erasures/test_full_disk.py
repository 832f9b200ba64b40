"""The disk is full in the middle of an erasure: nothing is lost or said to be done, and it ends when there is room."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from kept.base.errors import KeptError
from kept.db import disconnect
from kept.db.models import Certificate
from kept.workflows.requests import work_requests_once

from .desk import Desk
from .test_faults import gone
from .test_ownership import CHAIN, CHAINED
from .town import Base

Found = Callable[..., Desk]


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the system refuse every write past so many bytes of a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def work_until_it_stops(one: Desk) -> str:
    """Work until there is nothing to do, or what stopped it; a worker goes on after such an error, this one gives up."""
    try:
        while work_requests_once(one.world):
            pass
    except KeptError as error:
        return error.happened
    return ""


ROOM: dict[str, int] = {}


@pytest.fixture
def room(desk: Found, shared: tuple[Base, Base]) -> int:
    """Return how many bytes Kept's own database writes into its longest file while a request goes from its first step to its end.

    That is the write-ahead log, which begins empty and grows until the last connection is closed.
    """
    dialect = shared[0].dialect
    if dialect in ROOM:
        return ROOM[dialect]
    one, longest = desk(CHAIN, CHAINED), 0
    ref = one.asks("account:4")
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    disconnect()
    while work_requests_once(one.world):
        longest = max(longest, log.stat().st_size)
    assert one.stands(ref)[0] == "answered"
    ROOM[dialect] = longest
    return longest


@pytest.mark.parametrize("share", [0, 4, 6, 10, 15, 22, 32, 45, 65, 90])
def test_it_ends_once_there_is_room(desk: Found, room: int, share: int) -> None:
    """There is room for so many hundredths of what Kept's own database writes for a whole request."""
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    disconnect()
    with no_file_longer_than(room * share // 100):
        said = work_until_it_stops(one)
        disconnect()
    one.in_order(ref)
    assert said or one.stands(ref)[0] != "answered", "the disk was never full"
    one.world.close()
    one.later(seconds=31)
    one.work_on(ref)
    one.in_order(ref)
    gone(one)
    assert one.stands(ref)[0] == "answered"
    assert Certificate.objects.filter(request__ref=ref).count() == 1
