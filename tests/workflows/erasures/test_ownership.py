"""Whose rows are whose: chains, owners, co-owners, accessors, groups, trees. Cases 1 to 9 of an erasure engine, and 15, 16."""

from __future__ import annotations

import pytest

from .conftest import Found
from .town import erased_text

PEOPLE = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR(50));
INSERT INTO accounts VALUES (1, 'Anna Arms'), (2, 'Bert Born'), (3, 'Cleo Cook');
"""
ACCOUNTS = """
  accounts:
    what: People.
    subject: {kind: account, key: id}
    purposes: [service]
    fields: {id: {category: user.unique_id}, name: {category: user.name}}
"""
CHAIN = (
    PEOPLE
    + """
CREATE TABLE addresses (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), street VARCHAR(50));
CREATE TABLE phones (id INTEGER PRIMARY KEY, address_id INTEGER NOT NULL REFERENCES addresses (id), number VARCHAR(50));
CREATE TABLE calls (id INTEGER PRIMARY KEY, phone_id INTEGER NOT NULL REFERENCES phones (id), note VARCHAR(50));
CREATE TABLE weather (id INTEGER PRIMARY KEY, sky VARCHAR(50));
INSERT INTO addresses VALUES (11, 1, 'Elm'), (12, 1, 'Oak'), (21, 2, 'Ash');
INSERT INTO phones VALUES (111, 11, '5'), (112, 11, '6'), (121, 12, '7'), (211, 21, '8');
INSERT INTO calls VALUES (1111, 111, 'a'), (1211, 121, 'b'), (2111, 211, 'c');
INSERT INTO weather VALUES (1, 'grey');
"""
)
CHAINED = (
    ACCOUNTS
    + """
  addresses: {what: A., purposes: [service],
    links: [{column: account_id, to: app.accounts.id}],
    fields: {street: {category: user.contact.address}}, not_personal: [id]}
  phones: {what: P., purposes: [service],
    links: [{column: address_id, to: app.addresses.id}],
    fields: {number: {category: user.contact.phone_number}}, not_personal: [id]}
  calls: {what: C., purposes: [service],
    links: [{column: phone_id, to: app.phones.id}],
    fields: {note: {category: user.content}}, not_personal: [id]}
"""
)


def test_everything_below_a_person_goes_and_nothing_else(found: Found) -> None:
    town = found(CHAIN, CHAINED)
    shown = town.export("account:1")
    assert {table: len(rows) for table, rows in shown.items()} == {"accounts": 1, "addresses": 2, "phones": 3, "calls": 2}
    done = town.erase("account:1")
    assert done.rows == {"accounts": 1, "addresses": 2, "phones": 3, "calls": 2}
    assert done.left == {}
    assert [town.ids(table) for table in ("accounts", "addresses", "phones", "calls", "weather")] == [
        [2, 3],
        [21],
        [211],
        [2111],
        [1],
    ]


def test_erasing_twice_is_nothing_and_the_export_of_nobody_is_empty(found: Found) -> None:
    town = found(CHAIN, CHAINED)
    town.erase("account:1")
    before = [town.app.rows(table) for table in ("accounts", "addresses", "phones", "calls")]
    assert town.erase("account:1").rows == {}
    assert town.export("account:1") == {}
    assert town.erase("account:999").rows == {}
    assert [town.app.rows(table) for table in ("accounts", "addresses", "phones", "calls")] == before


MESSAGES = (
    PEOPLE
    + """
CREATE TABLE messages (id INTEGER PRIMARY KEY, sender_id INTEGER{null} REFERENCES accounts (id),
  receiver_id INTEGER{null} REFERENCES accounts (id), sender_name VARCHAR(50), sender_note VARCHAR(50), receiver_name VARCHAR(50),
  body VARCHAR(50));
INSERT INTO messages VALUES (12, 1, 2, 'Anna', 'n', 'Bert', 'hello'), (21, 2, 1, 'Bert', 'n', 'Anna', 'hi'),
  (11, 1, 1, 'Anna', 'n', 'Anna', 'me'), (23, 2, 3, 'Bert', 'n', 'Cleo', 'hey');
"""
)
MESSAGED = """
  messages:
    what: Messages.
    purposes: [service]
    erasure: {rule}
    links:
      - {{column: sender_id, to: app.accounts.id, kind: shared, tells: [sender_name, sender_note]}}
      - {{column: receiver_id, to: app.accounts.id, kind: shared, tells: [receiver_name]}}
    fields:
      sender_name: {{category: user.name}}
      sender_note: {{category: user.content}}
      receiver_name: {{category: user.name}}
      body: {{category: user.content}}
    not_personal: [id]
"""


def test_a_shared_row_survives_its_first_owner_and_goes_with_the_last(found: Found) -> None:
    """Only what tells of the one who leaves is masked, in all columns that do; a message to oneself goes at once."""
    town = found(MESSAGES.replace("{null}", ""), ACCOUNTS + MESSAGED.format(rule="delete"))
    assert [row["id"] for row in town.export("account:1")["messages"]] == [11, 12, 21]
    town.erase("account:1")
    assert town.ids("messages") == [12, 21, 23]
    rows = {row[0]: row[1:] for row in town.app.rows("messages")}
    assert rows[12][:2] == (None, 2)
    assert erased_text(rows[12][2])
    assert erased_text(rows[12][3])
    assert rows[12][4:] == ("Bert", "hello")
    assert rows[21][:4] == (2, None, "Bert", "n")
    assert erased_text(rows[21][4])
    assert rows[23] == (2, 3, "Bert", "n", "Cleo", "hey")
    town.erase("account:2")
    assert town.ids("messages") == [23]
    town.erase("account:3")
    assert town.ids("messages") == []
    assert town.ids("accounts") == []


def test_two_owners_in_one_batch_take_their_row_with_them(found: Found) -> None:
    town = found(MESSAGES.replace("{null}", " NOT NULL"), ACCOUNTS + MESSAGED.format(rule="delete"))
    done = town.erase("account:1", "account:2")
    assert town.ids("messages") == [23]
    assert town.ids("accounts") == [2, 3]
    assert done.left == {("accounts", "needed"): 1}
    ((_, name),) = [row for row in town.app.rows("accounts") if row[0] == 2]
    assert erased_text(name)


def test_an_owner_who_cannot_be_cut_stays_as_a_husk_until_the_last_owner_goes(found: Found) -> None:
    town = found(MESSAGES.replace("{null}", " NOT NULL"), ACCOUNTS + MESSAGED.format(rule="delete"))
    done = town.erase("account:1")
    assert done.left == {("accounts", "needed"): 1}
    assert town.ids("messages") == [12, 21, 23]
    assert erased_text(dict(town.app.rows("accounts"))[1])
    assert town.erase("account:1").rows == {}
    town.erase("account:3")
    town.erase("account:2", "account:1", "account:3")
    assert town.ids("messages") == []
    assert town.ids("accounts") == []


PSEUDO = ACCOUNTS.replace("key: id}", 'key: id, pseudo: "0"}')


def test_a_tie_that_may_not_be_empty_points_to_the_pseudo_subject(found: Found) -> None:
    script = MESSAGES.replace("{null}", " NOT NULL").replace("VALUES (1, 'Anna Arms')", "VALUES (0, 'nobody'), (1, 'Anna Arms')")
    town = found(script, PSEUDO + MESSAGED.format(rule="delete"))
    assert town.erase("account:1").left == {}
    assert [row[1:3] for row in town.app.rows("messages")] == [(0, 2), (2, 0), (2, 3)]
    town.erase("account:2")
    assert [row[1:3] for row in town.app.rows("messages")] == [(0, 3)]
    town.erase("account:3")
    assert town.ids("messages") == []
    assert town.ids("accounts") == [0]


def test_rows_that_are_anonymised_lose_every_tie_to_those_who_left(found: Found) -> None:
    town = found(MESSAGES.replace("{null}", ""), ACCOUNTS + MESSAGED.format(rule="anonymise"))
    town.erase("account:1")
    rows = {row[0]: row[1:] for row in town.app.rows("messages")}
    assert rows[11][:2] == (None, None)
    assert all(erased_text(text) for text in rows[11][2:])
    assert rows[12][1] == 2
    assert rows[12][5] == "hello"
    town.erase("account:2")
    rows = {row[0]: row[1:] for row in town.app.rows("messages")}
    assert rows[12][:2] == (None, None)
    assert all(erased_text(text) for text in rows[12][2:])
    assert town.ids("accounts") == [3]


DOCUMENTS = (
    PEOPLE
    + """
CREATE TABLE documents (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES accounts (id),
  reader_id INTEGER{null} REFERENCES accounts (id), title VARCHAR(50), secret VARCHAR(50));
INSERT INTO documents VALUES (1, 1, 2, 'plan', 's'), (2, 2, 1, 'list', 't');
"""
)
DOCUMENTED = """
  documents:
    what: Documents.
    purposes: [service]
    links:
      - {column: owner_id, to: app.accounts.id, kind: owned}
      - {column: reader_id, to: app.accounts.id, kind: accessed, hides: [secret]}
    fields: {title: {category: user.content}, secret: {category: user.content}}
    not_personal: [id]
"""


@pytest.mark.parametrize("null", ["", " NOT NULL"])
def test_an_accessor_sees_and_takes_nothing_along(found: Found, null: str) -> None:
    town = found(DOCUMENTS.replace("{null}", null), ACCOUNTS + DOCUMENTED)
    both = {"account:1": town.export("account:1")["documents"], "account:2": town.export("account:2")["documents"]}
    assert [[row["id"] for row in rows] for rows in both.values()] == [[1, 2], [1, 2]]
    assert ["secret" in row for row in both["account:1"]] == [True, False]
    done = town.erase("account:1")
    assert town.ids("documents") == [2]
    assert done.left == ({("accounts", "needed"): 1} if null else {})
    assert town.ids("accounts") == ([1, 2, 3] if null else [2, 3])
    assert town.app.rows("documents", "title, secret") == [("list", "t")]


def test_a_row_seen_on_two_ways_shows_the_union_of_what_is_hidden(found: Found) -> None:
    town = found(DOCUMENTS.replace("{null}", ""), ACCOUNTS + DOCUMENTED)
    town.app.run("UPDATE documents SET reader_id = 1 WHERE id = 1;\n")
    shown = {row["id"]: row for row in town.export("account:1")["documents"]}
    assert shown == {1: {"id": 1, "title": "plan"}, 2: {"id": 2, "title": "list"}}


def test_the_same_key_in_two_kinds_of_people(found: Found) -> None:
    tables = """
CREATE TABLE patients (id INTEGER PRIMARY KEY, name VARCHAR(50));
CREATE TABLE doctors (id INTEGER PRIMARY KEY, name VARCHAR(50));
CREATE TABLE visits (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patients (id),
  doctor_id INTEGER REFERENCES doctors (id));
INSERT INTO patients VALUES (0, 'Anna Arms');
INSERT INTO doctors VALUES (0, 'Bert Born');
INSERT INTO visits VALUES (1, 0, 0);
"""
    mapped = """
  patients: {what: P., subject: {kind: patient, key: id}, purposes: [service], fields: {name: {category: user.name}}}
  doctors: {what: D., subject: {kind: doctor, key: id}, purposes: [service], fields: {name: {category: user.name}}}
  visits:
    what: V.
    purposes: [service]
    links: [{column: patient_id, to: app.patients.id, kind: shared}, {column: doctor_id, to: app.doctors.id, kind: shared}]
    fields: {patient_id: {category: user.unique_id}}
"""
    town = found(tables, mapped)
    town.erase("patient:0")
    assert (town.ids("patients"), town.ids("doctors"), town.app.rows("visits")) == ([], [0], [(1, None, 0)])
    town.erase("doctor:0")
    assert (town.ids("doctors"), town.app.rows("visits")) == ([], [])


PROFILES = (
    PEOPLE
    + """
CREATE TABLE profiles (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), nick VARCHAR(50));
CREATE TABLE notes (id INTEGER PRIMARY KEY, sender INTEGER REFERENCES profiles (id),
  receiver INTEGER REFERENCES profiles (id), body VARCHAR(50));
INSERT INTO profiles VALUES (10, 1, 'a'), (11, 1, 'aa'), (20, 2, 'b');
INSERT INTO notes VALUES (1, 10, 11, 'to me'), (2, 10, 20, 'to b'), (3, 20, 11, 'to a'), (4, 20, 20, 'b to b');
"""
)
PROFILED = (
    ACCOUNTS
    + """
  profiles: {what: P., purposes: [service],
    links: [{column: account_id, to: app.accounts.id}],
    fields: {nick: {category: user.name}}}
  notes:
    what: N.
    purposes: [service]
    links: [{column: sender, to: app.profiles.id, kind: shared}, {column: receiver, to: app.profiles.id, kind: shared}]
    fields: {body: {category: user.content}}
"""
)


def test_ownership_through_profiles(found: Found) -> None:
    town = found(PROFILES, PROFILED)
    town.erase("account:1")
    assert town.app.rows("notes", "id, sender, receiver") == [(2, None, 20), (3, 20, None), (4, 20, 20)]
    assert town.ids("profiles") == [20]
    town.erase("account:2")
    assert town.ids("notes") == []
