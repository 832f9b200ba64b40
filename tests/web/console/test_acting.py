"""What staff do at a request beside its answer: each form where it applies, for whom, and once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kept.db.actions.orders import open_order, order_asked
from kept.db.actions.requests import Coming, Particulars, receive_request
from kept.db.actions.restraints import place_restraints
from kept.db.actions.verifying import keep_candidates
from kept.db.models import LedgerEntry, Letter, Order, Request, RequestStep, Restraint, Viewing
from kept.db.request_key import opened_key
from tests.web.requests import SCRIPT, TERMS, advanced, asked, letter
from tests.web.site import Site

ADDRESS = "ada@example.org"


def kinds(first: str) -> list[str]:
    found = [json.loads(bytes(entry.body))["kind"] for entry in LedgerEntry.objects.order_by("index")]
    return [kind for kind in found if kind.startswith(first)]


def came(right: str = "access", *, address: str = ADDRESS, wanted: dict[str, Any] | None = None, **said: Any) -> str:
    """Let a letter open a request of somebody who is not known yet."""
    at = datetime.now(UTC) - timedelta(days=2)
    particulars = Particulars(wanted=wanted or {}, said=said)
    coming = Coming(right=right, channel="email", address=address, received_at=at, particulars=particulars)
    return receive_request(coming, terms=TERMS, at=at, actor="worker")


def said_of(ref: str) -> dict[str, Any]:
    row = Request.objects.get(ref=ref)
    return opened_key(row.key).open_facts(row.said, "said")


def forbidden(site: Site, path: str, data: dict[str, str]) -> None:
    """Nobody, a person and an auditor get nowhere."""
    assert site.staff("auditor").post(path, data).status_code == 403
    assert site.person().post(path, data).status_code in (302, 403)
    assert site.visitor().post(path, data).status_code == 302


def test_a_guess_is_confirmed_or_corrected_once(site: Site) -> None:
    ref, asks = came("contact", wanted={"guess": "erasure"}), site.staff("support")
    path, data = f"/console/requests/{ref}/right/", {"right-right": "access"}
    forbidden(site, path, data)
    text = asks.get(f"/console/requests/{ref}/").content.decode()
    assert 'value="erasure" selected' in text
    assert asks.post(path, {"right-right": "revenge"}).status_code == 200
    assert Request.objects.get(ref=ref).right == "contact"
    assert asks.post(path, data).status_code == 302
    row = Request.objects.get(ref=ref)
    assert (row.right, row.stage, row.verified, "guess" in row.wanted) == ("access", "verify", "", False)
    assert asks.post(path, data).status_code == 409
    assert kinds("request.understood") == ["request.understood"]
    assert path not in asks.get(f"/console/requests/{ref}/").content.decode()


def test_one_of_several_people_is_chosen_and_nobody_else(site: Site) -> None:
    ref, asks = came(), site.staff("support")
    path, data = f"/console/requests/{ref}/person/", {"person-subject": "account:2"}
    assert asks.post(path, data).status_code == 200, "nobody was found yet"
    keep_candidates(ref=ref, fence=0, subjects=["account:1", "account:2"])
    forbidden(site, path, data)
    assert "account:1" not in site.staff("auditor").get(f"/console/requests/{ref}/").content.decode()
    assert "account:1" in asks.get(f"/console/requests/{ref}/").content.decode()
    assert asks.post(path, {"person-subject": "account:3"}).status_code == 200
    assert Request.objects.get(ref=ref).subject == ""
    assert asks.post(path, data).status_code == 302
    row = Request.objects.get(ref=ref)
    assert opened_key(row.key).open(row.subject, "subject") == "account:2"
    assert asks.post(path, {"person-subject": "account:1"}).status_code == 409
    assert kinds("request.identified") == ["request.identified"]


def test_more_is_asked_where_staff_doubt_it_and_only_once(site: Site) -> None:
    ref, asks = came(), site.staff("support")
    path = f"/console/requests/{ref}/questions/"
    forbidden(site, path, {"questions-number": "2"})
    for wrong in ("0", "4", "x"):
        assert asks.post(path, {"questions-number": wrong}).status_code == 200
    assert asks.post(path, {"questions-number": "2"}).status_code == 302
    assert asks.post(path, {"questions-number": "2"}).status_code == 409
    assert Request.objects.get(ref=ref).wanted["points"] == 2
    assert asks.post(f"/console/requests/{came('opt-out')}/questions/", {"questions-number": "1"}).status_code == 409
    assert kinds("challenge.wanted") == ["challenge.wanted"]


def test_staff_who_know_whose_it_is_say_how(site: Site) -> None:
    ref, asks = came(), site.staff("support")
    path, data = f"/console/requests/{ref}/establish/", {"establish-why": f"They called {SCRIPT}"}
    forbidden(site, path, data)
    assert asks.post(path, {"establish-why": " "}).status_code == 200
    assert asks.post(path, data).status_code == 302
    assert Request.objects.get(ref=ref).verified == "staff"
    assert said_of(ref)["confirmed"] == f"They called {SCRIPT}"
    assert asks.post(path, data).status_code == 409
    assert not Letter.objects.exists()


@pytest.mark.parametrize("way", ["agent", "guardian"])
def test_who_acts_for_somebody_is_confirmed_by_two_and_the_person_is_told(site: Site, way: str) -> None:
    facts: dict[str, Any] = {way: {"name": "Help Ltd"}, "person": {"email": "grace@example.org"}}
    ref, first, second = came(address="help@agents.example", **facts), site.staff("support"), site.staff("privacy-officer")
    path, data = f"/console/requests/{ref}/establish/", {"establish-why": "Saw the mandate"}
    assert first.post(path, data).status_code == 302
    row = Request.objects.get(ref=ref)
    assert (row.verified, row.wanted["vouched_by"]) == ("", site.who(role="support").actor)
    sent = Letter.objects.get()
    text = opened_key(row.key).open_bytes(bytes(sent.sealed), "letter").decode()
    assert "To: grace@example.org" in text
    assert "help@agents.example" in text
    assert first.post(path, data).status_code == 409, "the same one is no second one"
    assert "a colleague must confirm it too" in first.get(f"/console/requests/{ref}/").content.decode()
    assert "Saw the mandate" in second.get(f"/console/requests/{ref}/").content.decode()
    assert Request.objects.get(ref=ref).verified == ""
    assert second.post(path, {"establish-why": "Called the notary"}).status_code == 302
    assert Request.objects.get(ref=ref).verified == way
    assert (said_of(ref)["vouched"], said_of(ref)["confirmed"]) == ("Saw the mandate", "Called the notary")
    assert second.post(path, data).status_code == 409
    assert Letter.objects.count() == 1


def test_new_values_that_came_in_words_are_entered_and_then_confirmed(site: Site) -> None:
    ref, asks = asked(site, "rectification", note="My name is wrong"), site.staff("support")
    path, data = f"/console/requests/{ref}/changes/", {"changes-app.accounts.full_name": f"Ada {SCRIPT}"}
    assert asks.post(path, data).status_code == 409, "it is not verified yet"
    advanced(ref, "verify", "identify")
    forbidden(site, path, data)
    assert asks.post(f"/console/requests/{ref}/confirm/").status_code == 409, "nothing is to be written"
    assert "write the new values" not in asks.get(f"/console/requests/{ref}/").content.decode()
    for wrong in ({}, {"changes-app.accounts.password_hash": "x"}, {"changes-app.accounts.full_name": "x" * 1_001}):
        assert asks.post(path, wrong).status_code == 200
    assert asks.post(path, data).status_code == 302
    assert said_of(ref)["changes"] == [{"column": "app.accounts.full_name", "value": f"Ada {SCRIPT}"}]
    assert "Ada" not in Request.objects.get(ref=ref).said
    assert asks.post(path, data).status_code == 409
    text = asks.get(f"/console/requests/{ref}/").content.decode()
    assert "write the new values" in text
    assert SCRIPT not in text
    for _ in range(2):
        assert asks.post(f"/console/requests/{ref}/confirm/").status_code == 302
    assert asks.post(path, {"changes-app.accounts.full_name": "Eve"}).status_code == 409, "not after it was confirmed"
    assert kinds("request.c") == ["request.changes", "request.confirmed"]


def stopped(site: Site, sentence: str) -> str:
    """Return an erasure that stopped and waits for staff."""
    ref = asked(site, "erasure")
    advanced(ref, "verify", "identify", "restrain", "find")
    row = Request.objects.get(ref=ref)
    row.stage, row.waits_on, row.waits_for, row.wake_at = "erase", "staff", sentence, datetime.now(UTC) + timedelta(days=1)
    row.save()
    RequestStep.objects.update_or_create(
        request=row, name="erase", defaults={"state": "failed", "error": sentence, "began_at": datetime.now(UTC)}
    )
    return ref


def test_a_large_erasure_is_allowed_by_who_may_approve_plans(site: Site) -> None:
    ref, asks = stopped(site, "the erasure of 1 of the people would touch 90 of the 100 rows of app.events"), site.staff("engineer")
    path = f"/console/requests/{ref}/large/"
    assert site.staff("support").post(path).status_code == 403
    assert path not in site.staff("support").get(f"/console/requests/{ref}/").content.decode()
    forbidden(site, path, {})
    assert path in asks.get(f"/console/requests/{ref}/").content.decode()
    assert asks.post(path).status_code == 302
    row = Request.objects.get(ref=ref)
    assert (row.wanted["large"], row.waits_on) == (site.who(role="engineer").actor, "")
    assert row.wake_at is not None
    assert row.wake_at <= datetime.now(UTC)
    assert asks.post(path).status_code == 409
    assert kinds("erasure.allowed") == ["erasure.allowed"]


def test_an_erasure_that_stopped_at_something_else_is_not_allowed_that_way(site: Site) -> None:
    ref = stopped(site, "no link of the map leads to app.events")
    assert site.staff("owner").post(f"/console/requests/{ref}/large/").status_code == 409
    assert "large" not in Request.objects.get(ref=ref).wanted


def test_what_a_processor_wrote_is_kept_sealed_and_wakes_the_request(site: Site) -> None:
    ref, asks, at = asked(site, "erasure"), site.staff("support"), datetime.now(UTC)
    orders = {name: open_order(request=ref, processor=name, way=way, due=at, at=at, actor="worker") for name, way in WAYS}
    path, data = f"/console/requests/{ref}/orders/printer/", {"order-state": "done", "order-note": f"Gone {SCRIPT}"}
    assert asks.post(path, data).status_code == 409, "it was not asked yet"
    for one in orders.values():
        order_asked(ref=one, at=at, actor="worker")
    Request.objects.update(wake_at=at + timedelta(days=2), waits_on="processor")
    forbidden(site, path, data)
    text = asks.get(f"/console/requests/{ref}/").content.decode()
    assert "What printer answered" in text
    assert "What postmark answered" not in text
    assert asks.post(f"/console/requests/{ref}/orders/postmark/", data).status_code == 409, "a program asks that one"
    assert asks.post(f"/console/requests/{ref}/orders/nobody/", data).status_code == 404
    assert asks.post(path, {"order-state": "accepted", "order-note": "x"}).status_code == 200
    assert asks.post(path, data).status_code == 302
    order, row = Order.objects.get(processor="printer"), Request.objects.get(ref=ref)
    assert (order.state, row.waits_on, bool(order.evidence)) == ("done", "", True)
    assert b"Gone" not in bytes(order.sealed)
    assert opened_key(row.key).open_bytes(bytes(order.sealed), "acknowledgement") == f"Gone {SCRIPT}".encode()
    assert asks.post(path, {**data, "order-state": "refused"}).status_code == 409
    assert kinds("order.answered") == ["order.answered"]


WAYS = (("printer", "email"), ("postmark", "http"))


def test_staff_write_down_what_came_by_telephone(site: Site) -> None:
    asks, account = site.staff("support"), site.account(subject="account:7")
    path, day = "/console/requests/new/", f"{datetime.now(UTC) - timedelta(days=5):%Y-%m-%d}"
    data = {"right": "access", "address": ADDRESS, "received": day, "note": f"Called {SCRIPT}"}
    forbidden(site, path, data)
    to_come = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    for wrong in (
        {**data, "received": to_come},
        {**data, "received": "0001-01-01"},
        {**data, "received": "yesterday"},
        {**data, "account": account.ref},
        {**data, "address": ""},
        {**data, "address": "", "account": "nobody"},
        {**data, "right": "revenge"},
    ):
        answer = asks.post(path, wrong)
        assert answer.status_code == 200, wrong
        assert SCRIPT not in answer.content.decode()
    assert not Request.objects.exists()
    assert asks.post(path, data).status_code == 302
    first = Request.objects.get()
    assert (first.channel, first.verified, first.stage, first.account) == ("staff", "", "verify", None)
    assert timedelta(days=4) < datetime.now(UTC) - first.received_at < timedelta(days=6)
    assert first.address_digest
    of_account = {"right": "erasure", "account": account.ref, "received": day}
    there = asks.post(path, of_account)["Location"]
    assert asks.post(path, of_account)["Location"] == there, "a second click opens no second one"
    second = Request.objects.get(right="erasure")
    assert (second.account, second.verified, second.channel) == (account, "", "staff")
    assert kinds("request.opened") == ["request.opened", "request.opened"]


def test_a_restriction_is_lifted_only_after_the_person_was_told(site: Site) -> None:
    ref, asks, at = asked(site, "restriction"), site.staff("support"), datetime.now(UTC)
    path, data = f"/console/requests/{ref}/lift/", {"lift-why": "What you doubted was checked"}
    assert asks.post(path, data).status_code == 409, "nothing is restricted yet"
    place_restraints(request=ref, subjects=["account:7"], kind="restricted", at=at, actor="worker")
    forbidden(site, path, data)
    assert path in asks.get(f"/console/requests/{ref}/").content.decode()
    assert asks.post(path, {"lift-why": " ", "lift-told": ""}).status_code == 200
    assert not Letter.objects.exists()
    assert asks.post(path, data).status_code == 302
    assert Restraint.objects.get(until__isnull=True).lift_at
    row = Request.objects.get(ref=ref)
    assert b"What you doubted was checked" in opened_key(row.key).open_bytes(bytes(Letter.objects.get().sealed), "letter")
    assert asks.post(path, data).status_code == 409, "they are told once"
    assert Letter.objects.count() == 1
    keep = f"/console/requests/{ref}/keep-restricted/"
    assert path not in (shown := asks.get(f"/console/requests/{ref}/").content.decode())
    assert keep in shown
    forbidden(site, keep, {})
    assert asks.post(keep).status_code == 302
    assert asks.post(keep).status_code == 409
    assert Restraint.objects.get(until__isnull=True).lift_at is None
    found = [kind for kind in kinds("") if kind == "letter.written" or kind.startswith("restraint.")]
    assert found == ["restraint.placed", "letter.written", "restraint.announced", "restraint.stays"]


def test_where_the_person_cannot_be_told_the_restriction_stays(site: Site) -> None:
    ref = came("restriction", address="")
    place_restraints(request=ref, subjects=["account:7"], kind="restricted", at=datetime.now(UTC), actor="worker")
    asks, path = site.staff("support"), f"/console/requests/{ref}/lift/"
    assert asks.post(path, {"lift-why": "Checked"}).status_code == 409
    assert asks.post(path, {"lift-why": "Checked", "lift-told": "tomorrow"}).status_code == 200
    assert (
        asks.post(path, {"lift-why": "Checked", "lift-told": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"}).status_code
        == 409
    )
    assert Restraint.objects.get(until__isnull=True).lift_at is None
    said = asks.post(path, {"lift-why": "Checked", "lift-told": f"{datetime.now(UTC):%Y-%m-%d}"}, follow=True)
    assert "a week after they were told" in said.content.decode()
    assert Restraint.objects.get(until__isnull=True).lift_at
    assert not Letter.objects.exists()


def test_a_request_is_given_to_a_colleague_who_may_work_on_it(site: Site) -> None:
    ref, asks = asked(site), site.staff("support")
    officer, auditor = site.account(role="privacy-officer"), site.account(role="auditor")
    path = f"/console/requests/{ref}/assign/"
    forbidden(site, path, {"assign-to": officer.ref})
    assert asks.post(path, {"assign-to": auditor.ref}).status_code == 200
    assert asks.post(path, {"assign-to": officer.ref}).status_code == 302
    assert Request.objects.get(ref=ref).taken_by == f"staff:{officer.ref}"
    assert asks.post(path, {"assign-to": officer.ref}).status_code == 409
    assert kinds("request.taken") == ["request.taken"]


def test_who_reads_a_letter_is_written_down_and_opens_nothing_else(site: Site) -> None:
    ref, asks = asked(site), site.staff("support")
    letter(ref, "In confidence")
    path = f"/console/requests/{ref}/letters/{Letter.objects.get().pk}/"
    for _ in range(2):
        assert asks.get(path).status_code == 200
    seen = Viewing.objects.get()
    assert (seen.subject, seen.role) == ("account:7", "support")
    assert ref in seen.reason
    assert kinds("letter.opened") == ["letter.opened"]
    assert "Why must you see this" in asks.get("/console/people/of/account:7/").content.decode()
    assert site.staff("auditor").get(path).status_code == 403
    assert Viewing.objects.count() == 1
