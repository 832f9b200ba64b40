"""What staff do at a request beside its answer, as programs ask for it: what is right, the wrong key, and twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kept.db.actions.orders import open_order, order_asked
from kept.db.actions.restraints import place_restraints
from kept.db.actions.verifying import keep_candidates
from kept.db.models import Letter, Request
from tests.web.api.programs import Program, key_of, program
from tests.web.console.test_acting import came, stopped
from tests.web.requests import asked
from tests.web.site import Site


def told(answer: Any) -> Any:
    return json.loads(answer.content)


def test_staff_say_which_right_it_is_and_whose(site: Site) -> None:
    asker, ref = program(site, role="owner"), came("contact", wanted={"guess": "access"})
    assert told(asker.post(f"/queue/{ref}/right", {"right": "access"}))["right"] == "access"
    assert asker.post(f"/queue/{ref}/right", {"right": "access"}).status_code == 409
    assert asker.post(f"/queue/{ref}/right", {"right": "revenge"}).status_code == 422
    keep_candidates(ref=ref, fence=Request.objects.get().fence, subjects=["account:1", "account:2"])
    assert told(asker.get(f"/queue/{ref}"))["candidates"] == ["account:1", "account:2"]
    assert told(program(site, role="engineer").get(f"/queue/{ref}"))["candidates"] == []
    assert asker.post(f"/queue/{ref}/person", {"subject": "account:3"}).status_code == 409
    assert asker.post(f"/queue/{ref}/person", {"subject": "account:2"}).status_code == 200
    assert asker.post(f"/queue/{ref}/person", {"subject": "account:2"}).status_code == 409
    assert asker.post(f"/queue/{ref}/questions", {"number": 4}).status_code == 422
    assert asker.post(f"/queue/{ref}/questions", {"number": 2}).status_code == 200
    assert asker.post(f"/queue/{ref}/questions", {"number": 2}).status_code == 409
    assert told(asker.post(f"/queue/{ref}/identity", {"why": "They called"}))["verified"] == "staff"
    assert asker.post(f"/queue/{ref}/identity", {"why": "They called"}).status_code == 409


def test_two_keys_of_one_colleague_are_no_two_colleagues(site: Site) -> None:
    ref = came(agent={"name": "Help Ltd"})
    for _ in range(2):
        answer = program(site, role="owner").post(f"/queue/{ref}/identity", {"why": "Saw it"})
    assert answer.status_code == 409
    assert Request.objects.get().verified == ""
    other = Program(secret=key_of(site.account(email="other@aurigen.example", role="owner")))
    assert told(other.post(f"/queue/{ref}/identity", {"why": "Saw it"}))["verified"] == "agent"


def test_large_erasures_orders_and_restrictions(site: Site) -> None:
    at = datetime.now(UTC)
    ref = stopped(site, "the erasure of 1 of the people would touch 90 of the 100 rows of app.events")
    assert program(site, role="support").post(f"/queue/{ref}/large").status_code == 403
    engineer = program(site, role="engineer")
    assert told(engineer.post(f"/queue/{ref}/large"))["waits_on"] == ""
    assert engineer.post(f"/queue/{ref}/large").status_code == 409
    asker = program(site, role="owner")
    order_asked(ref=open_order(request=ref, processor="printer", way="email", due=at, at=at, actor="w"), at=at, actor="w")
    done = {"state": "done", "note": "Deleted"}
    assert told(asker.post(f"/queue/{ref}/orders/printer", done))["orders"][0]["state"] == "done"
    assert asker.post(f"/queue/{ref}/orders/printer", done).status_code == 409
    assert asker.post(f"/queue/{ref}/orders/nobody", done).status_code == 404
    held = asked(site, "restriction", subject="account:8")
    place_restraints(request=held, subjects=["account:8"], kind="restricted", at=at, actor="worker")
    assert asker.post(f"/queue/{held}/lifting", {"why": "Checked"}).status_code == 200
    assert asker.post(f"/queue/{held}/lifting", {"why": "Checked"}).status_code == 409
    assert Letter.objects.count() == 1
    assert asker.ask("DELETE", f"/queue/{held}/lifting").status_code == 200
    assert asker.post(f"/queue/{held}/lifting", {"why": "Checked", "told": "2001-01-01"}).status_code == 409
    assert asker.post(f"/queue/{held}/lifting", {"why": "Checked", "told": at.date().isoformat()}).status_code == 200
    assert Letter.objects.count() == 1
    colleague = site.account(role="privacy-officer").ref
    assert told(asker.post(f"/queue/{held}/assignment", {"to": colleague}))["taken_by"] == f"staff:{colleague}"
    assert asker.post(f"/queue/{held}/assignment", {"to": colleague}).status_code == 409


def test_a_request_is_written_down(site: Site) -> None:
    asker, wish = program(site, role="owner"), {"right": "access", "address": "ada@example.org"}
    made = asker.post("/queue", {**wish, "received_at": (datetime.now(UTC) - timedelta(days=3)).isoformat()})
    assert (made.status_code, told(made)["channel"], told(made)["verified"]) == (201, "staff", "")
    assert made["Location"].endswith(told(made)["ref"])
    for moment, status in (("9999-12-31T23:59:59-12:00", 409), ("0001-01-01T00:00:00+12:00", 409), ("2026-01-01T00:00:00", 422)):
        assert asker.post("/queue", {**wish, "received_at": moment}).status_code == status
    assert asker.post("/queue", {"right": "access"}).status_code == 409
    assert asker.post("/queue", {"right": "access", "account": "A" * 12}).status_code == 404
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"right": "access", "address": "ada@example.org"}),
        ("/right", {"right": "access"}),
        ("/person", {"subject": "account:1"}),
        ("/questions", {"number": 1}),
        ("/identity", {"why": "x"}),
        ("/changes", {"changes": [{"column": "app.accounts.full_name", "value": "x"}]}),
        ("/large", None),
        ("/orders/printer", {"state": "done", "note": "x"}),
        ("/lifting", {"why": "x"}),
        ("/assignment", {"to": "A" * 12}),
    ],
)
def test_keys_that_may_not_do_it_do_nothing(site: Site, path: str, body: Any) -> None:
    ref = came()
    address = f"/queue/{ref}{path}" if path else "/queue"
    for asker in (program(site, subject="account:7"), program(site, role="auditor")):
        assert asker.post(address, body).status_code == 403
    assert program(site, role="owner", scopes=("request.read",)).post(address, body).status_code == 403
    assert Request.objects.get().taken_by == ""
