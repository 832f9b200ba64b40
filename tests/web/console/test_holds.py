"""Holds: placed, reviewed and lifted in the console; what they suspend, and what goes on afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from kept.base.names import Table
from kept.db.access.holds import placed_holds
from kept.db.models import LedgerEntry, PlacedHold, Remainder, Request
from tests.web.requests import SCRIPT, asked
from tests.web.site import Site

TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=90)
HOLD = {
    "name": "audit-2026",
    "ground": "Tax audit, AO §147",
    "owner": "general counsel",
    "review": LATER.isoformat(),
    "tables": ["billing.invoices", "billing.payments"],
    "column": "app.accounts.id",
    "keys": "7\n42\n",
}


def kinds() -> list[str]:
    found = [json.loads(bytes(entry.body))["kind"] for entry in LedgerEntry.objects.order_by("index")]
    return [kind for kind in found if kind.startswith("hold.")]


def test_a_hold_is_placed_reviewed_and_lifted(site: Site) -> None:
    asks = site.staff("privacy-officer")
    assert asks.post("/console/holds/place/", HOLD).status_code == 302
    (hold,) = placed_holds().values()
    assert hold.covers(Table.parse("billing.invoices"), TODAY)
    assert not hold.covers(Table.parse("app.accounts"), TODAY), "and nothing more"
    assert dict(hold.subjects) == {next(iter(hold.subjects)): ("7", "42")}
    text = asks.get("/console/holds/").content.decode()
    assert "Tax audit" in text
    assert "2 people" in text
    assert "quarry-street-v-aurigen" in text, "those of holds.yaml stand beside"
    again = LATER + timedelta(days=30)
    assert asks.post("/console/holds/audit-2026/review/", {"audit-2026-review": again.isoformat()}).status_code == 302
    assert placed_holds()["audit-2026"].review == again
    assert asks.post("/console/holds/audit-2026/lift/").status_code == 302
    assert not placed_holds()["audit-2026"].covers(Table.parse("billing.invoices"), TODAY)
    assert asks.post("/console/holds/audit-2026/lift/").status_code == 409
    assert kinds() == ["hold.placed", "hold.reviewed", "hold.lifted"]
    facts = [json.loads(bytes(one.body))["facts"] for one in LedgerEntry.objects.order_by("index")]
    assert all("42" not in str(one) for one in facts), "no key of a person enters the ledger"


def test_lifting_takes_up_the_erasures_that_waited_for_it_and_no_other(site: Site) -> None:
    asks = site.staff("owner")
    asks.post("/console/holds/place/", HOLD)
    refs = {}
    for number, rule in ((1, "audit-2026"), (2, "another-hold")):
        refs[rule] = asked(site, "erasure", subject=f"account:{number}")
        one = Request.objects.get(ref=refs[rule])
        Request.objects.filter(pk=one.pk).update(stage="", wake_at=None, state="answered", closed_at=datetime.now(UTC))
        Remainder.objects.create(request=one, table="billing.invoices", why="hold", rule=rule, rows=2)
    assert "1 erasure" in asks.get("/console/holds/").content.decode()
    assert "1 erasure goes on." in asks.post("/console/holds/audit-2026/lift/", follow=True).content.decode()
    woken = Request.objects.get(ref=refs["audit-2026"])
    assert (woken.stage, woken.sweep) == ("erase", None)
    assert woken.wake_at is not None
    assert Request.objects.get(ref=refs["another-hold"]).wake_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "quarry-street-v-aurigen"},
        {"name": "Audit 2026"},
        {"name": SCRIPT},
        {"ground": " "},
        {"owner": ""},
        {"review": TODAY.isoformat()},
        {"review": "soon"},
        {"tables": []},
        {"tables": ["billing.nothing"]},
        {"column": "app.accounts.email"},
        {"keys": "7\n\x07"},
        {"keys": "x" * 201},
    ],
)
def test_a_hold_that_makes_no_sense_is_not_placed(site: Site, wrong: dict[str, object]) -> None:
    answer = site.staff("owner").post("/console/holds/place/", {**HOLD, **wrong})
    assert answer.status_code == 200
    assert SCRIPT not in answer.content.decode()
    assert not PlacedHold.objects.exists()


def test_two_holds_of_one_name_are_not_placed(site: Site) -> None:
    asks = site.staff("owner")
    assert asks.post("/console/holds/place/", HOLD).status_code == 302
    assert "already" in asks.post("/console/holds/place/", HOLD).content.decode()
    assert PlacedHold.objects.count() == 1


def test_one_of_the_file_is_changed_in_the_file(site: Site) -> None:
    asks = site.staff("owner")
    assert asks.post("/console/holds/quarry-street-v-aurigen/lift/").status_code == 404
    assert not kinds()


def test_everybody_else_looks_and_changes_nothing(site: Site) -> None:
    for role in ("auditor", "engineer"):
        asks = site.staff(role)
        assert asks.get("/console/holds/").status_code == 200
        assert "Place a hold" not in asks.get("/console/holds/").content.decode()
        assert asks.post("/console/holds/place/", HOLD).status_code == 403
    assert not PlacedHold.objects.exists()
