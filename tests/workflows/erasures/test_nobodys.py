"""What no erasure would ever reach, and who is told: rows without an owner, tables and columns outside the map. Cases 8, 14, 17."""

from __future__ import annotations

import pytest
from rich.console import Console

from kept.base.verdicts import Broken, Kept, Verdict
from kept.cli.report import show_report
from kept.planning.judging import Report
from kept.workflows.check import check_stores

from .conftest import Found
from .test_ownership import ACCOUNTS, PEOPLE
from .test_shapes import GROUPED, GROUPS
from .town import Town

pytestmark = pytest.mark.usefixtures("state")


def checked(town: Town) -> Report:
    return check_stores(town.policy, town.stores().connectors, now=town.at)


def verdict(town: Town) -> Verdict:
    """Return whether the map of the first store says all of it."""
    return next(one.verdict for one in checked(town).findings if one.code == "documented" and one.about == "app")


def shown(report: Report) -> str:
    """Return what `kept check` prints when nobody asks for more."""
    console = Console(width=200, force_terminal=False)
    with console.capture() as said:
        show_report(console, report)
    return said.get()


ORDERS = (
    PEOPLE
    + """
CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), street VARCHAR(50), placed_at {moment});
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), note VARCHAR(50));
INSERT INTO orders VALUES (1, 1, 'Elm', '2026-02-01 00:00:00'), (2, NULL, 'Oak', '2026-02-01 00:00:00');
INSERT INTO orders VALUES (3, NULL, 'Ash', '2026-02-01 00:00:00'), (4, 2, 'Fir', '2026-02-01 00:00:00');
INSERT INTO order_lines VALUES (1, 1, 'a'), (2, 2, 'b');
"""
)
ORDERED = (
    ACCOUNTS
    + """
  orders:
    what: Orders, of guests too.
    purposes: [service]
    erasure: RULE
    MORE
    links: [{column: account_id, to: app.accounts.id}]
    fields: {street: {category: user.contact.address}}
    not_personal: [id, placed_at]
  order_lines: {what: L., purposes: [service],
    links: [{column: order_id, to: app.orders.id}],
    fields: {note: {category: user.content}}, not_personal: [id]}
"""
)
ENDS = "retention: {keep: 1 year, after: placed_at}"


def ordered(rule: str = "delete", more: str = "") -> str:
    return ORDERED.replace("RULE", rule).replace("    MORE\n", f"    {more}\n" if more else "")


def test_guests_orders_that_nothing_ends_break_a_promise_that_everybody_sees(found: Found) -> None:
    """A lone order is told; its lines are not told again, for they are its own."""
    town = found(ORDERS, ordered())
    broken = verdict(town)
    assert isinstance(broken, Broken)
    assert broken.reason == ("no request reaches 2 rows of app.orders, and no retention rule ends them: they belong to nobody")
    assert "no request reaches 2 rows of app.orders" in shown(checked(town))
    town.erase("account:1")
    assert town.ids("orders") == [2, 3, 4], "a guest's order is nobody's else either"
    town.app.run("UPDATE orders SET account_id = 2 WHERE account_id IS NULL;\n")
    assert isinstance(verdict(town), Kept)


def test_guests_orders_that_end_by_themselves_are_told(found: Found) -> None:
    kept = verdict(found(ORDERS, ordered(more=ENDS)))
    assert isinstance(kept, Kept)
    assert "no request reaches 2 rows of app.orders, which belong to nobody and end by their retention rule" in kept.evidence


def test_orders_that_an_erasure_masked_are_rightly_nobodys(found: Found) -> None:
    """Of the rows without an owner only those count that somebody could still be known by."""
    town = found(ORDERS, ordered(rule="anonymise"))
    town.erase("account:1", "account:2")
    rows = town.app.rows("orders", "id, account_id")
    assert rows == [(1, None), (2, None), (3, None), (4, None)]
    broken = verdict(town)
    assert isinstance(broken, Broken)
    assert "2 rows of app.orders" in broken.reason
    town.app.run("DELETE FROM order_lines;\nDELETE FROM orders WHERE id IN (2, 3);\n")
    assert isinstance(verdict(town), Kept)


def test_a_write_that_leaves_a_group_to_nobody_is_told(found: Found) -> None:
    """The last member was taken out by the company's own program, and not by an erasure."""
    town = found(GROUPS.replace(", (3, 'nobody')", "").replace(", (3, 3, 'r')", ""), GROUPED)
    assert isinstance(verdict(town), Kept)
    town.erase("account:1")
    assert isinstance(verdict(town), Kept), "who is left is an owner"
    town.app.run("DELETE FROM memberships WHERE account_id = 2 AND circle_id = 2;\n")
    broken = verdict(town)
    assert isinstance(broken, Broken)
    assert "1 row of app.circles" in broken.reason
    assert "app.posts" not in broken.reason
    town.erase("account:2")
    assert town.ids("circles") == [2], "an erasure takes along what was theirs to the last, not what was nobody's before"
    assert isinstance(verdict(town), Broken)


LOGINS = (
    PEOPLE
    + """
CREATE TABLE logins (id INTEGER PRIMARY KEY, account_key VARCHAR(20) NOT NULL, device VARCHAR(40));
INSERT INTO logins VALUES (1, '1', 'x'), (2, '9', 'y'), (3, '', 'z');
"""
)
LOGGED = (
    ACCOUNTS
    + """
  logins: {what: L., purposes: [service],
    links: [{column: account_key, to: app.accounts.id}],
    fields: {device: {category: user.device}}, not_personal: [id]}
"""
)


def test_keys_of_nobody_are_told_whatever_their_type(found: Found) -> None:
    """The store does not hold a text to what it points to, and nobody else looks."""
    broken = verdict(found(LOGINS, LOGGED))
    assert isinstance(broken, Broken)
    assert "2 rows of app.logins" in broken.reason


def test_what_the_map_does_not_name_is_found_with_the_columns_that_look_personal(found: Found) -> None:
    """A new column and a new table; no erasure has a rule for them, and `kept check` names both."""
    town = found(PEOPLE, ACCOUNTS)
    assert isinstance(verdict(town), Kept)
    town.app.run(
        "ALTER TABLE accounts ADD COLUMN mail VARCHAR(100);\n"
        "UPDATE accounts SET mail = REPLACE('p?@example.org', '?', CAST(id AS CHAR(1)));\n"
        "CREATE TABLE leads (id INTEGER PRIMARY KEY, who VARCHAR(100), colour VARCHAR(10));\n"
        "INSERT INTO leads VALUES (1, 'a@example.org', 'red'), (2, 'b@example.org', 'blue'), (3, 'c@example.org', 'red');\n"
    )
    broken = verdict(town)
    assert isinstance(broken, Broken)
    assert broken.reason == "2 columns outside the map look personal: app.accounts.mail (email), app.leads.who (email)"
    assert "app.leads.who (email)" in shown(checked(town))


def test_a_mapped_table_that_no_link_ties_to_people_is_told(found: Found) -> None:
    """An erasure has a rule for its rows and no way to them."""
    script = PEOPLE + "CREATE TABLE visits (id INTEGER PRIMARY KEY, note VARCHAR(50));\nINSERT INTO visits VALUES (1, 'came');\n"
    mapped = ACCOUNTS + "  visits: {what: V., purposes: [service], fields: {note: {category: user.content}}, not_personal: [id]}\n"
    kept = verdict(found(script, mapped))
    assert isinstance(kept, Kept)
    assert "no link ties app.visits to people" in kept.evidence


def test_a_mapped_table_that_is_not_there_is_told_before_anybody_asks(found: Found) -> None:
    """It has a rule, and nothing to apply it to."""
    town = found(PEOPLE, ACCOUNTS + "  letters: {what: L., purposes: [service], fields: {body: {category: user.content}}}\n")
    broken = verdict(town)
    assert isinstance(broken, Broken)
    assert broken.reason == "1 map entry without a column: app.letters"
