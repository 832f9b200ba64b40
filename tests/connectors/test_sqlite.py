"""What only SQLite allows or lacks."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.changes import Coarsen, DeleteRows, DropPartition, Redact, Revoke
from kept.base.conditions import Equals, Everything, Finds, Missing, NoClock, Not, Older, OneOf, Uncoarse
from kept.base.errors import CannotAnswer, SourceError, StoreUnreachable
from kept.base.ports import Selection
from kept.base.questions import CountRows, Grant, Locate, Look, ReadGrants, ReadSchema
from kept.base.verdicts import Unknown
from kept.connectors import open_store
from tests.connectors.stores import NOW, Store, opened

CUTOFF = NOW


def fill(store: Store, *statements: str, rows: list[tuple[object, ...]] | None = None, into: str = "") -> None:
    with closing(sqlite3.connect(str(sa.make_url(store.url).database))) as own, own:
        for statement in statements:
            own.execute(statement)
        for row in rows or []:
            own.execute(f"INSERT INTO {into} VALUES ({', '.join('?' * len(row))})", row)


OLDER = [
    "2025-12-31 23:59:59.999",
    "2025-12-31",
    "2026-01-01T01:30:00+02:00",
    "1999-01-01T00:00:00Z",
    "2025-12-31T23:59:59.123456+00:00",
]
YOUNGER = ["2026-01-01 00:00:00", "2026-01-01", "2025-12-31T23:30:00-02:00", "2999-01-01"]
UNREADABLE = ["", "yesterday", "2025-13-45", "now", "12:00", "2451545 days", b"\xff\x00", "0000-00-00"]


def test_dates_are_read_as_moments_whatever_their_form(sqlite: Store) -> None:
    rows: list[tuple[object, ...]] = [(value,) for value in [*OLDER, *YOUNGER, *UNREADABLE, None]]
    fill(sqlite, "CREATE TABLE t (at DATETIME)", rows=rows, into="t")
    older = Older(column="at", cutoff=CUTOFF)
    assert sqlite.count("t", older) == len(OLDER)
    assert sqlite.count("t", NoClock(column="at")) == len(UNREADABLE) + 1
    assert sqlite.count("t", Not(what=older)) == len(YOUNGER) + len(UNREADABLE) + 1
    assert sqlite.connector.perform(DeleteRows(table=sqlite.table("t"), where=older, rows=len(OLDER))).rows == len(OLDER)
    assert sqlite.count("t") == len(YOUNGER) + len(UNREADABLE) + 1


def test_a_text_column_whose_every_value_is_a_date_is_a_clock(sqlite: Store) -> None:
    fill(sqlite, "CREATE TABLE t (at TEXT, free)", rows=[("2025-01-01", "2025-01-01"), (None, None), ("2027-01-01", "x")], into="t")
    assert sqlite.count("t", Older(column="at", cutoff=CUTOFF)) == 1
    assert "shop.t.free holds text" in sqlite.unknown(CountRows(table=sqlite.table("t"), where=Older(column="free", cutoff=CUTOFF)))


def test_numbers_in_a_date_column_are_not_taken_for_dates(sqlite: Store) -> None:
    fill(sqlite, "CREATE TABLE t (at DATETIME)", rows=[(1_700_000_000,), ("2025-01-01",)], into="t")
    clock = Older(column="at", cutoff=CUTOFF)
    assert "holds numbers without a unit" in sqlite.unknown(CountRows(table=sqlite.table("t"), where=clock))
    assert sqlite.count("t", Older(column="at", cutoff=CUTOFF, unit="seconds")) == 1
    assert sqlite.count("t", NoClock(column="at", unit="seconds")) == 1


def test_cells_that_are_no_text_do_not_stumble(sqlite: Store) -> None:
    fill(
        sqlite,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        rows=[(1, b"a@example.org \xff\xfe"), (2, "a\x00b@example.org"), (3, 7)],
        into="t",
    )
    fill(sqlite, "INSERT INTO t VALUES (4, CAST(x'ff41' AS TEXT)), (5, NULL), (6, CAST(x'ff203230332e302e3131332e37' AS TEXT))")
    column = sqlite.table("t").column("v")
    looked = sqlite.ask(Look(column=column, kinds=("email", "ip")))
    assert (looked.rows, looked.looked) == (6, 5)
    assert looked.count("ip") == 1
    assert len(list(sqlite.connector.read(Selection(table=column.table, columns=("v",), where=Everything())))) == 6
    redact = Redact(table=column.table, column="v", kinds=("ip",), where=Everything(), rows=1)
    assert sqlite.connector.perform(redact).rows == 1
    assert sqlite.count("t", Finds(column="v", kinds=("ip",))) == 0


def test_a_table_without_rowid_is_walked_by_its_key(sqlite: Store) -> None:
    rows: list[tuple[object, ...]] = [
        (at % 9, f"k{at}", "203.0.113.5", "2020-01-01" if at % 2 else "2030-01-01") for at in range(4_000)
    ]
    fill(sqlite, "CREATE TABLE t (a INT, b TEXT, ip TEXT, at DATETIME, PRIMARY KEY (a, b)) WITHOUT ROWID", rows=rows, into="t")
    table = sqlite.table("t")
    assert sqlite.connector.perform(DeleteRows(table=table, where=Older(column="at", cutoff=CUTOFF), rows=2_000)).rows == 2_000
    assert sqlite.connector.perform(Coarsen(table=table, column="ip", kind="ip", where=Everything(), rows=2_000)).rows == 2_000
    assert sqlite.count("t", Uncoarse(column="ip", kind="ip")) == 0
    assert 0 < sqlite.ask(Look(column=table.column("ip"), kinds=("ip",), sample=50)).rows <= 50


def test_columns_may_take_the_names_of_the_rowid(sqlite: Store) -> None:
    rows: list[tuple[object, ...]] = [(at, "x", "y") for at in range(3_000)]
    fill(sqlite, 'CREATE TABLE two (n INT, "rowid" TEXT, "oid" TEXT)', rows=rows, into="two")
    where = OneOf(column="n", keys=tuple(range(0, 3_000, 2)))
    assert sqlite.connector.perform(DeleteRows(table=sqlite.table("two"), where=where, rows=1_500)).rows == 1_500
    fill(sqlite, 'CREATE TABLE three (n INT, "rowid" TEXT, "oid" TEXT, "_rowid_" TEXT)', rows=[(1, "x", "y", "z")], into="three")
    assert sqlite.count("three") == 1
    with pytest.raises(CannotAnswer, match="no primary key"):
        sqlite.connector.perform(DeleteRows(table=sqlite.table("three"), where=Everything(), rows=1))


def test_keys_match_whether_they_are_stored_as_numbers_or_text(sqlite: Store) -> None:
    fill(sqlite, "CREATE TABLE t (loose, worded TEXT, counted INT)", rows=[(7, "7", 7), ("7", "7", 7)], into="t")
    for column in ("loose", "worded", "counted"):
        for value in (7, "7"):
            assert sqlite.count("t", Equals(column=column, value=value)) == 2
            assert sqlite.count("t", OneOf(column=column, keys=(value, *range(100, 2_000)))) == 2


def test_rights_are_those_of_the_file(sqlite: Store) -> None:
    path = Path(str(sa.make_url(sqlite.url).database))
    path.chmod(0o664)
    grants = sqlite.ask(ReadGrants(of="shop"))
    assert grants.roles == ("file owner", "file group", "everyone else")
    assert {grant.right for grant in grants.grants if grant.role == "file group"} == {"select", "insert", "update", "delete"}
    assert [grant for grant in grants.grants if grant.role == "everyone else"] == [Grant(role="everyone else", right="select")]
    sqlite.connector.perform(Revoke(store="shop", role="everyone else", right="select"))
    sqlite.connector.perform(Revoke(store="shop", role="file group", right="update"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with pytest.raises(CannotAnswer, match="knows no right"):
        sqlite.connector.perform(Revoke(store="shop", role="nobody", right="select"))


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "not-here.db"
    with opened(f"sqlite:///{path}") as store:
        assert "no connection" in store.unknown(ReadSchema(of="shop"))
        assert "no connection" in store.unknown(ReadGrants(of="shop")) or "No such file" in store.unknown(ReadGrants(of="shop"))
        assert store.ask(Locate(of="shop")).on_this_machine
        with pytest.raises(StoreUnreachable):
            store.connector.perform(DeleteRows(table=store.table("t"), where=Everything(), rows=1))
    assert not path.exists()


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "no.db"
    path.write_bytes(b"this is not a database at all" * 100)
    with opened(f"sqlite:///{path}") as store:
        assert "not a database" in store.unknown(ReadSchema(of="shop"))


def test_a_file_that_may_not_be_written_is_refused() -> None:
    with tempfile.TemporaryDirectory() as name, ordinary_account(Path(name)), opened(f"sqlite:///{name}/store.db") as store:
        path = Path(name) / "store.db"
        path.touch()
        fill(store, "CREATE TABLE t (n INT)", rows=[(1,)], into="t")
        path.chmod(0o444)
        with pytest.raises(SourceError, match="only be read"):
            store.connector.perform(DeleteRows(table=store.table("t"), where=Everything(), rows=1))
        assert store.count("t") == 1


@contextmanager
def ordinary_account(folder: Path) -> Iterator[None]:
    """The superuser may write anything; be somebody else for a while, and own the folder."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_questions_cannot_write(sqlite: Store) -> None:
    """A view with a function that writes does not exist in SQLite; what is checked is the transaction itself."""
    fill(sqlite, "CREATE TABLE t (n INT)", rows=[(1,)], into="t")
    access = sqlite.connector._access  # type: ignore[attr-defined]  # the transaction is what is tested
    with pytest.raises(SourceError, match="only be read"), access.reading("t") as connection:
        connection.execute(sa.text("DELETE FROM t"))
    assert sqlite.count("t") == 1


def test_a_question_that_takes_too_long_is_unknown(sqlite_url: str) -> None:
    with opened(sqlite_url, timeout_seconds=0.05) as store:
        fill(store, "CREATE TABLE t (a INT, b DATETIME)")
        fill(
            store,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) "
            "INSERT INTO t SELECT i, '2020-01-01' FROM n",
        )
        itself = Older(column="b", cutoff=CUTOFF + timedelta(days=1))
        assert "longer than the time limit" in store.unknown(CountRows(table=store.table("t"), where=itself))


def test_there_are_no_partitions(sqlite: Store) -> None:
    fill(sqlite, "CREATE TABLE t (n INT)")
    change = DropPartition(table=sqlite.table("t"), partition="p", rows=1)
    assert isinstance(sqlite.connector.preview(change), Unknown)
    assert sqlite.connector.perform(change).rows == 0


def test_samples_do_not_show_values(sqlite: Store) -> None:
    fill(sqlite, "CREATE TABLE t (who TEXT, at DATETIME, n INT)", rows=[("Ada Ωλ 7@x", "2020-01-01 10:00:00", 1234)], into="t")
    preview = sqlite.connector.preview(DeleteRows(table=sqlite.table("t"), where=Not(what=Missing(column="who")), rows=1))
    assert not isinstance(preview, Unknown)
    assert preview.samples == ({"who": ("xxx xx 9@x", ""), "at": ("2020-01-01 10:00:00", ""), "n": ("9999", "")},)


@pytest.mark.parametrize("url", ["sqlite://", "oracle://x/y", "shop.db", "", "://", "postgresql://host"])
def test_a_url_nobody_answers_to_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match=r"the store shop|the URL of the store shop"):
        open_store("shop", url, timeout_seconds=1.0)
