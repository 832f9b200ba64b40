"""A person's words in columns of every kind, judged here, and ruled out in the store only where that is certain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.changes import Forget, Rectify
from kept.base.conditions import AllOf, AnyOf, Equals, Everything, Mentions, Not
from kept.base.errors import StoreRefused
from kept.base.names import Column
from kept.base.personal import Personal
from kept.base.ports import Selection
from kept.base.seals import SealedBy
from kept.base.words import Words
from kept.vault import Vault, make_vault, open_vault
from kept.vault.columns import ColumnSeals
from tests.connectors.stores import Store, opened

TEXTS = [
    "Anna@X.eu wrote",
    "<anna@x.eu>",
    "anna@x.eu.com",
    "joanna@x.eu",
    "\uff21nna@x.eu in wide letters",
    "an\u00adna@x.eu with a soft hyphen",
    '{"name": "M\\u00fcller", "mail": "\\u0061nna@x.eu"}',
    "call (030) 765-43.21 please",
    "call +49 (0)30 7654321",
    "call 03076543210",
    '{"tel": "030\\/7654321"}',
    "ANNA  M\u00dcLLER",
    "Anna Mu\u0308ller",
    "ANNA MULLER",
    "渡辺さん",
    "",
    None,
    "nothing to see, 100 %",
    "I\u0131\u0130iKk\u212a",
]
WORDS = ("anna@x.eu", "030 7654321", "+49 30 7654321", "Anna Müller", "渡辺")


def mentions(*words: str, column: str = "note") -> Mentions:
    return Mentions(column=column, words=tuple(map(Personal, words)))


@pytest.fixture
def notes(store: Store) -> Store:
    note = sa.Text().with_variant(sa.Text(collation="utf8mb4_bin") if store.dialect == "mariadb" else sa.Text(), "mysql")
    rows = ({"id": at, "note": text, "who": at % 3} for at, text in enumerate(TEXTS))
    store.create(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("note", note),
        sa.Column("who", sa.Integer),
        rows=rows,
    )
    return store


@pytest.mark.parametrize(
    "words", [WORDS, *((word,) for word in WORDS), ("kk",), ("Iıi",), ("…",), (), tuple(f"x{at}" for at in range(99)) + WORDS]
)
def test_counted_as_judged(notes: Store, words: tuple[str, ...]) -> None:
    ready = Words(words)
    expected = [at for at, text in enumerate(TEXTS) if text is not None and ready.found_in(text)]
    condition = mentions(*words)
    assert notes.count("notes", condition) == len(expected)
    read = notes.connector.read(Selection(table=notes.table("notes"), columns=("id",), where=condition))
    assert sorted(row["id"].reveal() for row in read) == expected
    assert notes.count("notes", Not(what=condition)) == len(TEXTS) - len(expected)
    some = AnyOf(parts=(condition, Equals(column="who", value=1)))
    assert notes.count("notes", some) == len({*expected, *range(1, len(TEXTS), 3)})
    both = AllOf(parts=(AnyOf(parts=(condition, mentions("nothing"))), Equals(column="who", value=2)))
    assert notes.count("notes", both) == len([at for at in {*expected, 17} if at % 3 == 2])


def test_forgotten_everywhere(notes: Store) -> None:
    ready = Words(WORDS)
    forget = Forget(table=notes.table("notes"), column="note", words=mentions(*WORDS).words, where=Everything())
    assert notes.connector.perform_together([forget]) == (sum(text is not None and ready.found_in(text) for text in TEXTS),)
    with notes.engine.connect() as connection:
        held = list(connection.scalars(sa.text("SELECT note FROM notes ORDER BY id")))
    assert held == [None if text is None else ready.forget(text) for text in TEXTS]
    assert notes.connector.perform_together([forget]) == (0,)


def test_columns_that_hold_no_text(store: Store) -> None:
    rows: list[dict[str, Any]] = [{"id": 4711, "raw": b"\xffBo\xff"}, {"id": 4712, "raw": None}]
    store.create("things", sa.Column("id", sa.Integer, primary_key=True), sa.Column("raw", sa.LargeBinary), rows=rows)
    assert store.count("things", mentions("bo", column="raw")) == 1
    assert store.count("things", mentions("4711", column="id")) == 1


SETTINGS = '[company]\nname = "Shop"\ncontact = "privacy@shop.example"\n\n[stores.shop]\nurl = "env:SHOP"\n'
HOW = {
    "email": SealedBy(place="shop.notes.email", kind="account", person="who", index="email_index", match="email"),
    "body": SealedBy(place="shop.notes.body", kind="account", person="who", row="id"),
    "short": SealedBy(place="shop.notes.short", kind="account", person="who"),
}


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    folder = tmp_path / "privacy"
    folder.mkdir()
    (folder / "kept.toml").write_text(SETTINGS)
    make_vault(folder)
    vault = open_vault(folder)
    yield vault
    vault.close()


@pytest.fixture
def sealed(store_url: str, vault: Vault) -> Iterator[Store]:
    seals = ColumnSeals(vault, {Column.parse(one.place): one for one in HOW.values()})
    with opened(store_url, seals=seals) as store:
        store.create(
            "notes",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("who", sa.Integer),
            sa.Column("email", sa.String(400)),
            sa.Column("email_index", sa.String(80)),
            sa.Column("body", sa.Text),
            sa.Column("short", sa.String(20)),
            rows=({"id": at, "who": at % 5, "email": f"p{at % 5}@x.eu", "body": f"by p{at % 5}@x.eu"} for at in range(50)),
        )
        yield store


def standing(store: Store, column: str) -> list[Any]:
    with store.engine.connect() as connection:
        return list(connection.scalars(sa.text(f"SELECT {column} FROM notes ORDER BY id")))


def said(store: Store, column: str) -> list[Any]:
    rows = store.connector.read(Selection(table=store.table("notes"), columns=("id", column), where=Everything()))
    return [row[column].reveal() for row in sorted(rows, key=lambda row: int(row["id"].reveal()))]


def test_sealed_words_are_found_and_forgotten_and_sealed_again(sealed: Store) -> None:
    table = sealed.table("notes")
    email = Rectify(table=table, column="email", value=Personal("anna@x.eu"), where=Equals(column="who", value=1))
    body = Rectify(table=table, column="body", value=Personal("write to Anna@x.eu!"), where=Equals(column="who", value=1))
    assert sealed.connector.perform_together([email, body]) == (10, 10)
    assert sealed.connector.perform_together([email, body]) == (0, 0)
    stands = standing(sealed, "email")
    assert all(value.startswith("kept1:") == (at % 5 == 1) for at, value in enumerate(stands))
    assert len({one for one in standing(sealed, "email_index") if one}) == 1
    assert said(sealed, "body")[1] == "write to Anna@x.eu!"
    assert sealed.count("notes", mentions("anna@x.eu", column="body")) == 10
    forget = Forget(table=table, column="body", words=mentions("anna@x.eu").words, where=Everything())
    assert sealed.connector.perform_together([forget]) == (10,)
    assert sealed.connector.perform_together([forget]) == (0,)
    assert said(sealed, "body")[1] == "write to [redacted]!"
    assert standing(sealed, "body")[1].startswith("kept1:")
    assert sealed.connector.perform_together([Rectify(table=table, column="email", value=Personal(None), where=email.where)]) == (
        10,
    )
    assert standing(sealed, "email")[1] is None
    assert not any(standing(sealed, "email_index"))


def test_what_has_no_room_once_sealed_is_refused(sealed: Store) -> None:
    right = Rectify(table=sealed.table("notes"), column="short", value=Personal("Bo"), where=Equals(column="who", value=1))
    if sealed.dialect == "sqlite":
        assert sealed.connector.perform_together([right]) == (10,)
        return
    with pytest.raises(StoreRefused, match=r"shop\.notes\.short takes 20 characters"):
        sealed.connector.perform_together([right])
    assert not any(standing(sealed, "short"))
