"""Rows that must stay, and for how long; two stores; what the map says and is not there; many people, and nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kept.base.errors import KeptError, Refused
from kept.planning.erasing import erase

from .conftest import Found
from .test_ownership import ACCOUNTS, PEOPLE
from .test_shapes import COMMENTS, WHEN, WHENCE, commented
from .town import emptied, erased_text

LAW = (
    PEOPLE
    + """
CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), note VARCHAR(50));
CREATE TABLE invoices (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), billed {moment},
  address VARCHAR(50));
INSERT INTO orders VALUES (1, 1, 'gift'), (2, 1, 'none'), (3, 2, 'other');
INSERT INTO invoices VALUES (1, 1, '2026-01-01 00:00:00', 'Elm'), (2, 2, '2010-01-01 00:00:00', 'Oak'),
  (3, 3, '2026-01-01 00:00:00', 'Ash');
"""
)
LAWFUL = (
    ACCOUNTS
    + """
  orders: {what: O., purposes: [service],
    links: [{column: account_id, to: app.accounts.id}],
    fields: {note: {category: user.content}}}
  invoices:
    what: I.
    purposes: [service]
    links: [{column: order_id, to: app.orders.id}]
    retention: {keep: 1 year, after: billed, at_least: {keep: 10 years, law: a tax law}}
    fields: {address: {category: user.contact.address}}
"""
)


def test_rows_that_a_law_keeps_stay_with_husks_above_them_and_go_when_it_is_over(found: Found) -> None:
    town = found(LAW, LAWFUL)
    done = town.erase("account:1")
    assert done.left == {("invoices", "law"): 1, ("orders", "needed"): 1, ("accounts", "needed"): 1}
    assert (town.ids("invoices"), town.ids("orders"), town.ids("accounts")) == ([1, 3], [1, 3], [1, 2, 3])
    assert town.app.rows("invoices", "address") == [("Ash",), ("Elm",)]
    assert erased_text(dict(town.app.rows("orders", "id, note"))[1])
    assert erased_text(dict(town.app.rows("accounts"))[1])
    assert town.export("account:1")["invoices"] == [{"address": "Elm"}]
    town.later(days=365 * 11)
    assert town.erase("account:1").left == {}
    assert (town.ids("invoices"), town.ids("orders"), town.ids("accounts")) == ([3], [3], [2, 3])


def hold(table: str, more: str = "") -> str:
    said = "ground: a suit, owner: counsel, placed: 2026-01-10, review: 2026-07-10"
    return f"holds:\n  matter: {{{said}, tables: [app.{table}]{more}}}\n"


def test_a_hold_on_a_child_and_its_end(found: Found) -> None:
    town = found(LAW, LAWFUL, holds=hold("orders", ", subjects: {app.orders.id: ['2']}"))
    done = town.erase("account:1")
    assert done.left == {("invoices", "law"): 1, ("orders", "hold"): 1, ("orders", "needed"): 1, ("accounts", "needed"): 1}
    assert town.app.rows("orders", "id, note")[1] == (2, "none"), "what is held is not touched"
    (town.folder / "holds.yaml").unlink()
    town.close()
    assert town.erase("account:1").left == {("invoices", "law"): 1, ("orders", "needed"): 1, ("accounts", "needed"): 1}
    assert town.ids("orders") == [1, 3]


def test_a_hold_on_a_parent_lets_its_children_go(found: Found) -> None:
    town = found(LAW, LAWFUL, holds=hold("accounts", ", subjects: {app.accounts.id: ['1']}"))
    town.later(days=365 * 11)
    assert town.erase("account:1").left == {("accounts", "hold"): 1}
    assert (town.ids("orders"), dict(town.app.rows("accounts"))[1]) == ([3], "Anna Arms")
    town.erase("account:2")
    assert town.ids("accounts") == [1, 3]


def test_a_clock_that_is_masked_with_its_row(found: Found) -> None:
    """What says that the law lets a row go is itself of the person: the tie is cut all the same."""
    script = (
        PEOPLE
        + """
CREATE TABLE visits (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), seen {moment}, place VARCHAR(50));
INSERT INTO visits VALUES (1, 1, '2010-01-01 00:00:00', 'Elm'), (2, 1, '2026-01-01 00:00:00', 'Oak');
"""
    )
    mapped = (
        ACCOUNTS
        + """
  visits:
    what: V.
    purposes: [service]
    erasure: anonymise
    links: [{column: account_id, to: app.accounts.id}]
    retention: {keep: 1 year, after: seen, at_least: {keep: 10 years, law: a law}, then: anonymise}
    fields: {seen: {category: user.behavior}, place: {category: user.location}}
"""
    )
    town = found(script, mapped)
    town.erase("account:1")
    rows = {row[0]: row[1:] for row in town.app.rows("visits")}
    assert rows[1][:2] == (None, None)
    assert erased_text(rows[1][2])
    assert rows[2][0] == 1
    assert rows[2][2] == "Oak"


OTHER = """
CREATE TABLE readers (id INTEGER PRIMARY KEY, email VARCHAR(80), name VARCHAR(50));
CREATE TABLE clicks (id INTEGER PRIMARY KEY, reader_id INTEGER NOT NULL REFERENCES readers (id), page VARCHAR(50));
INSERT INTO readers VALUES (7, 'ANNA@example.org', 'Anna Arms'), (8, 'bert@example.org', 'Bert Born');
INSERT INTO clicks VALUES (1, 7, 'x'), (2, 8, 'y');
"""
READ = """
  readers:
    what: R.
    subject: {kind: reader, key: id}
    purposes: [service]
    links: [{column: email, to: app.accounts.email}]
    fields: {email: {category: user.contact.email}, name: {category: user.name}}
  clicks: {what: C., purposes: [service],
    links: [{column: reader_id, to: other.readers.id}],
    fields: {page: {category: user.behavior}}}
"""
MAILED = PEOPLE.replace("name VARCHAR(50)", "name VARCHAR(50), email VARCHAR(80)").replace("Arms'", "Arms', 'anna@example.org'")
MAILED = MAILED.replace("Born'", "Born', 'bert@example.org'").replace("Cook'", "Cook', ''")
ADDRESSED = ACCOUNTS.replace("{category: user.name}}", "{category: user.name}, email: {category: user.contact.email}}")


@pytest.mark.parametrize("mail", ["anna", "Anna"])
@pytest.mark.parametrize("people", [("account:1",), ("account:1", "account:3")])
def test_two_stores_and_an_address(found: Found, people: tuple[str, ...], mail: str) -> None:
    """The other store is reached by the address, in whichever case, and what hangs on the person there too; in a batch as well."""
    town = found(MAILED, ADDRESSED, second=(OTHER.replace("ANNA", mail), READ))
    assert {table: len(rows) for table, rows in town.export("account:1").items()} == {"accounts": 1, "readers": 1, "clicks": 1}
    done = town.erase(*people)
    assert set(done.found.people) == {*people, "reader:7"}
    assert done.found.people["reader:7"] == "account:1"
    assert town.bases["other"].rows("readers", "id") == [(8,)]
    assert town.bases["other"].rows("clicks", "id") == [(2,)]
    assert town.erase(*people).rows == {}


def test_a_renamed_table_is_never_done(found: Found) -> None:
    town = found(LAW, LAWFUL)
    town.later(days=365 * 11)
    town.reach("account:1")
    town.app.run("ALTER TABLE invoices RENAME TO bills;\n")
    town.close()
    assert town.plan("account:1").obstacles == ["app.invoices is mapped and is not there"]
    with pytest.raises(KeptError, match="invoices"):
        town.export("account:1")
    assert town.ids("accounts") == [1, 2, 3]
    assert len(town.app.rows("bills")) == 3


def test_a_mapped_column_that_is_gone_is_never_done(found: Found) -> None:
    town = found(WHEN, WHENCE.replace("RULE", "anonymise"))
    town.app.run("ALTER TABLE files DROP COLUMN name;\n")
    plan = erase(town.reach("account:1"), town.at)
    assert plan.obstacles == ["app.files.name is mapped and is not there"]


def test_what_can_be_neither_replaced_nor_emptied_is_an_obstacle(found: Found) -> None:
    script = PEOPLE + "CREATE TABLE ages (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, age INTEGER NOT NULL);\n"
    mapped = (
        ACCOUNTS
        + "  ages: {what: A., purposes: [service], erasure: anonymise, links: [{column: account_id, to: app.accounts.id}],"
        + " fields: {age: {category: user.demographic}}}\n"
    )
    town = found(script, mapped)
    assert town.plan("account:1").obstacles == [], "nobody has such a row"
    town.app.run("INSERT INTO ages VALUES (1, 1, 40);\n")
    obstacles = town.plan("account:1").obstacles
    assert [text.split(" ")[0] for text in obstacles] == ["app.ages.age", "app.ages.account_id"]


def test_a_map_whose_links_lead_everywhere_is_refused(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    town = found(COMMENTS.format(null="", top="NULL", own="NULL"), commented("delete", "owned"))
    monkeypatch.setattr("kept.planning.reaching.MOST_VALUES", 3)
    with pytest.raises(Refused, match="more than 3 rows"):
        town.erase("account:1")


def test_one_pass_does_many_people(found: Found) -> None:
    script = (
        PEOPLE
        + "CREATE TABLE uses (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), what VARCHAR(20));\n"
    )
    people, uses = range(10, 1_210), ", ".join(f"({n}, {n}, 'x')" for n in range(10, 1_212))
    script += "INSERT INTO accounts VALUES " + ", ".join(f"({n}, 'n{n}')" for n in range(10, 1_212)) + ";\n"
    script += f"INSERT INTO uses VALUES {uses};\n"
    mapped = (
        ACCOUNTS
        + "  uses: {what: U., purposes: [service], links: [{column: account_id, to: app.accounts.id}],"
        + " fields: {what: {category: user.behavior}}}\n"
    )
    town = found(script, mapped)
    done = town.erase(*(f"account:{n}" for n in people))
    assert done.rows == {"uses": 1_200, "accounts": 1_200}
    assert town.ids("uses") == [1_210, 1_211]
    assert emptied(done.plan) == ["uses", "accounts"]


def test_a_person_without_rows_anywhere(found: Found) -> None:
    town = found(LAW, LAWFUL)
    before = town.app.rows("accounts")
    assert town.erase("account:77").rows == {}
    assert town.export("account:77") == {}
    assert town.erase("stranger:1").rows == {}
    assert town.app.rows("accounts") == before


def test_time_alone_brings_nobody_back(found: Found) -> None:
    """A clock set back makes the law longer, never shorter: rows stay rather than go."""
    town = found(LAW, LAWFUL)
    town.at -= timedelta(days=365 * 10)
    done = town.erase("account:1")
    assert done.left[("invoices", "law")] == 2
    assert len(town.ids("invoices")) == 3
