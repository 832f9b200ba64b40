"""What is made from people's data follows it: caches, words to search by, sums, derived columns. Case 12."""

from __future__ import annotations

import pytest

from kept.base.errors import StoreRefused

from .conftest import Found
from .test_ownership import ACCOUNTS, MESSAGED, MESSAGES, PEOPLE
from .town import erased_text

MADE = """
CREATE TABLE words (message_id INTEGER NOT NULL REFERENCES messages (id), word VARCHAR(20) NOT NULL,
  PRIMARY KEY (message_id, word));
CREATE TABLE previews (cache_key VARCHAR(40) PRIMARY KEY, message_id INTEGER NOT NULL, html VARCHAR(50));
CREATE TABLE pages (url VARCHAR(40) PRIMARY KEY, account_key VARCHAR(20), html VARCHAR(50));
CREATE TABLE sums (account_id INTEGER PRIMARY KEY, sent INTEGER NOT NULL);
CREATE TABLE pairs (a_id INTEGER NOT NULL, b_id INTEGER NOT NULL, letters INTEGER NOT NULL, PRIMARY KEY (a_id, b_id));
CREATE TABLE days (day VARCHAR(10) PRIMARY KEY, letters INTEGER NOT NULL);
INSERT INTO words VALUES (12, 'hello'), (21, 'hi'), (11, 'me'), (23, 'hey');
INSERT INTO previews VALUES ('m:12', 12, '<b>hello</b>'), ('m:21', 21, '<b>hi</b>'), ('m:11', 11, '<b>me</b>'), ('m:23', 23, 'hey');
INSERT INTO pages VALUES ('/u/1', '1', 'Anna'), ('/u/2', '2', 'Bert'), ('/', NULL, NULL);
INSERT INTO sums VALUES (1, 2), (2, 2), (3, 0);
INSERT INTO pairs VALUES (1, 2, 2), (1, 1, 1), (2, 3, 1);
INSERT INTO days VALUES ('2026-02-01', 3), ('2026-02-02', 1);
"""
MADE_OF = """
  words: {what: Words to search by., purposes: [service],
    links: [{column: message_id, to: app.messages.id}], fields: {word: {category: user.content}}}
  previews: {what: A cache., purposes: [service],
    links: [{column: message_id, to: app.messages.id}], fields: {html: {category: user.content}}, not_personal: [cache_key]}
  pages: {what: A cache., purposes: [service],
    links: [{column: account_key, to: app.accounts.id}], fields: {html: {category: user.content}}, not_personal: [url]}
  sums: {what: Sums., purposes: [service],
    links: [{column: account_id, to: app.accounts.id}], fields: {sent: {category: user.behavior}}}
  pairs:
    what: Sums of two.
    purposes: [service]
    links: [{column: a_id, to: app.accounts.id, kind: shared}, {column: b_id, to: app.accounts.id, kind: shared}]
    fields: {letters: {category: user.behavior, erasure: keep}}
"""
TABLES = ("words", "previews", "pages", "sums", "pairs", "days")


def test_what_is_made_from_a_row_goes_with_its_last_owner(found: Found) -> None:
    """A cache that no foreign key holds to its row, sums of one person and of two; a day's sum is nobody's and stays."""
    town = found(MESSAGES.replace("{null}", "") + MADE, ACCOUNTS + MESSAGED.format(rule="delete") + MADE_OF)
    assert set(town.export("account:1")) == {"accounts", "messages", "words", "previews", "pages", "sums", "pairs"}
    days = town.app.rows("days")
    town.erase("account:1")
    assert town.ids("words", "message_id") == [12, 21, 23]
    assert town.ids("previews", "message_id") == [12, 21, 23]
    assert town.ids("pages", "url") == ["/", "/u/2"]
    assert town.ids("sums", "account_id") == [2, 3]
    assert town.app.rows("pairs", "a_id, b_id, letters") == [(1, 2, 2), (2, 3, 1)], "what two made stays with the other"
    town.erase("account:2", "account:1")
    assert (town.ids("words", "message_id"), town.ids("previews", "message_id")) == ([23], [23])
    assert town.app.rows("pairs", "a_id, b_id") == [(2, 3)]
    town.erase("account:3", "account:2")
    assert [town.app.rows(table) for table in TABLES[:5]] == [[], [], [("/", None, None)], [], []]
    assert town.app.rows("days") == days


NOTES = (
    PEOPLE
    + """
CREATE TABLE notes (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), body VARCHAR(50), born DATE,
  small VARCHAR(60) GENERATED ALWAYS AS (LOWER(body)) STORED, born_year INTEGER GENERATED ALWAYS AS ({year}) STORED);
INSERT INTO notes (id, account_id, body, born) VALUES (1, 1, 'Anna WAS here', '1990-01-01'), (2, 2, 'Bert too', '1991-01-01');
"""
)
NOTED = (
    ACCOUNTS
    + """
  notes:
    what: N.
    purposes: [service]
    erasure: anonymise
    links: [{column: account_id, to: app.accounts.id}]
    fields:
      body: {category: user.content}
      small: {category: user.content}
      born: {category: user.demographic.date_of_birth, erasure: "null"}
      born_year: {category: user.demographic.date_of_birth, erasure: "null"}
"""
)
YEARS = {
    "sqlite": "CAST(substr(born, 1, 4) AS INTEGER)",
    "postgresql": "CAST(extract(year FROM born) AS INTEGER)",
    "mariadb": "YEAR(born)",
}


def test_a_column_that_the_store_derives_follows_what_it_is_made_from(found: Found) -> None:
    """Nothing can be written into it; it is looked at afterwards all the same."""
    town = found("", "")
    town = found(NOTES.replace("{year}", YEARS[town.app.dialect]), NOTED)
    town.erase("account:1")
    rows = {row[0]: row[1:] for row in town.app.rows("notes", "id, account_id, body, small, born, born_year")}
    assert rows[1][0] is None
    assert erased_text(rows[1][1])
    assert erased_text(rows[1][2])
    assert rows[1][3:] == (None, None)
    assert rows[2][1:3] == ("Bert too", "bert too")
    assert rows[2][4] == 1991
    assert town.erase("account:1").rows == {}


def test_a_derived_column_that_goes_on_telling_is_never_done(found: Found) -> None:
    """The map names what is derived, and not what it is derived from: that is seen."""
    town = found("", "")
    mapped = NOTED.replace("      body: {category: user.content}\n", "")
    town = found(NOTES.replace("{year}", YEARS[town.app.dialect]), mapped)
    before = town.app.rows("notes")
    with pytest.raises(StoreRefused, match=r"app\.notes derives small from columns that still hold .*; nothing was changed"):
        town.erase("account:1")
    assert town.app.rows("notes") == before


UNIQUE = (
    PEOPLE
    + """
CREATE TABLE handles (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id), team INTEGER NOT NULL,
  nick VARCHAR(50) NOT NULL, mail VARCHAR(50) NOT NULL, code VARCHAR(16) NOT NULL,
  small VARCHAR(60) GENERATED ALWAYS AS (LOWER(mail)) STORED, UNIQUE (team, nick), UNIQUE (team, code), UNIQUE (small));
INSERT INTO handles (id, account_id, team, nick, mail, code)
  VALUES (1, 1, 7, 'anna', 'Anna@x.org', 'c1'), (2, 2, 7, 'bert', 'bert@x.org', 'c2'), (3, 3, 7, 'cleo', 'cleo@x.org', 'c3');
"""
)
UNIQUELY = (
    ACCOUNTS
    + """
  handles:
    what: H.
    purposes: [service]
    erasure: anonymise
    links: [{column: account_id, to: app.accounts.id}]
    fields:
      nick: {category: user.name}
      mail: {category: user.contact.email}
      code: {category: user.unique_id}
      small: {category: user.contact.email}
    not_personal: [id, team]
"""
)


def test_texts_that_must_differ_still_differ_when_they_are_masked(found: Found) -> None:
    """By themselves, together with other columns, or by what is derived from them; however little room there is."""
    town = found(UNIQUE, UNIQUELY)
    town.erase("account:1", "account:2")
    town.erase("account:3")
    rows = town.app.rows("handles", "nick, mail, code, small")
    assert all(erased_text(text) for row in rows for text in row)
    assert len({row[0] for row in rows}) == len({row[2] for row in rows}) == len({row[3] for row in rows}) == 3


INDEXES = """
CREATE UNIQUE INDEX by_mail ON users (LOWER(mail));
CREATE UNIQUE INDEX by_tag ON users (tag) WHERE id > 0;
"""
PREFIXES = "CREATE UNIQUE INDEX by_mail ON users (mail(20));\nCREATE UNIQUE INDEX by_tag ON users (tag(20), id);\n"


def test_texts_that_an_index_keeps_apart_by_a_part_of_them(found: Found) -> None:
    """By their small letters, under a condition, or, where the store knows neither, by how they begin."""
    town = found("", "")
    script = PEOPLE + (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id),\n"
        "  mail VARCHAR(50), tag VARCHAR(50));\n"
        f"{(PREFIXES if town.app.dialect == 'mariadb' else INDEXES).lstrip()}"
        "INSERT INTO users VALUES (1, 1, 'Anna@x.org', 'a'), (2, 2, 'bert@x.org', 'b');\n"
    )
    mapped = ACCOUNTS + (
        "  users: {what: U., purposes: [service], erasure: anonymise, links: [{column: account_id, to: app.accounts.id}],\n"
        "    fields: {mail: {category: user.contact.email}, tag: {category: user.name}}, not_personal: [id]}\n"
    )
    town = found(script, mapped)
    town.erase("account:1", "account:2")
    assert all(erased_text(text) for row in town.app.rows("users", "mail, tag") for text in row)
