"""Two stores that know a person by an address, which the vault seals in one of them, with a blind index."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kept.db.actions.sweeps import wake_remainders
from kept.vault import open_vault
from kept.workflows.vaults import found_vault

from .desk import Desk

Found = Callable[..., Desk]
TABLES = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, email VARCHAR(400), email_index VARCHAR(64));
INSERT INTO accounts VALUES (1, NULL, NULL), (2, NULL, NULL);
"""
MAP = """
  accounts:
    what: People.
    subject: {kind: account, key: id}
    purposes: [service]
    fields:
      email: {category: user.contact.email, sealed: {index: email_index, match: email}}
      email_index: {category: user.unique_id.pseudonymous}
"""
OTHER = """
CREATE TABLE readers (id INTEGER PRIMARY KEY, email VARCHAR(400), since {moment});
CREATE TABLE clicks (id INTEGER PRIMARY KEY, reader_id INTEGER NOT NULL REFERENCES readers (id), page VARCHAR(50));
INSERT INTO readers VALUES (7, 'Anna@Example.ORG', '2026-01-01 00:00:00'), (8, 'bert@example.org', '2026-01-01 00:00:00');
INSERT INTO clicks VALUES (1, 7, 'x'), (2, 8, 'y');
"""
OTHERS = """
  readers:
    what: R.
    subject: {kind: reader, key: id}
    purposes: [service]
    links: [{column: email, to: app.accounts.email}]
    RULE
    fields: {email: {category: user.contact.email}}
  clicks: {what: C., purposes: [service],
    links: [{column: reader_id, to: other.readers.id}],
    fields: {page: {category: user.behavior}}}
"""
LAW = "retention: {keep: 1 year, after: since, at_least: {keep: 10 years, law: a law}}"


def sealed(one: Desk) -> None:
    """Give everybody an address, sealed as the application would; the other store has it in another letter case."""
    found_vault(one.town.folder, actor="test")
    vault = open_vault(one.town.folder)
    for key, address in ((1, "anna@example.org"), (2, "bert@example.org")):
        text = vault.field("app.accounts.email").seal_text(f"account:{key}", address)
        index = vault.index("app.accounts.email", "email").of(address)
        one.town.app.run(f"UPDATE accounts SET email = '{text}', email_index = '{index}' WHERE id = {key};\n")
    vault.close()


@pytest.mark.parametrize("people", [("account:1",), ("account:1", "account:3")])
def test_who_is_known_by_a_sealed_address_goes_in_both_stores(desk: Found, people: tuple[str, ...]) -> None:
    one = desk(TABLES, MAP, second=(OTHER, OTHERS.replace("RULE", "")))
    sealed(one)
    refs = [one.asks(person) for person in people]
    one.work()
    assert {one.stands(ref)[0] for ref in refs} == {"answered"}
    assert one.town.ids("accounts") == [2]
    assert one.town.bases["other"].rows("readers", "id") == [(8,)]
    assert one.town.bases["other"].rows("clicks", "id") == [(2,)]
    assert one.told(refs[0])["keys"] == len(people) - (len(people) > 1)
    shown = one.town.export("account:2")
    assert {table: len(rows) for table, rows in shown.items()} == {"accounts": 1, "readers": 1, "clicks": 1}
    assert shown["readers"][0]["email"] == "bert@example.org", "whoever stays can be read"


def test_what_a_law_keeps_is_found_by_an_address_that_nobody_can_open_any_more(desk: Found) -> None:
    one = desk(TABLES, MAP, second=(OTHER, OTHERS.replace("RULE", LAW)))
    sealed(one)
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref)[0] == "answered"
    assert one.town.ids("accounts") == [2]
    assert one.stays(ref) == {("other.readers", "law", 1)}
    one.later(days=365 * 11)
    assert wake_remainders(at=one.at) == 1
    one.work()
    assert one.stays(ref) == set()
    assert one.town.bases["other"].rows("readers", "id") == [(8,)]
