"""What staff do with requests, and a law that changes: on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.periods import Period
from kept.base.roles import Who
from kept.db.access.request_queue import Place, Sought, open_requests
from kept.db.access.standing import standing_of
from kept.db.actions.answering import (
    allow_large,
    assign_request,
    confirm_request,
    enter_changes,
    extend_request,
    refuse_request,
    take_up_request,
    write_answer,
)
from kept.db.actions.orders import record_order
from kept.db.actions.recomputing import recompute_requests
from kept.db.actions.request_steps import Held, begin_step, lease_request, wait_step
from kept.db.actions.requests import Coming, open_request, receive_request
from kept.db.actions.restraints import lift_restriction, place_restraints
from kept.db.models import Account, LedgerEntry, Letter, Request
from kept.db.notices import Voice
from kept.db.request_key import opened_key
from kept.db.terms import Terms
from kept.gate import EVERYTHING

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
RECEIVED = NOW - timedelta(days=3)
TERMS = Terms(jurisdictions=("eu",), zone="Europe/Dublin", country="IE")
VOICE = Voice(company="Aurigen", contact="privacy@aurigen.example")
STAFF = Who(account=1, ref="staffAAAAAAA", role="support", vouched=True)
AUDITOR = replace(STAFF, role="auditor")


def received(right: str = "access", address: str = "ada@example.org", language: str = "") -> str:
    coming = Coming(right=right, channel="email", address=address, language=language, received_at=RECEIVED)
    return receive_request(coming, terms=TERMS, at=NOW, actor="worker")


def entries(kind: str) -> list[dict[str, object]]:
    found = [json.loads(bytes(entry.body)) for entry in LedgerEntry.objects.order_by("index")]
    return [one["facts"] for one in found if one["kind"] == kind]


def test_who_may_not_work_on_requests_changes_nothing(folder: Path) -> None:
    ref = received("contact")
    acts: tuple[Callable[[Who], object], ...] = (
        lambda by: take_up_request(ref=ref, at=NOW, by=by),
        lambda by: confirm_request(ref=ref, at=NOW, by=by),
        lambda by: enter_changes(ref=ref, changes=[{"column": "app.accounts.full_name", "value": "x"}], at=NOW, by=by),
        lambda by: allow_large(ref=ref, at=NOW, by=by),
        lambda by: record_order(ref=ref, processor="x", state="done", note="x", at=NOW, by=by),
        lambda by: lift_restriction(ref=ref, why="x", voice=VOICE, at=NOW, by=by),
        lambda by: write_answer(ref=ref, answer="x", at=NOW, by=by),
        lambda by: extend_request(ref=ref, reason="x", terms=TERMS, voice=VOICE, at=NOW, by=by),
        lambda by: refuse_request(ref=ref, ground="nothing", answer="x", voice=VOICE, at=NOW, by=by),
        lambda by: assign_request(ref=ref, to="x", at=NOW, by=by),
    )
    for act in acts:
        for by in (AUDITOR, Who(), replace(STAFF, vouched=False)):
            with pytest.raises(NotAllowed):
                act(by)
    row = Request.objects.get(ref=ref)
    assert (row.state, row.outcome, row.taken_by) == ("received", "", "")
    with pytest.raises(NotThere):
        take_up_request(ref="nothing", at=NOW, by=STAFF)


def test_a_refusal_ends_what_a_worker_is_at(folder: Path) -> None:
    ref = received()
    leased = lease_request(at=NOW, ref=ref)
    assert leased is not None
    held = Held(ref=ref, fence=leased[1], name="verify")
    begin_step(held, at=NOW, actor="worker")
    refuse_request(ref=ref, ground="nothing", answer="Nobody of that name.", voice=VOICE, at=NOW, by=STAFF)
    with pytest.raises(Refused):
        wait_step(held, on="person", what="x", until=NOW, at=NOW, actor="worker")
    row = Request.objects.get(ref=ref)
    assert (row.stage, row.ground, row.closed_at) == ("answer", "nothing", None)
    assert lease_request(at=NOW, ref=ref) is not None, "the worker writes to the person now"


def test_a_confirmation_that_comes_while_the_worker_looks_is_not_lost(folder: Path) -> None:
    ref = received("rectification")
    Request.objects.update(stage="confirm")
    with pytest.raises(Refused):
        confirm_request(ref=ref, at=NOW, by=STAFF)
    enter_changes(ref=ref, changes=[{"column": "app.accounts.full_name", "value": "Ada"}], at=NOW, by=STAFF)
    leased = lease_request(at=NOW, ref=ref)
    assert leased is not None
    held = Held(ref=ref, fence=leased[1], name="confirm")
    begin_step(held, at=NOW, actor="worker")
    confirm_request(ref=ref, at=NOW, by=STAFF)
    wait_step(held, on="staff", what="somebody", until=NOW + timedelta(days=1), at=NOW, actor="worker")
    row = Request.objects.get(ref=ref)
    assert row.wanted["confirmed"] == STAFF.actor
    assert row.wake_at == NOW


def test_a_letter_tells_of_more_time_where_letters_reach_the_person(folder: Path) -> None:
    ref = received()
    extend_request(ref=ref, reason="Many came at once", terms=TERMS, voice=VOICE, at=NOW, by=STAFF)
    row = Request.objects.get(ref=ref)
    letter = Letter.objects.get(request=row)
    assert b"Many came at once" not in bytes(letter.sealed)
    raw = opened_key(row.key).open_bytes(bytes(letter.sealed), "letter").decode()
    assert "To: ada@example.org" in raw
    assert "Many came at once" in raw
    assert row.dates["strict"]["on"] == "2027-02-24", "three months from receipt, not from the extension"
    (facts,) = entries("request.extended")
    assert facts == {"legal_by": facts["legal_by"], "request": ref, "right": "access", "strict_by": "2027-02-24"}


def test_people_are_told_in_their_language(folder: Path) -> None:
    ref, other = received(language="hi"), received("erasure", language="hi")
    extend_request(ref=ref, reason="बहुत से अनुरोध", terms=TERMS, voice=VOICE, at=NOW, by=STAFF)
    refuse_request(ref=other, ground="eu-gdpr.legal_claims", answer="मुक़दमा है।", voice=VOICE, at=NOW, by=STAFF)
    letter = Letter.objects.get(request__ref=ref)
    raw = opened_key(letter.request.key).open_bytes(bytes(letter.sealed), "letter")
    text = message_from_bytes(raw, policy=SMTP).get_content()
    assert "हमें और समय चाहिए" in text
    assert "बहुत से अनुरोध" in text
    row = Request.objects.get(ref=other)
    outcome = opened_key(row.key).open(row.outcome, "outcome")
    for part in ("हम यह नहीं करेंगे", "मुक़दमा है।", "Art. 17(3)(e)", "शिकायत", "privacy@aurigen.example"):
        assert part in outcome


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\nb", "a\0b"])
def test_more_time_needs_a_reason_that_can_be_told(folder: Path, reason: str) -> None:
    ref = received()
    with pytest.raises(Refused):
        extend_request(ref=ref, reason=reason, terms=TERMS, voice=VOICE, at=NOW, by=STAFF)
    assert not Letter.objects.exists()


def test_an_address_that_cannot_be_written_to_extends_nothing_and_is_not_repeated(folder: Path) -> None:
    ref = received(address="ada@example.org\nBcc: all@example.org")
    with pytest.raises(Refused) as told:
        extend_request(ref=ref, reason="Many", terms=TERMS, voice=VOICE, at=NOW, by=STAFF)
    assert "example.org" not in str(told.value)
    assert not Request.objects.get(ref=ref).extended


def test_a_request_is_given_to_a_colleague_who_may(folder: Path) -> None:
    ref = received()
    for email, role in (("kim@x.example", "support"), ("lee@x.example", "auditor")):
        Account.objects.create(email=email, role=role)
    kim, lee = (Account.objects.get(email=f"{name}@x.example") for name in ("kim", "lee"))
    with pytest.raises(Refused):
        assign_request(ref=ref, to=lee.ref, at=NOW, by=STAFF)
    assign_request(ref=ref, to=kim.ref, at=NOW, by=STAFF)
    assert Request.objects.get(ref=ref).taken_by == f"staff:{kim.ref}"


def test_a_change_of_the_terms_moves_open_requests_once_and_leaves_those_that_ended(folder: Path) -> None:
    refs = [received() for _ in range(3)]
    Request.objects.filter(ref=refs[2]).update(state="answered", closed_at=NOW, stage="", wake_at=None)
    before = {one.ref: one.work_by for one in Request.objects.all()}
    assert recompute_requests(terms=TERMS, at=NOW, actor="worker") == 0
    assert not entries("request.recomputed")
    tighter = replace(TERMS, within=Period(hours=24 * 10))
    assert recompute_requests(terms=tighter, at=NOW, actor="worker") == 2
    assert recompute_requests(terms=tighter, at=NOW, actor="worker") == 0
    after = {one.ref: one.work_by for one in Request.objects.all()}
    assert after[refs[0]] < before[refs[0]]
    assert after[refs[2]] == before[refs[2]]
    facts = entries("request.recomputed")
    assert [one["request"] for one in facts] == refs[:2]
    assert (facts[0]["promised_before"], facts[0]["promised_after"]) == ("2026-12-24", "2026-12-04")


def test_a_law_that_comes_beside_brings_its_date_and_its_name(folder: Path) -> None:
    ref = received("erasure")
    both = replace(TERMS, jurisdictions=("eu", "us-ca"))
    recompute_requests(terms=both, at=NOW, actor="worker")
    row = Request.objects.get(ref=ref)
    assert row.laws == ["eu-gdpr", "us-ca-ccpa"]
    assert row.dates["strict"]["law"] == "eu-gdpr", "the earlier one still rules"


def test_an_extension_is_kept_when_dates_are_counted_anew(folder: Path) -> None:
    ref = received()
    extend_request(ref=ref, reason="Many", terms=TERMS, voice=VOICE, at=NOW, by=STAFF)
    extended = Request.objects.get(ref=ref).strict_by
    recompute_requests(terms=replace(TERMS, within=Period(hours=24 * 10)), at=NOW, actor="worker")
    assert Request.objects.get(ref=ref).strict_by == extended


def listed(sought: Sought, limit: int) -> Sequence[str]:
    return [one.ref for one in open_requests(by=STAFF, sought=sought, limit=limit)]


def test_the_queue_goes_on_where_a_page_ended_whatever_came_between(folder: Path) -> None:
    refs = [received() for _ in range(5)]
    first = open_requests(by=STAFF, limit=2)
    received()
    Request.objects.filter(ref=refs[0]).update(closed_at=NOW, state="answered", stage="", wake_at=None)
    rest = listed(Sought(after=Place.parse(str(first[-1].place))), 3)
    assert [one.ref for one in first] + list(rest) == refs


def test_where_somebody_stands_is_read_from_what_was_written_down(folder: Path) -> None:
    by = Who(account=1, ref="x", role="engineer", vouched=True)
    assert standing_of("account:7", purposes=("news",), by=by).narrowed is False
    for kind, purposes in (("restricted", ("",)), ("objects", ("news", "")), ("withdrew", ("",)), ("opted-out", ("",))):
        place_restraints(request="", subjects=["account:7"], kind=kind, purposes=purposes, at=NOW, actor="worker")
    found = standing_of("account:7", purposes=("news", "tips"), by=by)
    assert found.restricted == NOW
    assert found.objections == {"news", EVERYTHING}
    assert {name: one.withdrawn for name, one in found.consents.items()} == {"news": NOW, "tips": NOW}
    assert found.opted_out
    assert not found.limited
    assert standing_of("account:8", purposes=("news",), by=by).narrowed is False
    with pytest.raises(NotAllowed):
        standing_of("account:7", purposes=(), by=STAFF)


def test_a_person_has_no_account_and_nobody_opens_for_them(folder: Path) -> None:
    with pytest.raises(NotAllowed):
        open_request(right="access", channel="centre", terms=TERMS, at=NOW, by=Who())
