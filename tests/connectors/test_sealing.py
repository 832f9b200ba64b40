"""Sealed columns on every SQL store: sealed in place, looked at through the seal, rewritten without ever standing in the clear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.changes import Anonymise, Coarsen, Redact, SealColumn, UnsealColumn
from kept.base.conditions import Condition, Equals, Everything, Finds, SealIs
from kept.base.errors import CannotAnswer, IntegrityError, PlanIsStale, ProviderUnreachable
from kept.base.names import Column
from kept.base.ports import Preview, Row, Selection
from kept.base.questions import CountSeals, Look, Looked
from kept.base.seals import NoSeals, SealedBy, SealState
from kept.base.verdicts import Unknown
from kept.connectors.sql.connector import SqlConnector
from kept.vault import Vault, destroy, make_vault, open_vault
from kept.vault.columns import ColumnSeals
from kept.vault.destruction import rekey
from tests.connectors.stores import Store, opened

ROWS = 900
PEOPLE = 90
SETTINGS = """[company]
name = "Shop"
contact = "privacy@shop.example"

[stores.shop]
url = "env:SHOP"
"""


def by(column: str, **more: str) -> SealedBy:
    return SealedBy(place=f"shop.notes.{column}", kind="account", person="who", **more)


HOW: Mapping[str, SealedBy] = {
    "email": by("email", index="email_index", match="email"),
    "body": by("body", row="id"),
    "raw": by("raw"),
    "short": by("short"),
    "number": by("number"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A store with a vault, and another way in that sees what really stands in the rows."""

    store: Store
    vault: Vault

    def column(self, name: str) -> Column:
        return self.store.table("notes").column(name)

    def raw(self, name: str) -> list[Any]:
        with self.store.engine.connect() as connection:
            return list(connection.execute(sa.text(f"SELECT {name} FROM notes ORDER BY id")).scalars())

    def states(self, name: str) -> Mapping[SealState, int]:
        answer = self.store.ask(CountSeals(column=self.column(name)))
        assert not isinstance(answer, Unknown), answer
        counted: Mapping[SealState, int] = answer
        return counted

    def seal(self, name: str, rows: int = ROWS) -> int:
        change = SealColumn(table=self.store.table("notes"), column=name, where=Everything(), rows=rows)
        receipt = self.store.connector.perform(change)
        assert receipt.remaining == 0
        return receipt.rows


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    folder = tmp_path / "privacy"
    folder.mkdir()
    (folder / "kept.toml").write_text(SETTINGS)
    make_vault(folder)
    vault = open_vault(folder)
    yield vault
    vault.close()


def rows() -> list[dict[str, Any]]:
    return [
        {
            "id": at,
            "who": at % PEOPLE,
            "email": f"Person{at % PEOPLE}@Example.org",
            "email_index": None,
            "body": None if at % 9 == 8 else ("called from 203.0.113.77 today" if at % 3 == 0 else f"Grüße, 渡辺 {at}"),
            "raw": f"bytes of {at}".encode(),
            "short": "x" * 40,
            "number": at,
        }
        for at in range(ROWS)
    ]


@pytest.fixture
def shop(store_url: str, vault: Vault) -> Iterator[Shop]:
    seals = ColumnSeals(vault, {Column.parse(one.place): one for one in HOW.values()})
    with opened(store_url, seals=seals) as store:
        store.create(
            "notes",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("who", sa.Integer),
            sa.Column("email", sa.String(400), nullable=False),
            sa.Column("email_index", sa.String(32)),
            sa.Column("body", sa.Text),
            sa.Column("raw", sa.LargeBinary),
            sa.Column("short", sa.String(60)),
            sa.Column("number", sa.Integer),
            rows=rows(),
        )
        yield Shop(store=store, vault=vault)


@pytest.mark.parametrize("name", ["email", "body", "raw"])
def test_a_column_is_sealed_in_place_and_opens_as_it_was(shop: Shop, name: str) -> None:
    before = [row[name] for row in rows()]
    held = [value for value in before if value is not None]
    assert shop.states(name) == {SealState.PLAIN: len(held)}
    assert shop.seal(name) == len(held)
    assert shop.states(name) == {SealState.SEALED: len(held)}
    after = shop.raw(name)
    assert [value is None for value in after] == [value is None for value in before]
    assert all(value[:6] == b"kept1:" for value in filter(None, map(bytes_of, after)))
    assert len(set(filter(None, map(bytes_of, after)))) == len(held), "no two sealed values are the same"
    stands = b"\n".join(filter(None, map(bytes_of, after)))
    assert not any(plain in stands for plain in set(filter(None, map(bytes_of, held))))
    read = shop.store.connector.read(Selection(table=shop.store.table("notes"), columns=("id", name), where=Everything()))
    assert {row["id"].reveal(): row[name].reveal() for row in read} == dict(enumerate(before))


def bytes_of(value: Any) -> bytes | None:
    return value.encode() if isinstance(value, str) else None if value is None else bytes(value)


def test_sealing_twice_touches_nothing(shop: Shop) -> None:
    assert shop.seal("email") == ROWS
    before = shop.raw("email")
    assert shop.seal("email") == 0
    assert shop.raw("email") == before


def test_the_blind_index_finds_rows_and_is_mended(shop: Shop) -> None:
    shop.seal("email")
    wanted = shop.vault.index("shop.notes.email", "email").of("person7@example.org")
    assert Counter(shop.raw("email_index"))[wanted] == ROWS // PEOPLE
    shop.store.make("UPDATE notes SET email_index = NULL WHERE who = 7")
    assert shop.states("email") == {SealState.SEALED: ROWS - 10, SealState.OLD: 10}
    assert shop.seal("email") == ROWS // PEOPLE
    assert Counter(shop.raw("email_index"))[wanted] == ROWS // PEOPLE


def test_a_column_is_unsealed(shop: Shop) -> None:
    shop.seal("email")
    change = UnsealColumn(table=shop.store.table("notes"), column="email", where=Everything(), rows=ROWS)
    assert shop.store.connector.perform(change).rows == ROWS
    assert shop.raw("email") == [row["email"] for row in rows()]
    assert set(shop.raw("email_index")) == {None}


def test_detectors_look_through_the_seal(shop: Shop) -> None:
    looks = [Look(column=shop.column(name), kinds=("ip", "email"), sample=None) for name in ("body", "email")]
    plain = [shop.store.ask(look) for look in looks]
    shop.seal("body")
    shop.seal("email")
    sealed = [shop.store.ask(look) for look in looks]
    assert sealed == plain
    assert isinstance(sealed[0], Looked)
    assert sealed[0].count("ip") > 0
    found = shop.store.count("notes", Finds(column="body", kinds=("ip",)))
    assert found == sealed[0].count("ip")


def test_what_is_redacted_in_a_sealed_column_stays_sealed(shop: Shop) -> None:
    shop.seal("body")
    table = shop.store.table("notes")
    found = shop.store.count("notes", Finds(column="body", kinds=("ip",)))
    change = Redact(table=table, column="body", kinds=("ip",), where=Everything(), rows=found)
    preview = shop.store.connector.preview(change)
    assert isinstance(preview, Preview)
    assert preview.touched == found
    assert "[redacted: ip]" in preview.samples[0]["body"][1]
    assert shop.store.connector.perform(change).rows == found
    assert all(value is None or value.startswith("kept1:") for value in shop.raw("body"))
    opened = shop.store.connector.read(Selection(table=table, columns=("body",), where=Equals(column="id", value=0)))
    assert [row["body"].reveal() for row in opened] == ["called from [redacted: ip] today"]
    assert shop.store.count("notes", Finds(column="body", kinds=("ip",))) == 0


def test_a_coarsened_value_stays_sealed(shop: Shop) -> None:
    shop.store.make("UPDATE notes SET short = '203.0.113.77' WHERE id = 5")
    shop.store.make("ALTER TABLE notes ADD COLUMN spare INTEGER")
    change = SealColumn(table=shop.store.table("notes"), column="email", where=Everything(), rows=ROWS)
    shop.store.make("UPDATE notes SET email = '203.0.113.77' WHERE id = 5")
    shop.store.connector.perform(change)
    coarse = Coarsen(table=shop.store.table("notes"), column="email", kind="ip", where=Everything(), rows=1)
    assert shop.store.connector.perform(coarse).rows == 1
    opened = shop.store.connector.read(
        Selection(table=shop.store.table("notes"), columns=("email",), where=Equals(column="id", value=5))
    )
    assert [row["email"].reveal() for row in opened] == ["203.0.113.0"]
    assert shop.raw("email")[5].startswith("kept1:")


def test_every_state_is_told_from_every_other(shop: Shop) -> None:
    shop.seal("email")
    email = shop.vault.field("shop.notes.email")
    shop.store.make("UPDATE notes SET email = 'plain@example.org' WHERE id = 0")
    shop.store.make("UPDATE notes SET email = '' WHERE id = 1")
    shop.store.make("UPDATE notes SET who = NULL, email = 'nobody@example.org' WHERE id = 2")
    shop.store.make(f"UPDATE notes SET email = '{shop.raw('email')[4]}' WHERE id = 3")
    destroy(shop.vault, ["account:10"])
    shop.store.make("UPDATE notes SET email = 'back@example.org' WHERE id = 10")
    rekey(shop.vault, "account:20")
    shop.store.make("UPDATE notes SET email = 'erased-' WHERE id = 30")
    with shop.store.engine.begin() as connection:
        given = {"v": email.seal_text("account:777", "of another vault's person")}
        connection.execute(sa.text("UPDATE notes SET email = :v WHERE id = 40"), given)
    each = ROWS // PEOPLE
    plain, nobody, strange, back, old, empty = 1, 1, 2, 1, each, 1
    ended = each - 1 + 1
    sealed = ROWS - plain - nobody - strange - back - old - empty - ended
    assert shop.states("email") == {
        SealState.PLAIN: plain,
        SealState.NOBODY: nobody,
        SealState.STRANGE: strange,
        SealState.BACK: back,
        SealState.OLD: old,
        SealState.ENDED: ended,
        SealState.SEALED: sealed,
    }
    for state, number in shop.states("email").items():
        assert shop.store.count("notes", SealIs(column="email", states=(state,))) == number
    assert shop.seal("email") == plain + old
    left = shop.states("email")
    assert (left.get(SealState.PLAIN, 0), left.get(SealState.OLD, 0)) == (0, 0)
    assert left[SealState.STRANGE] == strange
    assert left[SealState.BACK] == back


def test_anonymised_rows_are_not_sealed(shop: Shop) -> None:
    shop.seal("email")
    change = Anonymise(
        table=shop.store.table("notes"), columns=("email",), where=Equals(column="who", value=3), rows=10, unique=True
    )
    shop.store.connector.perform(change)
    assert shop.states("email") == {SealState.SEALED: ROWS - 10, SealState.ENDED: 10}
    assert shop.seal("email") == 0


def test_a_preview_shows_no_value_and_makes_no_key(shop: Shop) -> None:
    change = SealColumn(table=shop.store.table("notes"), column="email", where=Everything(), rows=0)
    preview = shop.store.connector.preview(change)
    assert isinstance(preview, Preview)
    assert (preview.total, preview.touched) == (ROWS, ROWS)
    assert preview.samples[0]["email"] == ("xxxxxx9@xxxxxxx.xxx", "kept1:…")
    assert len(shop.vault.cache) == 0


def test_more_rows_than_planned_are_not_sealed(shop: Shop) -> None:
    change = SealColumn(table=shop.store.table("notes"), column="email", where=Everything(), rows=10)
    with pytest.raises(PlanIsStale):
        shop.store.connector.perform(change)
    assert shop.states("email").get(SealState.SEALED, 0) <= 10


def test_a_column_that_is_too_narrow_is_told_before_anything_is_sealed(shop: Shop) -> None:
    change = SealColumn(table=shop.store.table("notes"), column="short", where=Everything(), rows=ROWS)
    if shop.store.dialect == "sqlite":
        assert shop.store.connector.perform(change).rows == ROWS
        return
    answer = shop.store.connector.preview(change)
    assert isinstance(answer, Unknown)
    assert "takes 60 characters, and its longest value would have 140 once sealed" in answer.reason
    with pytest.raises(CannotAnswer, match="once sealed"):
        shop.store.connector.perform(change)
    assert set(shop.raw("short")) == {"x" * 40}


def test_a_half_sealed_narrow_column_can_be_finished(shop: Shop) -> None:
    """What is sealed already is longer than anything in the clear; it must not count as what is still to fit."""
    shop.store.make("UPDATE notes SET email = 'a' WHERE who < 45")
    where = Equals(column="who", value=50)
    change = SealColumn(table=shop.store.table("notes"), column="email", where=where, rows=10)
    assert shop.store.connector.perform(change).rows == 10
    assert shop.seal("email") == ROWS - 10


def test_numbers_are_not_sealed_in_place(shop: Shop) -> None:
    assert "holds integer, which cannot be sealed" in shop.store.unknown(CountSeals(column=shop.column("number")))


def test_a_column_the_map_does_not_mark_is_not_sealed(shop: Shop) -> None:
    change = SealColumn(table=shop.store.table("notes"), column="email_index", where=Everything(), rows=ROWS)
    with pytest.raises(CannotAnswer, match="not sealed by the map"):
        shop.store.connector.perform(change)


def test_without_its_vault_a_sealed_column_is_unknown_and_never_looked_at_closed(shop: Shop, store_url: str) -> None:
    shop.seal("body")
    why = ProviderUnreachable("the key service is down", store="vault", todo="Start it.")
    closed = NoSeals({shop.column("body"): HOW["body"]}, why)
    with opened(store_url, seals=closed) as store:
        assert "the key service is down" in store.unknown(Look(column=shop.column("body"), kinds=("ip",)))
        assert "the key service is down" in store.unknown(CountSeals(column=shop.column("body")))
        assert store.count("notes") == ROWS


def test_nothing_is_written_while_keys_cannot_be_had(shop: Shop) -> None:
    keys = shop.vault.folder / "keys"
    (key_file,) = keys.iterdir()
    aside = key_file.rename(key_file.with_suffix(".aside"))
    shop.vault.ring.close()
    before = shop.raw("email")
    with pytest.raises(ProviderUnreachable):
        shop.seal("email")
    assert shop.raw("email") == before
    aside.rename(key_file)
    assert shop.seal("email") == ROWS


def test_a_value_moved_to_another_row_is_noticed_where_rows_are_bound(shop: Shop) -> None:
    shop.seal("body")
    value = shop.raw("body")[0]
    with shop.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE notes SET body = :v WHERE id = 90"), {"v": value})
    assert shop.states("body")[SealState.STRANGE] == 1
    assert "does not open" in shop.store.unknown(Look(column=shop.column("body"), kinds=("ip",), sample=None))


def test_many_selections_are_read_and_opened_as_one_by_one(shop: Shop) -> None:
    for name in ("email", "body", "raw"):
        shop.seal(name)
    destroy(shop.vault, ["account:7"])
    shop.store.make("UPDATE notes SET who = NULL, email = 'nobody@example.org', raw = NULL, body = NULL WHERE id = 2")
    names = ("id", "email", "raw", "who", "body", "email_index")
    wheres: list[Condition] = [Equals(column="who", value=at) for at in range(12)]
    wheres += [Equals(column="id", value=2), Finds(column="body", kinds=("ip",)), Everything()]
    selections = [Selection(table=shop.store.table("notes"), columns=names, where=where) for where in wheres]
    assert isinstance(shop.store.connector, SqlConnector)
    for _ in range(2):
        for one, rows in shop.store.connector.read_many(selections):
            found = list(rows)
            assert sorted(found, key=number) == sorted(shop.store.connector.read(one), key=number)
            assert all(tuple(row) == names for row in found)
            if one.where == Equals(column="who", value=7):
                assert {row["email"].reveal() for row in found} == {None}
            if one.where == Equals(column="who", value=8):
                assert {row["email"].reveal() for row in found} == {"Person8@Example.org"}


def number(row: Row) -> int:
    return int(row["id"].reveal())


def test_a_value_that_does_not_open_spoils_no_other_selection(shop: Shop) -> None:
    shop.seal("email")
    shop.store.make(f"UPDATE notes SET email = '{shop.raw('email')[4]}' WHERE id = 3")
    table = shop.store.table("notes")
    selections = [Selection(table=table, columns=("email",), where=Equals(column="id", value=at)) for at in (2, 3, 4)]
    assert isinstance(shop.store.connector, SqlConnector)
    turns = shop.store.connector.read_many(selections)
    assert [row["email"].reveal() for row in next(turns)[1]] == ["Person2@Example.org"]
    with pytest.raises(IntegrityError):
        list(next(turns)[1])
    assert [row["email"].reveal() for row in next(turns)[1]] == ["Person4@Example.org"]
