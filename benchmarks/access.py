"""Access: everything a store holds of one person, eight tables, assembled (row a of the performance table).

Each request is about another person, the same one for every way, and the ways take turns:

- floor: the eight reads as hand-written SQL in one psycopg pipeline, rows as tuples;
- kept: `connector.read_many`, rows as mappings of wrapped values, in a read-only transaction with time limits;
- kept, sealed: the same where three of the columns are sealed, and every value is opened;
- peer: a loop of `connector.read`, one query a table, each in a transaction of its own.

The ratio is the way's time / the floor's (1.0: as fast as by hand). What `read_many` gives is compared with what `read` gives
before anything is measured. Cold is the first request of a connector just opened: it connects, looks at the tables, composes.

Run: python -m benchmarks.access [--full]   (--full: ten million rows)
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from tests import services

from kept.base.changes import SealColumn
from kept.base.conditions import Equals, OneOf
from kept.base.names import Column, Table
from kept.base.ports import Connector, Row, Selection
from kept.base.seals import SealedBy
from kept.connectors import open_store
from kept.vault import make_vault, open_vault
from kept.vault.columns import ColumnSeals

TABLES: Mapping[str, int] = {
    "accounts": 1,
    "addresses": 2,
    "consents": 3,
    "sessions": 6,
    "orders": 8,
    "tickets": 8,
    "lines": 16,
    "events": 24,
}
"""Tables, and rows a person."""
COLUMNS = ("id", "who", "name", "email", "note", "amount", "at")
SEALED = ("accounts.email", "addresses.note", "tickets.note")
MEASURED = 400
"""People whose values are sealed, and who ask."""
SETTINGS = '[company]\nname = "B"\ncontact = "b@example.org"\n[stores.bench]\nurl = "env:BENCH"\n'


@dataclass(slots=True, kw_only=True)
class Way:
    """One way to answer a request, its target as a multiple of the floor, and the seconds of the median request of each round."""

    name: str
    answer: Callable[[int], int]
    target: float = 0.0
    seconds: list[float] = field(default_factory=list)


def fill(url: str, people: int) -> None:
    """Make the tables and fill them; the rows of one person lie apart, as they do where people come back."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name, each in TABLES.items():
            made = """CREATE TABLE {table} AS SELECT n AS id, 1 + n %% {people} AS who, 'Person ' || n AS name,
                'person' || n || '@example.org' AS email, 'what was said on day ' || n AS note, n * 3 AS amount,
                timestamptz '2025-01-01' + n * interval '1 second' AS at FROM generate_series(1, {rows}) AS n"""
            parts = {"table": sql.Identifier(name), "people": sql.Literal(people), "rows": sql.Literal(people * each)}
            connection.execute(sql.SQL(made.replace("%%", "%")).format(**parts))
            connection.execute(sql.SQL("ALTER TABLE {table} ADD PRIMARY KEY (id)").format(**parts))
            connection.execute(sql.SQL("CREATE INDEX ON {table} (who)").format(**parts))
        connection.execute("VACUUM ANALYZE")


def selections(person: int) -> list[Selection]:
    """Return what is asked of the store for one person."""
    where = Equals(column="who", value=person)
    return [Selection(table=Table(store="bench", name=name), columns=COLUMNS, where=where) for name in TABLES]


def floor(connection: psycopg.Connection[tuple[object, ...]]) -> Callable[[int], int]:
    """Return the eight reads by hand."""
    statements = [sql.SQL("SELECT {} FROM {} WHERE who = %s").format(_names(), sql.Identifier(name)) for name in TABLES]
    written = [statement.as_string(connection).encode() for statement in statements]

    def answer(person: int) -> int:
        with connection.pipeline():
            cursors = [connection.execute(statement, (person,)) for statement in written]
        return sum(len(cursor.fetchall()) for cursor in cursors)

    return answer


def _names() -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, COLUMNS))


def together(store: Connector) -> Callable[[int], int]:
    """Return the product's way."""
    return lambda person: sum(len(list(rows)) for _, rows in store.read_many(selections(person)))


def one_by_one(store: Connector) -> Callable[[int], int]:
    """Return the peer's way."""
    return lambda person: sum(len(list(store.read(one))) for one in selections(person))


@contextmanager
def sealed(url: str, folder: Path, people: Sequence[int]) -> Iterator[Connector]:
    """Seal the values of some people and lend a connector that opens them."""
    (folder / "kept.toml").write_text(SETTINGS, encoding="utf-8")
    make_vault(folder)
    vault = open_vault(folder)
    columns = {Column.parse(f"bench.{name}"): SealedBy(place=f"bench.{name}", kind="account", person="who") for name in SEALED}
    store = open_store("bench", url, seals=ColumnSeals(vault, columns))
    for column in columns:
        rows = len(people) * TABLES[column.table.name]
        where = OneOf(column="who", keys=tuple(people))
        store.perform(SealColumn(table=column.table, column=column.name, where=where, rows=rows))
    try:
        yield store
    finally:
        store.close()
        vault.close()


def shown(rows: Iterator[Row]) -> list[str]:
    """Return rows in an order that does not depend on the store's."""
    return sorted(repr({name: value.reveal() for name, value in row.items()}) for row in rows)


def same(store: Connector, people: Sequence[int]) -> None:
    """Stop where the two ways do not give the same rows."""
    for person in people:
        for one, rows in store.read_many(selections(person)):
            if shown(rows) != shown(store.read(one)):
                raise SystemExit(f"{one.table}: read_many and read do not agree")


def measure(ways: Sequence[Way], people: Sequence[int], rounds: int, requests: int) -> None:
    """Run all the ways in turn, request by request."""
    chance = random.Random(11)
    for way in ways:
        for person in people[:20]:
            way.answer(person)
    for _ in range(rounds):
        spent: list[list[float]] = [[] for _ in ways]
        for at in range(requests):
            person = chance.choice(people)
            for turn in range(len(ways)):
                which = (turn + at) % len(ways)
                begun = time.perf_counter()
                rows = ways[which].answer(person)
                spent[which].append(time.perf_counter() - begun)
                if rows != sum(TABLES.values()):
                    raise SystemExit(f"{ways[which].name} gave {rows} rows")
        for way, seconds in zip(ways, spent, strict=True):
            way.seconds.append(statistics.median(seconds))


def cold(url: str, person: int) -> float:
    """Return the seconds of the first request of a connector."""
    store = open_store("bench", url)
    begun = time.perf_counter()
    together(store)(person)
    spent = time.perf_counter() - begun
    store.close()
    return spent


def show(ways: Sequence[Way]) -> bool:
    """Print a table and return whether every target is met."""
    print("| way | a request | times the floor, median (min–max) | target |\n| --- | --- | --- | --- |")
    least, met = ways[0].seconds, True
    for way in ways:
        ratios = [ours / bare for ours, bare in zip(way.seconds, least, strict=True)]
        median = statistics.median(ratios)
        target = f"≤ {way.target:g} {'met' if median <= way.target else 'MISSED'}" if way.target else "–"
        met &= not way.target or median <= way.target
        spread = f"{median:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
        print(f"| {way.name} | {statistics.median(way.seconds) * 1e3:.2f} ms | {spread} | {target} |")
    return met


def main() -> None:
    """Fill, compare, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="ten million rows")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    rows = 10_000_000 if asked.full else 200_000
    size = rows // sum(TABLES.values())
    people = random.Random(5).sample(range(1, size + 1), MEASURED)
    with (
        services.postgres_server() as server,
        services.postgres_database(server) as database,
        tempfile.TemporaryDirectory() as name,
    ):
        url = database.render_as_string(hide_password=False)
        fill(url, size)
        plain = open_store("bench", url)
        with sealed(url, Path(name), people) as opening, psycopg.connect(url, autocommit=True) as connection:
            same(plain, people[:5])
            same(opening, people[:5])
            ways = [
                Way(name="floor", answer=floor(connection)),
                Way(name="kept", answer=together(plain), target=1.5),
                Way(name="kept, sealed and opened", answer=together(opening), target=3.0),
                Way(name="peer: read, table by table", answer=one_by_one(plain)),
            ]
            measure(ways, people, asked.rounds, 100)
            print(f"\n{size * sum(TABLES.values()):,} rows of {size:,} people, PostgreSQL, {asked.rounds} rounds of 100 requests\n")
            met = show(ways)
            first = [cold(url, person) * 1e3 for person in people[:9]]
        plain.close()
    print(f"\nCold: {statistics.median(first):.1f} ms ({min(first):.1f}–{max(first):.1f}).")
    print("Targets: " + ("met" if met else "MISSED"))


if __name__ == "__main__":
    main()
