"""A wake-up that comes while a worker says that its request waits is not lost, whichever of the two is first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connections

from kept.db import configure
from kept.db.actions.request_steps import (
    LEASE,
    Held,
    begin_step,
    keep_lease,
    lease_request,
    wait_step,
    wake_request,
)
from kept.db.actions.requests import Coming, receive_request
from kept.db.models import Request
from kept.db.terms import Terms
from tests.states import lay_state, postgres_state

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
FAR = NOW + timedelta(days=30)
TIMES = 60


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with ExitStack() as stack:
        if request.param == "postgres":
            made = stack.enter_context(postgres_state(request.getfixturevalue("postgres_service")))
            monkeypatch.setenv("KEPT_DATABASE_URL", made.render_as_string(hide_password=False))
        else:
            lay_state(tmp_path)
        configure(tmp_path)
        yield tmp_path
        connections.close_all()


@pytest.fixture
def ref(folder: Path) -> str:
    coming = Coming(right="contact", channel="centre", address="ada@people.example", note="A question.")
    return receive_request(coming, terms=Terms(), at=NOW, actor="test")


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do several things in the same moment, each in a thread and over a connection of its own; return what they returned."""
    barrier, failed, found = Barrier(len(acts)), list[BaseException](), list[object]()

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(30)
            found.append(act())
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    return found


def leased(ref: str, at: datetime) -> Held:
    found = lease_request(at=at, ref=ref)
    assert found is not None
    held = Held(ref=ref, fence=found[1], name="write")
    begin_step(held, at=at, actor="worker")
    return held


def test_a_wake_up_is_not_lost(ref: str) -> None:
    for turn in range(TIMES):
        at = NOW + timedelta(minutes=turn)
        held = leased(ref, at)
        at_once(
            partial(wait_step, held, on="staff", what="an answer", until=FAR, at=at, actor="worker"),
            partial(wake_request, ref=ref, at=at + timedelta(seconds=1)),
            partial(keep_lease, refs=[ref], fences=[held.fence], at=at + timedelta(seconds=2)),
        )
        row = Request.objects.get(ref=ref)
        assert row.wake_at is not None
        assert row.wake_at <= at + timedelta(seconds=1), f"it sleeps until {row.wake_at:%Y-%m-%d} in turn {turn}"


def test_without_a_wake_up_it_rests(ref: str) -> None:
    """What the test above is about can fail: a request that nobody woke is not looked at."""
    held = leased(ref, NOW)
    wait_step(held, on="staff", what="an answer", until=FAR, at=NOW, actor="worker")
    assert lease_request(at=FAR - timedelta(seconds=1)) is None
    assert lease_request(at=FAR) is not None


def test_of_many_workers_one_has_the_lease(ref: str) -> None:
    for turn in range(TIMES // 4):
        at = NOW + turn * 2 * LEASE
        got = at_once(*[partial(lease_request, at=at)] * 5)
        assert len([one for one in got if one]) == 1
        assert Request.objects.get(ref=ref).fence == turn + 1
