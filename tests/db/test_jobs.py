"""Jobs and their leases: asked once, taken once, lost by who is silent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.db import connections

from kept.base.errors import NotThere, Refused
from kept.base.roles import Who
from kept.db import access
from kept.db.access.jobs import job_by_ref, job_of_worker, last_job
from kept.db.actions.jobs import LEASE, MOST_ATTEMPTS, ask_for_job, end_job, fail_job, move_job, take_job
from kept.db.actions.tidying import tidy
from kept.db.models import Account

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
STAFF = Who(ref="abcdefghijkl", role="engineer", vouched=True)


def asked(key: str = "whole", kind: str = "check") -> str:
    return ask_for_job(kind=kind, key=key, wanted={"a": 1}, by=STAFF, at=NOW)


def kinds() -> list[str]:
    return [orjson.loads(body)["kind"] for body in access.entries()]


@pytest.mark.usefixtures("folder")
def test_asked_twice_it_is_one_job_until_it_ends() -> None:
    first = asked()
    assert asked() == first
    assert take_job(at=NOW) == first
    assert asked() == first
    end_job(ref=first, attempt=1, result={"kept": 3}, at=NOW)
    assert asked() != first
    assert kinds() == ["job.asked", "job.done", "job.asked"]


@pytest.mark.usefixtures("folder")
def test_a_job_is_taken_once_and_by_the_oldest() -> None:
    refs = [asked(str(number)) for number in range(3)]
    assert [take_job(at=NOW) for _ in range(4)] == [*refs, None]


@pytest.mark.usefixtures("folder")
def test_many_workers_take_each_job_once() -> None:
    refs = {asked(str(number)) for number in range(12)}

    def take(_: int) -> str | None:
        try:
            return take_job(at=NOW)
        finally:
            connections.close_all()

    taken: list[str | None] = []
    with ThreadPoolExecutor(4) as pool:
        while len(taken) < 12:
            taken += [ref for ref in pool.map(take, range(4)) if ref]
    assert sorted(filter(None, taken)) == sorted(refs)


@pytest.mark.usefixtures("folder")
def test_who_is_silent_loses_the_job_and_can_no_longer_end_it() -> None:
    ref = asked()
    take_job(at=NOW)
    later = NOW + LEASE + timedelta(seconds=1)
    assert take_job(at=later) == ref
    assert not move_job(ref=ref, attempt=1, doing="", done=1, total=2, at=later)
    with pytest.raises(Refused, match="another worker's"):
        end_job(ref=ref, attempt=1, result={}, at=later)
    assert move_job(ref=ref, attempt=2, doing="counting", done=1, total=2, at=later)
    known = job_of_worker(ref)
    assert (known.state, known.doing, known.done, known.total) == ("running", "counting", 1, 2)


@pytest.mark.usefixtures("folder")
def test_after_three_deaths_it_has_failed() -> None:
    ref = asked()
    at = NOW
    for _ in range(MOST_ATTEMPTS):
        assert take_job(at=at) == ref
        at += LEASE + timedelta(seconds=1)
    assert take_job(at=at) is None
    assert job_of_worker(ref).state == "failed"


@pytest.mark.usefixtures("folder")
def test_who_may_see_a_job() -> None:
    ref = asked()
    fail_reason = "it stopped"
    take_job(at=NOW)
    fail_job(ref=ref, attempt=1, error=fail_reason, at=NOW)
    assert job_by_ref(ref, by=STAFF).error == fail_reason
    for other in (Who(), Who(account=9, ref="x"), Who(ref="y", role="engineer", vouched=False)):
        with pytest.raises(NotThere):
            job_by_ref(ref, by=other)
    counted = asked("account:42", kind="holdings")
    with pytest.raises(NotThere):
        job_by_ref(counted, by=STAFF)
    account = Account.objects.create(email="ada@aurigen.example", role="support")
    colleague = Who(account=account.pk, ref=account.ref, role="support", vouched=True)
    own = ask_for_job(kind="find", key=account.ref, wanted={}, by=colleague, at=NOW)
    assert job_by_ref(own, by=colleague).ref == own, "staff see what they asked for"
    with pytest.raises(NotThere):
        job_by_ref(own, by=STAFF)
    found = last_job("check", "whole")
    assert found is not None
    assert found.ended


@pytest.mark.usefixtures("whole")
def test_what_is_done_goes_after_its_time() -> None:
    done, waiting = asked("done"), asked("waiting")
    take_job(at=NOW)
    end_job(ref=done, attempt=1, result={}, at=NOW)
    assert tidy(at=NOW + timedelta(days=89), actor="worker") == 0
    assert tidy(at=NOW + timedelta(days=91), actor="worker") == 1
    assert job_of_worker(waiting).state == "waiting"
    assert kinds()[-1] == "state.tidied"
