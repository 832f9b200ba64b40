"""The disk is full in the middle of an erasure: nothing is lost or said to be done, and it ends when there is room."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kept.base.errors import KeptError
from kept.db import disconnect
from kept.db.models import Certificate
from kept.workflows.requests import work_requests_once

from .desk import Desk
from .test_faults import gone
from .test_ownership import CHAIN, CHAINED

Found = Callable[..., Desk]
BLOCK = 4096


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


@pytest.mark.parametrize("blocks", [0, 8, 12, 20, 30, 45, 65, 90, 130, 180])
def test_it_ends_once_there_is_room(desk: Found, blocks: int) -> None:
    """So many blocks of 4 KiB are left for what Kept's own database writes when the worker begins."""
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    disconnect()
    with no_file_longer_than(blocks * BLOCK):
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
