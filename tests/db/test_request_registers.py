"""What Kept's own registers say about requests, asked of real rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from kept.base.questions import Question
from kept.base.registers import (
    CanaryState,
    PlacedReview,
    ReadCanary,
    ReadContact,
    ReadOutcomes,
    ReadPlacedHolds,
    ReadRemainders,
    ReadRequests,
    ReadRestrained,
    ReadVerification,
)
from kept.db.access.register_requests import spread
from kept.db.actions.canary import ask_for_canary
from kept.db.actions.jobs import end_job, fail_job, take_job
from kept.db.actions.restraints import place_restraints
from kept.db.models import Bundle, Certificate, Job, Letter, Order, PlacedHold, Remainder, Request, RequestStep, Restraint, Sweep
from kept.db.registers import Registers

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ASKED = ReadRequests(now=NOW, warn=NOW + 3 * DAY, since=NOW - 90 * DAY)


pytestmark = pytest.mark.usefixtures("folder")


def request(right: str = "access", **columns: Any) -> Request:
    due = columns.pop("due", NOW + 20 * DAY)
    dates = dict.fromkeys(("promised_by", "strict_by", "legal_by", "work_by"), due)
    told = {"state": "working", "received_at": NOW - 10 * DAY, "changed_at": NOW, **dates, **columns}
    return Request.objects.create(right=right, channel="centre", **told)


def ended(right: str = "access", *, days: int = 5, state: str = "answered", **columns: Any) -> Request:
    received = NOW - 10 * DAY
    return request(right, state=state, received_at=received, closed_at=received + days * DAY, **columns)


def step(of: Request, name: str, began: datetime = NOW, **told: Any) -> None:
    RequestStep.objects.create(request=of, name=name, state="done", began_at=began, ended_at=began, told=told)


def answer(question: Question[Any]) -> Any:
    return Registers().answer([question]).of(question)


def test_open_requests_by_their_dates() -> None:
    request(due=NOW - timedelta(seconds=1))
    request(due=NOW + 2 * DAY)
    request(due=NOW + 2 * DAY, escalated_at=NOW)
    request(due=NOW + 4 * DAY)
    ended(due=NOW - 3 * DAY)
    state = answer(ASKED)
    assert (state.open, state.past, state.untold, state.next_by) == (4, 1, 1, NOW - timedelta(seconds=1))


def test_how_long_answers_took_and_which_were_late() -> None:
    for days in (1, 2, 3, 9):
        ended(days=days, due=NOW - 5 * DAY)
    ended(days=4, state="withdrawn", due=NOW)
    request(received_at=NOW - 200 * DAY, closed_at=NOW - 100 * DAY, state="answered")
    state = answer(ASKED)
    assert state.answering is not None
    assert (state.answering.count, state.answering.half, state.answering.longest) == (4, 2 * DAY, 9 * DAY)
    assert state.late == 1
    assert state.going is None


def test_how_long_data_took_from_hidden_to_gone() -> None:
    erasure = ended("erasure")
    erasure.sweep = Sweep.objects.create(people=1, state="proved", made_at=NOW, proved_at=NOW - 6 * DAY + timedelta(hours=2))
    erasure.save()
    for person, hours in (("a", 0), ("b", 1)):
        since = NOW - 6 * DAY + timedelta(hours=hours)
        Restraint.objects.create(subject=person, kind="erasing", since=since, request=erasure)
    state = answer(ASKED)
    assert state.going is not None
    assert (state.going.count, state.going.longest) == (1, timedelta(hours=2))


def test_what_was_done_before_anybody_was_verified() -> None:
    first, second, third = (request("access", verified="link", verified_at=NOW) for _ in range(3))
    step(first, "find", NOW + DAY)
    step(first, "collect", NOW + DAY)
    step(second, "find", NOW - timedelta(seconds=1))
    step(second, "collect", NOW - timedelta(seconds=1))
    step(third, "verify", NOW - DAY)
    step(request("erasure"), "erase")
    step(request("opt-out", verified="not-needed"), "find")
    state = answer(ReadVerification(since=NOW - 30 * DAY))
    assert (state.acted, state.unverified) == (3, 2)
    assert answer(ReadVerification(since=NOW + timedelta(hours=1))).unverified == 0


def certified(of: Request) -> Request:
    Certificate.objects.create(request=of, text="certificate", made_at=NOW)
    return of


def proved(at: datetime | None = NOW) -> Sweep:
    return Sweep.objects.create(people=1, state="proved" if at else "done", made_at=NOW, proved_at=at)


def test_answered_erasures_and_their_proofs() -> None:
    certified(ended("erasure", sweep=proved()))
    step(certified(ended("erasure")), "find", rows=0)
    step(certified(ended("erasure")), "find", rows=3)
    certified(ended("erasure", sweep=proved(None)))
    ended("erasure", sweep=proved())
    ended("erasure", state="refused")
    request("erasure")
    state = answer(ReadOutcomes(now=NOW))
    assert (state.erasures, state.unproved, state.uncertified) == (5, 2, 1)


@pytest.mark.parametrize(
    ("what", "due", "late"), [("sent", -1, 1), ("sent", 1, 0), ("done", -1, 0), ("overdue", -1, 1), ("refused", -1, 0)]
)
def test_processors_that_are_late(what: str, due: int, late: int) -> None:
    erasure = certified(ended("erasure", sweep=proved()))
    Order.objects.create(request=erasure, processor="lanternpost", way="email", state=what, made_at=NOW, due=NOW + due * DAY)
    assert answer(ReadOutcomes(now=NOW)).orders == late


def test_answered_exports_that_were_never_made() -> None:
    facts = {"file": "x", "size": 1, "digest": "", "rows": 1, "made_at": NOW, "until": NOW}
    Bundle.objects.create(request=ended("access"), **facts)
    step(ended("portability"), "collect", rows=0)
    step(ended("access"), "collect", rows=2)
    state = answer(ReadOutcomes(now=NOW))
    assert (state.exports, state.unmade) == (3, 1)


def test_what_stays_and_what_is_past_its_day() -> None:
    erasure = ended("erasure")
    facts = {"request": erasure, "why": "law", "rows": 2}
    Remainder.objects.create(table="app.bills", rule="one", until=NOW - DAY, **facts)
    Remainder.objects.create(table="app.bills", rule="two", until=NOW + DAY, **facts)
    Remainder.objects.create(table="app.mails", rule="hold", until=None, **facts)
    Remainder.objects.create(table="app.old", rule="one", until=NOW - DAY, gone_at=NOW, **facts)
    state = answer(ReadRemainders(now=NOW))
    assert (state.stay, state.past, state.tables) == (3, 1, ("app.bills",))
    assert (state.staying("app.bills"), state.staying("app.mails"), state.staying("app.old")) == (4, 2, 0)


def test_who_is_restricted_is_told_by_hashes_that_find_them() -> None:
    asked = request("restriction")
    place_restraints(request=asked.ref, subjects=["account:7"], kind="restricted", at=NOW, actor="test")
    place_restraints(request=asked.ref, subjects=["account:8"], kind="restricted", purposes=["telemetry"], at=NOW, actor="test")
    place_restraints(request=asked.ref, subjects=["account:9"], kind="erasing", at=NOW, actor="test")
    Restraint.objects.create(subject="x", kind="restricted", since=NOW, until=NOW)
    people = answer(ReadRestrained())
    assert len(people) == 2
    assert people.closed_to(["billing"]).since("account", 7) == NOW
    assert people.closed_to(["billing"]).since("account", 8) is None
    assert people.closed_to(["telemetry"]).since("account", 8) == NOW


def test_holds_that_staff_placed_and_nobody_lifted() -> None:
    facts = {"ground": "matter", "owner": "general counsel", "placed_by": "staff:x", "placed_at": NOW, "review": date(2026, 12, 1)}
    PlacedHold.objects.create(name="lawsuit", **facts)
    PlacedHold.objects.create(name="over", lifted_at=NOW, **facts)
    assert answer(ReadPlacedHolds()) == (PlacedReview(name="lawsuit", owner="general counsel", review=date(2026, 12, 1)),)


def letter(of: Request, at: datetime, *, incoming: bool = True, kind: str = "reply") -> None:
    name = f"{of.pk} {at} {incoming} {kind}"[:64]
    Letter.objects.create(request=of, incoming=incoming, name=name, kind=kind, sealed=b"", size=0, at=at)


def test_questions_and_letters_that_wait() -> None:
    old, new = NOW - 20 * DAY, NOW - 2 * DAY
    question = request("contact", due=NOW - DAY)
    letter(question, old)
    request("complaint", due=NOW + DAY)
    answered = request("access")
    letter(answered, old)
    letter(answered, old + DAY, incoming=False, kind="notice")
    again = request("access")
    letter(again, old - DAY, incoming=False, kind="notice")
    letter(again, new)
    machine = request("access")
    letter(machine, old, kind="automatic")
    state = answer(ReadContact(now=NOW, before=NOW - 10 * DAY))
    assert (state.open, state.past, state.letters, state.old_letters) == (2, 1, 2, 1)
    assert state.next_by == NOW - DAY


def test_the_canary_never_lived() -> None:
    assert answer(ReadCanary()) == CanaryState()


def test_the_canarys_last_life_counts_and_one_that_waits_does_not() -> None:
    def live(result: dict[str, Any] | None) -> None:
        assert ask_for_canary(wanted={}, at=NOW, actor="worker")
        assert not ask_for_canary(wanted={}, at=NOW, actor="worker")
        ref = take_job(at=NOW)
        assert ref is not None
        if result is None:
            fail_job(ref=ref, attempt=1, error="It stopped.", at=NOW)
        else:
            end_job(ref=ref, attempt=1, result=result, at=NOW)

    live({"failed": [], "rows": 14, "seconds": 21.5})
    assert answer(ReadCanary()) == CanaryState(ended=NOW, rows=14, took=timedelta(seconds=21.5))
    live({"waits": {"erasure": "abc"}})
    assert answer(ReadCanary()).rows == 14
    live({"failed": ["its mark was not in its export"], "rows": 0, "seconds": 3})
    assert answer(ReadCanary()).failed == ("its mark was not in its export",)
    live(None)
    assert answer(ReadCanary()).failed == ("it stopped with an error",)
    assert Job.objects.count() == 4


@pytest.mark.parametrize(
    ("days", "half", "most"),
    [([5], 5, 5), ([1, 2], 1, 2), ([3, 1, 2], 2, 3), (list(range(1, 11)), 5, 9), (list(range(1, 101)), 50, 90)],
)
def test_percentiles_by_the_nearest_rank(days: list[int], half: int, most: int) -> None:
    found = spread([day * DAY for day in days])
    assert found is not None
    assert (found.half, found.nine_tenths, found.longest) == (half * DAY, most * DAY, max(days) * DAY)


def test_registers_that_cannot_be_read_are_unknown() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kept_request RENAME TO elsewhere")
    for question in (ASKED, ReadVerification(since=NOW), ReadOutcomes(now=NOW), ReadContact(now=NOW, before=NOW)):
        assert "Kept's own database" in answer(question).reason
