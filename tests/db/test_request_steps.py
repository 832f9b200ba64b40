"""How a request moves: leases, fences, waking, waiting, trying again. On SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kept.base.errors import Refused
from kept.db import access
from kept.db.access.cases import case_of_worker, stage_of
from kept.db.access.dates import requests_near, requests_settled
from kept.db.actions.forgetting import forget_erasures
from kept.db.actions.obligations import open_obligation
from kept.db.actions.request_steps import (
    LEASE,
    Held,
    begin_step,
    close_request,
    delay_step,
    end_step,
    keep_lease,
    keep_trail,
    lease_request,
    wait_step,
    wake_request,
)
from kept.db.actions.requests import Coming, receive_request, verify_request
from kept.db.models import Request, RequestStep
from kept.db.terms import Terms

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("folder")


def asked(right: str = "access", at: datetime = NOW) -> str:
    coming = Coming(right=right, channel="email", address="ada@example.org", note="Everything, please.", received_at=at)
    return receive_request(coming, terms=Terms(), at=at, actor="worker")


def leased(at: datetime = NOW) -> Held:
    found = lease_request(at=at)
    assert found is not None
    held = Held(ref=found[0], fence=found[1], name=stage_of(found[0]))
    begin_step(held, at=at, actor="worker")
    return held


def kinds() -> list[str]:
    return [str(body.decode()).partition('"kind":"')[2].partition('"')[0] for body in access.entries()]


def test_what_was_written_is_sealed_and_opens_for_the_worker() -> None:
    ref = asked()
    row = Request.objects.get(ref=ref)
    assert "Everything" not in row.note
    assert "ada" not in row.address
    case = case_of_worker(ref)
    assert (case.note, case.address, case.subject) == ("Everything, please.", "ada@example.org", "")
    assert "ada" not in repr(case)


def test_one_worker_has_a_request_and_the_next_gets_the_next_one() -> None:
    first, second = asked(), asked(at=NOW + SECOND)
    assert lease_request(at=NOW + 2 * SECOND) == (first, 1)
    assert lease_request(at=NOW + 2 * SECOND) == (second, 1)
    assert lease_request(at=NOW + 2 * SECOND) is None


def test_a_request_that_is_not_due_is_left_alone() -> None:
    asked(at=NOW)
    assert lease_request(at=NOW - SECOND) is None


def test_a_silent_worker_loses_its_request_and_can_write_nothing_more() -> None:
    asked()
    held = leased()
    later = NOW + LEASE + SECOND
    again = lease_request(at=later)
    assert again == (held.ref, held.fence + 1)
    with pytest.raises(Refused, match="another worker's"):
        end_step(held, told={}, at=later, actor="worker")
    with pytest.raises(Refused):
        delay_step(held, error="x", code="store-refused", at=later, actor="worker")
    with pytest.raises(Refused):
        keep_trail(held, trail={"people": ["account:1"]})
    assert stage_of(held.ref) == "verify"


def test_a_sign_of_life_keeps_the_lease() -> None:
    asked()
    held = leased()
    almost = NOW + LEASE - SECOND
    assert keep_lease(refs=[held.ref], fences=[held.fence], at=almost)
    assert lease_request(at=NOW + LEASE + SECOND) is None
    assert not keep_lease(refs=[held.ref], fences=[held.fence + 1], at=almost)


def test_a_step_is_written_down_before_and_after_and_the_next_stage_is_due_at_once() -> None:
    ref = asked()
    held = leased()
    assert RequestStep.objects.get(name="verify").state == "begun"
    assert end_step(held, told={"rows": 3}, at=NOW, actor="worker") == "identify"
    step = RequestStep.objects.get(name="verify")
    assert (step.state, step.told, step.tries) == ("done", {"rows": 3}, 1)
    assert lease_request(at=NOW) == (ref, held.fence + 1)
    assert kinds() == ["request.opened", "request.step.begun", "request.step.done"]


def test_what_waits_rests_until_it_is_woken() -> None:
    ref = asked()
    held = leased()
    wait_step(held, on="person", what="a click", until=NOW + timedelta(days=7), at=NOW, actor="worker")
    assert lease_request(at=NOW + timedelta(days=6)) is None
    wake_request(ref=ref, at=NOW + timedelta(days=1))
    assert lease_request(at=NOW + timedelta(days=1)) == (ref, held.fence + 1)


def test_a_wake_up_while_the_worker_is_at_it_is_not_lost() -> None:
    ref = asked()
    held = leased()
    wake_request(ref=ref, at=NOW + SECOND)
    assert lease_request(at=NOW + SECOND) is None, "the worker still has it"
    wait_step(held, on="person", what="a click", until=NOW + timedelta(days=7), at=NOW + 2 * SECOND, actor="worker")
    assert lease_request(at=NOW + 2 * SECOND) == (ref, held.fence + 1)


def test_being_verified_wakes_a_request_that_waits_for_it() -> None:
    ref = asked()
    held = leased()
    wait_step(held, on="person", what="a click", until=NOW + timedelta(days=7), at=NOW, actor="worker")
    verify_request(ref=ref, how="link", at=NOW + SECOND, actor="account nobody", subject="account:7")
    assert lease_request(at=NOW + SECOND) == (ref, held.fence + 1)
    case = case_of_worker(ref)
    assert (case.verified, case.subject) == ("link", "account:7")


def test_a_store_that_is_down_is_tried_again_later_each_time_and_within_the_hour() -> None:
    asked()
    at, waits = NOW, []
    for _ in range(16):
        held = leased(at)
        again = delay_step(held, error="the store is down", code="store-unreachable", at=at, actor="worker")
        waits.append((again - at).total_seconds())
        at = again
    assert waits[:4] == [2, 4, 8, 16]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert Request.objects.get().waits_on == "store"


def test_an_end_is_an_end() -> None:
    ref = asked()
    held = leased()
    close_request(held, state="answered", outcome="Here it is.", at=NOW, actor="worker")
    assert lease_request(at=NOW + timedelta(days=400)) is None
    wake_request(ref=ref, at=NOW)
    assert lease_request(at=NOW + timedelta(days=400)) is None
    with pytest.raises(Refused):
        close_request(held, state="refused", outcome="No.", at=NOW, actor="worker")
    case = case_of_worker(ref)
    assert case.outcome == "Here it is."
    assert "Here it is" not in Request.objects.get().outcome


def test_a_date_that_comes_near_is_seen_until_somebody_was_told() -> None:
    ref = asked()
    assert requests_near(before=NOW + timedelta(days=29)) == ()
    assert [one.ref for one in requests_near(before=NOW + timedelta(days=32))] == [ref]
    open_obligation(finding=f"request {ref}", title="t", owner="o", due=NOW.date(), wanted="w", at=NOW, actor="worker")
    assert requests_settled() == ()
    close_request(leased(), state="answered", outcome="x", at=NOW, actor="worker")
    assert requests_settled() == (ref,)


def test_an_erasure_that_ended_is_forgotten_after_its_time() -> None:
    ref = asked(right="erasure")
    close_request(leased(), state="answered", outcome="Done.", at=NOW, actor="worker")
    assert forget_erasures(closed_before=NOW, at=NOW, actor="worker") == 0
    later = NOW + timedelta(days=15)
    assert forget_erasures(closed_before=NOW + timedelta(days=1), at=later, actor="worker") == 1
    row = Request.objects.get(ref=ref)
    assert (row.key, row.note, row.address, row.outcome, row.subject, row.trail) == ("", "", "", "", "", "")
    assert row.received_at == NOW
    assert forget_erasures(closed_before=later, at=later, actor="worker") == 0
    assert kinds().count("request.forgotten") == 1
