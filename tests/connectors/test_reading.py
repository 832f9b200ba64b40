"""Reading many selections at once gives what reading each by itself gives, and one that fails spoils no other."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from kept.base.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Everything,
    Finds,
    Missing,
    Not,
    Older,
    OneOf,
    StartsWith,
    Through,
)
from kept.base.errors import CannotAnswer, SourceError, StoreRefused, StoreUnreachable
from kept.base.ports import Row, Selection
from kept.connectors.sql import reading, repeated
from kept.connectors.sql.connector import SqlConnector
from tests.connectors.stores import NOW, Store, opened, visit_columns, visits
from tests.connectors.test_conformance import CONDITIONS

ROWS = 3_000
COLUMNS = ("id", "at", "who", "email", "ip", "note")


@pytest.fixture
def filled(store: Store) -> Store:
    store.create("visits", *visit_columns(), rows=visits(ROWS))
    people = [{"id": at, "email": f"person{at}@example.org"} for at in range(50)]
    store.create(
        "people", sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False), sa.Column("email", sa.Text), rows=people
    )
    return store


def connector(store: Store) -> SqlConnector:
    assert isinstance(store.connector, SqlConnector)
    return store.connector


def selection(store: Store, where: Condition, name: str = "visits", columns: Sequence[str] = COLUMNS) -> Selection:
    return Selection(table=store.table(name), columns=tuple(columns), where=where)


def revealed(rows: Iterator[Row]) -> list[str]:
    """Return rows in an order that does not depend on the store's, or the sentence that was said instead."""
    try:
        return _sorted(rows)
    except SourceError as error:
        return [error.happened]


def _sorted(rows: Iterator[Row]) -> list[str]:
    return sorted(repr([(name, value.reveal()) for name, value in row.items()]) for row in rows)


def each(store: Store, selections: Sequence[Selection]) -> list[list[str]]:
    return [revealed(store.connector.read(one)) for one in selections]


def together(store: Store, selections: Sequence[Selection]) -> list[list[str]]:
    found = [(one, revealed(rows)) for one, rows in connector(store).read_many(selections)]
    assert [one for one, _ in found] == list(selections)
    return [rows for _, rows in found]


def links(store: Store) -> list[Condition]:
    people, visited = store.table("people"), store.table("visits")
    some = OneOf(column="id", keys=(3, 4, 48))
    return [
        Through(column="who", to=people, key="id", where=some),
        Through(column="who", to=people, key="id", where=Older(column="id", cutoff=NOW, unit="seconds")),
        Through(column="email", to=people, key="email", where=Not(what=some)),
        Through(column="who", to=people, key="email", where=Everything()),
        Through(column="id", to=visited, key="id", where=Through(column="who", to=people, key="id", where=some)),
        AnyOf(parts=(Equals(column="who", value=2), Through(column="who", to=people, key="id", where=some), Missing(column="ip"))),
        AllOf(parts=(Not(what=Equals(column="who", value=7)), Not(what=Not(what=OneOf(column="who", keys=(7, 8, 9)))))),
    ]


def test_every_condition_means_the_same_as_by_itself(filled: Store) -> None:
    selections = [selection(filled, condition) for condition in [*CONDITIONS, *links(filled)]]
    expected = each(filled, selections)
    assert sum(map(bool, expected)) > 20
    assert together(filled, selections) == expected
    assert together(filled, selections) == expected, "and so it is when the statements are known"
    connector(filled).answer([])
    assert together(filled, selections[::-1]) == expected[::-1], "and when the tables were looked at anew"


KEYS: list[Any] = [
    7,
    "7",
    "7 or so",
    0,
    -1,
    2**31,
    2**40,
    -(2**63),
    2**63,
    True,
    False,
    "",
    "x\x00y",
    "é",
    "'; --",
    "\\",
    "person7@example.org",
]


def test_one_form_of_a_condition_serves_every_value(filled: Store) -> None:
    """The statement of the first is used for those after it: a number, a long number, a text that is none."""
    selections = [
        selection(filled, condition)
        for key in KEYS
        for column in ("who", "email", "id")
        for condition in (
            Equals(column=column, value=key),
            AllOf(parts=(Not(what=Equals(column="id", value=5)), Equals(column=column, value=key))),
        )
    ]
    selections += [selection(filled, OneOf(column="who", keys=tuple(range(at)))) for at in (0, 1, 2, 3, 4, 5, 8, 9, 127, 128, 129)]
    assert together(filled, selections) == each(filled, selections)


def test_half_a_surrogate_pair_is_what_it_is_by_itself(filled: Store) -> None:
    odd = selection(filled, Equals(column="email", value="\ud800"))

    def outcome(read: Any) -> object:
        try:
            return revealed(read())
        except Exception as error:
            return type(error)

    alone = outcome(lambda: filled.connector.read(odd))
    for one, rows in connector(filled).read_many([odd, selection(filled, Equals(column="who", value=1))]):
        if one is odd:
            assert outcome(lambda rows=rows: rows) == alone
        else:
            assert len(list(rows)) == ROWS // 50


TYPES = {
    "postgresql": """CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE TABLE odd (id integer, who uuid, n numeric, f float8, ok boolean, d date, t timestamptz, u timestamp, i interval,
            ip inet, net cidr, mac macaddr, j json, b jsonb, raw bytea, tags text[], mood mood, tm time, r int4range, c char(5));
        INSERT INTO odd VALUES (1, '{who}', 1.50, 'NaN', true, 'infinity', '-infinity', '0044-03-15 12:00 BC', '1 year 2 days',
            '203.0.113.7/24', '203.0.113.0/24', '08:00:2b:01:02:03', '{{"a": 1}}', '{{"b": [null]}}', '\\x00ff',
            '{{a,"b c",NULL}}', 'glad', '24:00', '[1,5)', 'x');
        INSERT INTO odd (id, who, f, d, t, ip) VALUES (2, '{who}', 1e300, '2026-01-01', '2026-01-01 00:00+05', '::1')""",
    "mariadb": """CREATE TABLE odd (id integer, who char(36), n decimal(20, 4), f double, ok boolean, d date, t datetime(6),
            raw blob, j json, mood enum('sad', 'glad'), bits bit(8), y year, tm time, s set('a', 'b'));
        SET SESSION sql_mode = '';
        INSERT INTO odd VALUES (1, '{who}', 1.5, 1e300, true, '0000-00-00', '2026-01-01 00:00:00.5', x'00ff', '{{"a": 1}}', 'glad',
            b'101', 2026, '-30:00:00', 'a,b');
        INSERT INTO odd (id, who) VALUES (2, '{who}')""",
    "sqlite": """CREATE TABLE odd (id INTEGER, who TEXT, n NUMERIC, f REAL, d DATE, raw BLOB, j JSON, anything);
        INSERT INTO odd VALUES (1, '{who}', 1.5, 1e300, 'yesterday', x'00ff', '{{"a": 1}}', 5);
        INSERT INTO odd VALUES (2, '{who}', 'text', NULL, 20260101, 'text', NULL, x'ff');
        INSERT INTO odd (id, who, anything) VALUES (3, CAST('{who}' AS BLOB), CAST(x'ff' AS TEXT))""",
}


def test_values_of_every_type_come_out_alike(store: Store) -> None:
    who = str(uuid.uuid4())
    store.make(*TYPES[store.dialect].format(who=who).split(";\n"))
    columns = [column.name for column in _described(store, "odd")]
    selections = [selection(store, condition, "odd", columns) for condition in _ways(who, columns)]
    expected = each(store, selections)
    assert sum("could not be used" in str(found) for found in expected) <= 4, "what a type does not have is refused by both ways"
    for _ in range(2):
        assert together(store, selections) == expected


def _ways(who: str, columns: Sequence[str]) -> list[Condition]:
    return [
        Equals(column="id", value=1),
        Everything(),
        Equals(column="who", value=who),
        Equals(column="who", value=who.upper()),
        Equals(column="who", value="nobody"),
        OneOf(column="who", keys=(who, "nobody", 5)),
        Equals(column="n", value=1),
        *(Equals(column=column, value=value) for column in columns[4:] for value in ("glad", "true", "203.0.113.0/24", 5)),
    ]


def _described(store: Store, name: str) -> Any:
    with store.engine.connect() as connection:
        (shape,) = connector(store)._access.native.shapes(connection, "shop", [store.table(name)])
    return shape.info.columns


@pytest.mark.parametrize("broken", ["nowhere", "colour"])
def test_one_that_fails_spoils_no_other(filled: Store, broken: str) -> None:
    good = selection(filled, Equals(column="who", value=7))
    bad = selection(filled, Everything(), *(("nowhere",) if broken == "nowhere" else ("visits", ("colour",))))
    link = selection(filled, Through(column="who", to=filled.table("nowhere"), key="id", where=Everything()))
    for _ in range(2):
        got: list[int | str] = []
        for _one, rows in connector(filled).read_many([good, bad, good, link, good]):
            try:
                got.append(len(list(rows)))
            except CannotAnswer as error:
                got.append(error.happened)
        assert got[::2] == [ROWS // 50] * 3
        assert broken in str(got[1])
        assert "shop.nowhere is not there" in str(got[3])


def test_a_table_dropped_since_it_was_looked_at_spoils_no_other(filled: Store) -> None:
    good = selection(filled, Equals(column="who", value=7))
    gone = selection(filled, Equals(column="id", value=7), "people", ("id",))
    assert list(map(len, together(filled, [good, gone]))) == [ROWS // 50, 1]
    filled.make("DROP TABLE people")
    turns = connector(filled).read_many([good, gone, good])
    assert len(list(next(turns)[1])) == ROWS // 50
    with pytest.raises(CannotAnswer):
        list(next(turns)[1])
    assert len(list(next(turns)[1])) == ROWS // 50
    filled.make("CREATE TABLE people (email varchar(40), id bigint)", "INSERT INTO people VALUES ('a@example.org', 7)")
    connector(filled).answer([])
    assert together(filled, [gone]) == [["[('id', 7)]"]]


def test_a_column_that_changed_its_type_is_read_as_it_is_now(filled: Store) -> None:
    wanted = [selection(filled, Equals(column="email", value="person7@example.org"), "people", ("id",))]
    assert together(filled, wanted) == together(filled, wanted) == [["[('id', 7)]"]]
    if filled.dialect == "postgresql":
        filled.make("ALTER TABLE people ALTER COLUMN id TYPE text USING 'no. ' || id")
        for _ in range(3):
            assert together(filled, wanted) == [["[('id', 'no. 7')]"]]


def test_rows_that_are_left_alone_are_skipped(filled: Store) -> None:
    large, small = selection(filled, Everything()), selection(filled, Equals(column="who", value=7))
    turns = connector(filled).read_many([large, small, large, small])
    for number, (_, rows) in enumerate(turns):
        if number == 1:
            assert len(list(rows)) == ROWS // 50
        elif number == 2:
            next(rows)
    assert list(map(len, together(filled, [large, small]))) == [ROWS, ROWS // 50]


def test_reading_is_stopped_half_way_without_harm(filled: Store) -> None:
    turns = connector(filled).read_many([selection(filled, Everything())] * 3)
    _, rows = next(turns)
    next(rows)
    turns.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(rows) == []
    assert filled.count("visits") == ROWS
    assert list(connector(filled).read_many([])) == []


@pytest.mark.parametrize("most", [repeated.MOST - 1, repeated.MOST, repeated.MOST + 1])
def test_around_the_number_of_rows_that_come_together(store: Store, most: int) -> None:
    store.create(
        "long", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), rows=[{"id": at} for at in range(most)]
    )
    assert (
        together(store, [selection(store, Everything(), "long", ("id",))] * 2)
        == [sorted(f"[('id', {at})]" for at in range(most))] * 2
    )


def test_more_selections_than_go_together(filled: Store) -> None:
    selections = [selection(filled, Equals(column="id", value=at), columns=("id",)) for at in range(2 * reading.TOGETHER + 1)]
    assert together(filled, selections) == [[f"[('id', {at})]"] for at in range(len(selections))]


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_memory_grows_neither_with_rows_nor_with_their_size(store: Store, kind: str) -> None:
    size, rows = 200_000, 600
    long = sa.Text() if store.dialect == "postgresql" else sa.Text(2**24)
    large = sa.Column("body", sa.LargeBinary(2**24) if kind == "binary" else long)
    body: Any = b"\x07" * size if kind == "binary" else "x" * size
    table = sa.Table("large", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), large)
    table.create(store.engine)
    with store.engine.begin() as connection:
        for at in range(0, rows, 10):
            connection.execute(table.insert(), [{"id": number, "body": body} for number in range(at, at + 10)])
    one = selection(store, Everything(), "large", ("id", "body"))
    together(store, [selection(store, Equals(column="id", value=1), "large", ("id",))])
    tracemalloc.start()
    try:
        for _, found in connector(store).read_many([one]):
            assert sum(len(row["body"].reveal()) for row in found) == size * rows
        assert sum(len(row["body"].reveal()) for row in store.connector.read(one)) == size * rows
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 320 * size, f"{peak:,} bytes were held"


def test_reading_takes_no_more_than_its_time(postgres_url: str) -> None:
    with opened(postgres_url, timeout_seconds=0.5) as store:
        store.make("CREATE TABLE quick AS SELECT 1 AS id", "CREATE VIEW slow AS SELECT 1 AS id FROM (SELECT pg_sleep(5)) AS s")
        quick, slow = (selection(store, Everything(), name, ("id",)) for name in ("quick", "slow"))
        turns = connector(store).read_many([quick, slow, quick])
        assert len(list(next(turns)[1])) == 1
        with pytest.raises(StoreRefused, match=r"shop\.slow took longer"):
            list(next(turns)[1])
        assert len(list(next(turns)[1])) == 1


def test_reading_writes_nothing(postgres: Store) -> None:
    postgres.make(
        "CREATE TABLE written (id integer)",
        "CREATE FUNCTION write() RETURNS integer LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING id'",
        "CREATE VIEW writing AS SELECT write() AS id",
    )
    for _one, rows in connector(postgres).read_many([selection(postgres, Everything(), "writing", ("id",))] * 2):
        with pytest.raises(StoreRefused, match="can only be read"):
            list(rows)
    assert postgres.scalar("SELECT count(*) FROM written") == 0


PREPARED = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'kept%'"


def _kept_connection(store: Store) -> psycopg.Connection[Any]:
    """Return the connection that the connector reads by: the one that lies in its pool."""
    with connector(store)._access.connected("a test") as connection:
        driver = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


@pytest.fixture
def read_once(postgres: Store) -> Store:
    postgres.create("visits", *visit_columns(), rows=visits(200))
    wanted = [selection(postgres, Equals(column="who", value=at)) for at in range(3)]
    assert list(map(len, together(postgres, wanted))) == [4, 4, 4]
    assert len(_kept_connection(postgres).execute(PREPARED).fetchall()) == 2, "the limits, and one form of a selection"
    return postgres


def test_statements_that_the_server_forgot_are_sent_whole(read_once: Store) -> None:
    wanted = [selection(read_once, Equals(column="who", value=at)) for at in range(3)]
    mine = _kept_connection(read_once)
    mine.execute("DEALLOCATE ALL")
    for _ in range(3):
        assert list(map(len, together(read_once, wanted))) == [4, 4, 4]
    assert mine.execute(PREPARED).fetchall() == [], "whoever forgot them will do so again"
    assert mine is _kept_connection(read_once)


def test_a_statement_that_another_prepared_under_the_same_name_does_no_harm(read_once: Store) -> None:
    wanted = [selection(read_once, Equals(column="id", value=at), columns=("id",)) for at in range(3)]
    mine = _kept_connection(read_once)
    with connector(read_once)._access.connected("a test") as connection:
        connection.info["kept_prepared"] = set()  # as if another had prepared them
    for _ in range(3):
        assert together(read_once, wanted) == [[f"[('id', {at})]"] for at in range(3)]
    assert mine is _kept_connection(read_once)


def test_a_connection_that_was_cut_is_made_anew(read_once: Store) -> None:
    wanted = [selection(read_once, Equals(column="who", value=at)) for at in range(3)]
    pid = _kept_connection(read_once).info.backend_pid
    read_once.make(f"SELECT pg_terminate_backend({pid})")
    assert list(map(len, together(read_once, wanted))) == [4, 4, 4]


def test_a_connection_that_is_cut_in_the_middle_spoils_no_other(postgres: Store) -> None:
    postgres.make(
        "CREATE TABLE quick AS SELECT 1 AS id", "CREATE VIEW fatal AS SELECT pg_terminate_backend(pg_backend_pid()) AS id"
    )
    quick, fatal = (selection(postgres, Everything(), name, ("id",)) for name in ("quick", "fatal"))
    turns = connector(postgres).read_many([quick, fatal, quick])
    assert len(list(next(turns)[1])) == 1
    with pytest.raises(StoreUnreachable):
        list(next(turns)[1])
    assert len(list(next(turns)[1])) == 1


def test_a_large_question_and_a_large_answer_do_not_wait_for_each_other(postgres: Store) -> None:
    """Both sides of the connection have more to send than fits between them."""
    rows = [{"id": at, "text": "x" * 2_000} for at in range(900)]
    postgres.create("long", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text), rows=rows)
    keys = tuple(f"{at:0>20000}" for at in range(100))
    where = AnyOf(parts=(Not(what=Missing(column="id")), OneOf(column="text", keys=keys)))
    found = together(postgres, [selection(postgres, where, "long", ("id", "text"))] * 8)
    assert list(map(len, found)) == [900] * 8


def test_an_unreachable_store_is_said_once(store: Store) -> None:
    store.create("visits", *visit_columns())
    url = sa.make_url(store.url)
    url = url.set(database=f"{url.database}.gone") if store.dialect == "sqlite" else url.set(port=1)
    with (
        opened(url.render_as_string(hide_password=False)) as gone,
        pytest.raises(SourceError, match="no connection to the store shop"),
    ):
        list(connector(gone).read_many([selection(store, Everything()), selection(store, Everything())]))


def test_a_condition_that_needs_more_than_the_store_stands_between_others(filled: Store) -> None:
    some: list[Condition] = [
        Equals(column="who", value=1),
        Finds(column="note", kinds=("ip",)),
        StartsWith(column="email", prefix="person1"),
        Older(column="at", cutoff=NOW - timedelta(days=2_990)),
        Equals(column="who", value=2),
    ]
    selections = [selection(filled, one) for one in some]
    assert together(filled, selections) == each(filled, selections)
