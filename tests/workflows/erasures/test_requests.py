"""Whole erasures, from the request to the answer, and what comes after: laws end, holds are lifted, people come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from kept.db import access
from kept.db.actions.holds import Placing, lift_hold, place_hold
from kept.db.actions.sweeps import wake_remainders
from kept.db.models import Certificate, Request, Sweep
from kept.workflows.check import check_stores, load_policy
from kept.workflows.finding import opened_stores
from kept.workflows.requests import work_requests_once

from .desk import STAFF, Desk
from .test_ownership import ACCOUNTS, CHAIN, CHAINED, MESSAGED, MESSAGES
from .test_staying import ADDRESSED, LAW, LAWFUL, MAILED, hold
from .town import erased_text

Found = Callable[..., Desk]


def test_a_whole_erasure(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref) == ("answered", "", "", "")
    assert one.told(ref)["rows"] == 8
    assert one.town.ids("accounts") == [2, 3]
    one.in_order(ref)
    assert Certificate.objects.get(request__ref=ref).text
    assert Request.objects.get(ref=ref).sweep.trail == ""  # type: ignore[union-attr]  # it has one: it was proved


def test_who_asks_again_is_answered_and_nothing_is_done_twice(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    first, again = one.asks("account:1"), one.asks("account:1")
    assert first == again, "one request of a right is open at a time"
    one.work()
    before = [one.town.app.rows(table) for table in ("accounts", "addresses", "phones", "calls")]
    second = one.asks("account:1")
    one.work()
    assert one.stands(second)[0] == "answered"
    assert one.told(second)["rows"] == 0
    assert [one.town.app.rows(table) for table in ("accounts", "addresses", "phones", "calls")] == before


def test_people_who_share_are_swept_together(desk: Found) -> None:
    one = desk(MESSAGES.replace("{null}", " NOT NULL"), ACCOUNTS + MESSAGED.format(rule="delete"))
    refs = [one.asks("account:1"), one.asks("account:2"), one.asks("account:3")]
    one.work()
    assert {one.stands(ref)[0] for ref in refs} == {"answered"}
    assert Sweep.objects.get().people == 3
    assert (one.town.ids("messages"), one.town.ids("accounts")) == ([], [])
    assert not any(one.stays(ref) for ref in refs)


def test_lots_end_where_one_transaction_would(desk: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """Co-owners in different lots, who may not be cut: each is a husk for the other until the second pass."""
    monkeypatch.setattr("kept.workflows.sweeping.FIRST", 1)
    monkeypatch.setattr("kept.workflows.sweeping.MOST", 1)
    one = desk(MESSAGES.replace("{null}", " NOT NULL"), ACCOUNTS + MESSAGED.format(rule="delete"))
    refs = [one.asks("account:1"), one.asks("account:2"), one.asks("account:3")]
    one.work()
    assert {one.stands(ref)[0] for ref in refs} == {"answered"}
    assert (one.town.ids("messages"), one.town.ids("accounts")) == ([], [])


def test_a_law_ends_and_the_rest_goes_unasked(desk: Found) -> None:
    one = desk(LAW, LAWFUL)
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref)[0] == "answered"
    assert one.stays(ref) == {("app.invoices", "law", 1), ("app.orders", "needed", 1), ("app.accounts", "needed", 1)}
    one.later(days=60)
    wake_remainders(at=one.at)
    one.work()
    assert one.town.ids("invoices") == [1, 3], "looked at again, and still too early"
    one.later(days=365 * 10)
    assert wake_remainders(at=one.at) == 1
    one.work()
    assert one.stays(ref) == set()
    assert (one.town.ids("invoices"), one.town.ids("orders"), one.town.ids("accounts")) == ([3], [3], [2, 3])
    assert one.stands(ref)[0] == "answered"
    assert Request.objects.get(ref=ref).trail == ""
    assert wake_remainders(at=one.at) == 0


BILLS = """
CREATE TABLE bills (id INTEGER PRIMARY KEY, email VARCHAR(80), billed {moment}, address VARCHAR(50));
INSERT INTO bills VALUES (1, 'anna@example.org', '2026-01-01 00:00:00', 'Elm'),
  (2, 'bert@example.org', '2026-01-01 00:00:00', 'Ash');
"""
BILLED = """
  bills:
    what: B.
    purposes: [service]
    links: [{column: email, to: app.accounts.email}]
    retention: {keep: 1 year, after: billed, at_least: {keep: 10 years, law: a tax law}}
    fields: {email: {category: user.contact.email}, address: {category: user.contact.address}}
"""


def test_what_a_law_keeps_is_found_again_although_what_led_to_it_is_gone(desk: Found) -> None:
    one = desk(MAILED, ADDRESSED, second=(BILLS, BILLED))
    ref = one.asks("account:1")
    one.work()
    assert one.town.ids("accounts") == [2, 3]
    assert one.stays(ref) == {("other.bills", "law", 1)}
    assert "anna" not in str(list(Request.objects.values()))
    one.later(days=365 * 11)
    assert wake_remainders(at=one.at) == 1
    one.work()
    assert one.town.bases["other"].rows("bills", "id") == [(2,)]
    assert one.stays(ref) == set()


def test_a_hold_is_lifted_and_what_it_kept_goes(desk: Found) -> None:
    one = desk(LAW, LAWFUL)
    one.later(days=365 * 11)
    placing = Placing(
        name="matter-9",
        ground="a suit",
        owner="counsel",
        review=date(2039, 1, 1),
        tables=["app.orders"],
        subjects={"app.accounts.id": ["1"]},
    )
    place_hold(placing, policy=one.world.policy, at=one.at, by=STAFF)
    ref = one.asks("account:1")
    one.work()
    assert one.stays(ref) == {("app.orders", "hold", 2), ("app.accounts", "needed", 1)}
    assert one.town.app.rows("orders", "note") == [("gift",), ("none",), ("other",)]
    one.later(days=1)
    assert lift_hold(name="matter-9", at=one.at, by=STAFF) == 1
    one.work()
    assert one.stays(ref) == set()
    assert (one.town.ids("orders"), one.town.ids("accounts")) == ([3], [2, 3])


def test_a_hold_that_is_taken_out_of_its_file(desk: Found) -> None:
    one = desk(LAW, LAWFUL, holds=hold("accounts", ", subjects: {app.accounts.id: ['1']}"))
    one.later(days=365 * 11)
    ref = one.asks("account:1")
    one.work()
    assert one.stays(ref) == {("app.accounts", "hold", 1)}
    assert not access.erased_lists(), "who is held is not gone"
    (one.town.folder / "holds.yaml").unlink()
    one.later(days=8)
    assert wake_remainders(at=one.at) == 1
    one.work()
    assert one.stays(ref) == set()
    assert one.town.ids("accounts") == [2, 3]


def test_who_comes_back_is_noticed(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    promises = 'clauses:\n  "1":\n    promises:\n      - promise: erased-people-stay-gone\n'
    (one.town.folder / "promises.yaml").write_text(promises)
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref)[0] == "answered"
    assert marks(one) == {"kept"}
    one.town.app.run("INSERT INTO accounts VALUES (1, 'Anna Arms');\n")
    assert marks(one) == {"broken"}


def marks(one: Desk) -> set[str]:
    policy = load_policy(one.town.folder)
    with opened_stores(policy, one.town.folder, "test") as stores:
        report = check_stores(policy, stores.connectors, now=one.at)
    return {str(finding.verdict.mark.value) for finding in report.findings}


NOTES = """
CREATE TABLE notes (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), body VARCHAR(200), memo VARCHAR(200));
INSERT INTO notes VALUES (1, 2, 'I met Anna Arms.', 'ask anna@example.org'), (2, 2, 'Annabel Armstrong', 'none'),
  (3, 3, 'Anna Arms!', '-');
"""
NOTED = """
  notes:
    what: N.
    purposes: [service]
    links: [{column: account_id, to: app.accounts.id}]
    fields: {body: {category: user.content, mentions: redact}, memo: {category: user.content, mentions: report}}
    not_personal: [id]
"""


@pytest.mark.parametrize("held", [False, True])
def test_what_others_write_of_them(desk: Found, held: bool) -> None:
    """Redacted or reported, as the map says; what is held is reported and not touched."""
    holds = hold("notes", ", subjects: {app.notes.id: ['3']}") if held else ""
    one = desk(MAILED + NOTES, ADDRESSED + NOTED, holds=holds)
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref)[0] == "answered"
    rows = {row[0]: row[2:] for row in one.town.app.rows("notes")}
    assert rows[1] == ("I met [redacted].", "ask anna@example.org")
    assert rows[2] == ("Annabel Armstrong", "none")
    assert rows[3][0] == ("Anna Arms!" if held else "[redacted]!")
    assert one.told(ref)["mentions"] == {
        "app.notes.body": {"rows": 2, "redacted": 1 if held else 2, "left": int(held)},
        "app.notes.memo": {"rows": 1, "redacted": 0, "left": 1},
    }


def test_a_table_that_is_renamed_between_finding_and_erasing(desk: Found) -> None:
    one = desk(LAW, LAWFUL)
    one.later(days=365 * 11)
    ref = one.asks("account:1")
    for _ in range(20):
        if one.stands(ref)[1] == "erase":
            break
        work_requests_once(one.world)
    one.town.app.run("ALTER TABLE invoices RENAME TO bills;\n")
    one.work()
    state, stage, waits_on, waits_for = one.stands(ref)
    assert (state, stage, waits_on) == ("working", "erase", "staff")
    assert "app.invoices is mapped and is not there" in waits_for
    assert len(one.town.app.rows("bills")) == 3
    assert one.town.ids("accounts") == [1, 2, 3]
    one.town.app.run("ALTER TABLE bills RENAME TO invoices;\n")
    one.work_on(ref)
    assert one.town.ids("invoices") == [3]
    one.in_order(ref)


def test_a_law_keeps_husks_masked(desk: Found) -> None:
    one = desk(LAW, LAWFUL)
    one.asks("account:1")
    one.work()
    assert erased_text(dict(one.town.app.rows("accounts"))[1])
