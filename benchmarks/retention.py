"""Retention: deleting telemetry that is past its time (row c of the performance table).

For every round a table of telemetry is built anew for each way, half of it past its time and no index on the clock. The ways
take turns, so that whatever else the machine does meets all of them:

- floor: a hand-written loop over the same stretches in the driver itself, one statement and one commit a stretch;
- kept: `connector.perform(DeleteRows)`, which also counts before and after, keeps to its time a batch and reports;
- peer: one DELETE over everything, then VACUUM (OPTIMIZE TABLE on MariaDB);
- floor-drop and kept-drop: the same rows as monthly partitions, dropped by hand and by `DropPartition`.

The ratio is floor time / kept time (1.0: as fast as by hand). Run it as

    python benchmarks/retention.py --rows 300000 --rounds 5 --stores sqlite,postgresql,mariadb
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import services

from kept.base.changes import Change, DeleteRows, DropPartition
from kept.base.conditions import Older
from kept.base.names import Table
from kept.base.ports import Receipt
from kept.connectors import open_store

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MONTHS = 24
CUTOFF = FIRST + timedelta(days=30 * MONTHS / 2)
BLOCKS = 800
"""Blocks a statement in the hand-written loop on PostgreSQL: about a quarter of a second on the machine it was tried on."""
KEYS = 40_000
TABLE = Table(store="bench", name="telemetry")

Timed = Callable[[], Receipt | None]


@dataclass(slots=True, kw_only=True)
class Bench:
    """One store to measure in: how to build the table, and the ways to empty it."""

    title: str
    url: str
    build: Callable[[int], None]
    build_parts: Callable[[int], list[tuple[str, int]]] | None
    floor: Callable[[], None]
    peer: Callable[[], None]
    drop: Callable[[str], int] | None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    slowest: float = 0.0

    def timed(self, way: str, work: Callable[[], Any]) -> Any:
        """Run one way and keep how long it took."""
        begun = time.perf_counter()
        done = work()
        self.seconds.setdefault(way, []).append(time.perf_counter() - begun)
        return done


def perform(url: str, *changes: Change) -> list[Receipt]:
    """Do changes through the connector."""
    store = open_store("bench", url, timeout_seconds=3600.0)
    try:
        return [store.perform(change) for change in changes]
    finally:
        store.close()


def months() -> Iterator[tuple[str, datetime, datetime]]:
    """The partitions: name, begin and end of each."""
    for at in range(MONTHS):
        yield f"telemetry_{at:02}", FIRST + timedelta(days=30 * at), FIRST + timedelta(days=30 * (at + 1))


def round_of(bench: Bench, rows: int, *, turn: int) -> None:
    """Build and empty the table once each way; the order turns from round to round."""

    def kept() -> None:
        bench.build(rows)
        change = DeleteRows(table=TABLE, where=Older(column="at", cutoff=CUTOFF), rows=rows // 2)
        (receipt,) = bench.timed("kept", lambda: perform(bench.url, change))
        if (receipt.rows, receipt.remaining) != (rows // 2, 0):
            raise SystemExit(f"{bench.title}: {receipt} is not what was to be done")
        bench.slowest = max(bench.slowest, receipt.slowest_batch)

    def by_hand(way: str, work: Callable[[], None]) -> None:
        bench.build(rows)
        bench.timed(way, work)

    ways: list[Callable[[], None]] = [partial(by_hand, "floor", bench.floor), kept, partial(by_hand, "peer", bench.peer)]
    for empty in ways[turn % 3 :] + ways[: turn % 3]:
        empty()
    build_parts, drop = bench.build_parts, bench.drop
    if build_parts is None or drop is None:
        return
    for way in ("floor-drop", "kept-drop") if turn % 2 else ("kept-drop", "floor-drop"):
        old = build_parts(rows)[: MONTHS // 2]
        if way == "floor-drop":
            bench.timed(way, partial(_drop_all, drop, old))
        else:
            changes = [DropPartition(table=TABLE, partition=name, rows=count) for name, count in old]
            receipts = bench.timed(way, partial(perform, bench.url, *changes))
            if sum(receipt.rows for receipt in receipts) != sum(count for _, count in old):
                raise SystemExit(f"{bench.title}: {receipts} is not what was to be done")


def _drop_all(drop: Callable[[str], int], old: list[tuple[str, int]]) -> None:
    for name, _ in old:
        drop(name)


COLUMNS = "id bigint, at {moment}, organisation integer, feature varchar(40), status integer, took integer"


def postgresql(url: str) -> Bench:
    """Measure in PostgreSQL."""
    connection = psycopg.connect(url, autocommit=True)

    def run(statement: str, own: psycopg.Connection[Any] = connection) -> int:
        done = own.execute(statement.encode())
        return int((done.fetchone() or (0,))[0]) if done.description else 0

    run("SET timezone = 'UTC'")
    span = f"interval '{MONTHS * 30} days'"
    filling = f"""INSERT INTO telemetry SELECT n, timestamptz '{FIRST}' + (n % {{rows}}) * ({span} / {{rows}}), n % 1000,
        'feature ' || n % 40, 200, n % 977
        FROM (SELECT (n * 7919::bigint) % {{rows}} AS n FROM generate_series(0, {{rows}} - 1) AS n) AS s"""

    def fill(rows: int) -> None:
        run(filling.format(rows=rows))
        run("VACUUM ANALYZE telemetry")

    def build(rows: int) -> None:
        run("DROP TABLE IF EXISTS telemetry")
        run(f"CREATE TABLE telemetry ({COLUMNS.format(moment='timestamptz')}, PRIMARY KEY (id))")
        fill(rows)

    def build_parts(rows: int) -> list[tuple[str, int]]:
        run("DROP TABLE IF EXISTS telemetry")
        run(f"CREATE TABLE telemetry ({COLUMNS.format(moment='timestamptz')}) PARTITION BY RANGE (at)")
        for name, begin, end in months():
            run(f"CREATE TABLE {name} PARTITION OF telemetry FOR VALUES FROM ('{begin}') TO ('{end}')")
        fill(rows)
        return [(name, run(f"SELECT count(*) FROM {name}")) for name, _, _ in months()]

    def floor() -> None:
        with psycopg.connect(url, autocommit=True) as own:
            blocks = run("SELECT pg_relation_size('telemetry') / 8192", own)
            for at in range(0, blocks, BLOCKS):
                stretch = (f"({at},0)", f"({at + BLOCKS},0)", CUTOFF)
                own.execute("DELETE FROM telemetry WHERE ctid >= %s::tid AND ctid < %s::tid AND at < %s", stretch)

    def peer() -> None:
        run(f"DELETE FROM telemetry WHERE at < '{CUTOFF}'")
        run("VACUUM telemetry")

    return Bench(
        title="PostgreSQL",
        url=url,
        build=build,
        build_parts=build_parts,
        floor=floor,
        peer=peer,
        drop=lambda name: run(f"DROP TABLE {name}"),
    )


def mariadb(url: str) -> Bench:
    """Measure in MariaDB."""
    read = sa.make_url(url)

    def connect() -> pymysql.Connection[Any]:
        return pymysql.connect(
            host=read.host or "127.0.0.1",
            port=read.port or 3306,
            user=read.username or "root",
            password=read.password or "",
            database=read.database,
            autocommit=True,
        )

    connection = connect()

    def run(statement: str, own: pymysql.Connection[Any] = connection) -> int:
        with own.cursor() as cursor:
            cursor.execute(statement)
            return int((cursor.fetchone() or (0,))[0] or 0) if statement.startswith("SELECT") else 0

    def fill(rows: int) -> None:
        step = timedelta(days=30 * MONTHS) / rows
        run(
            f"""INSERT INTO telemetry SELECT n, '{FIRST:%Y-%m-%d}' + INTERVAL ((n * 7919) % {rows}) * {step.total_seconds()} SECOND,
            n % 1000, CONCAT('feature ', n % 40), 200, n % 977 FROM (SELECT seq AS n FROM seq_0_to_{rows - 1}) AS s"""
        )
        run("ANALYZE TABLE telemetry")

    def build(rows: int) -> None:
        run("DROP TABLE IF EXISTS telemetry")
        run(f"CREATE TABLE telemetry ({COLUMNS.format(moment='datetime(6)')}, PRIMARY KEY (id))")
        fill(rows)

    def build_parts(rows: int) -> list[tuple[str, int]]:
        run("DROP TABLE IF EXISTS telemetry")
        parts = ", ".join(f"PARTITION {name} VALUES LESS THAN ('{end:%Y-%m-%d}')" for name, _, end in months())
        run(f"CREATE TABLE telemetry ({COLUMNS.format(moment='datetime(6)')}) PARTITION BY RANGE COLUMNS (at) ({parts})")
        fill(rows)
        return [(name, run(f"SELECT count(*) FROM telemetry PARTITION ({name})")) for name, _, _ in months()]

    def floor() -> None:
        with closing(connect()) as own:
            last = run("SELECT max(id) FROM telemetry", own)
            for at in range(0, last + 1, KEYS):
                run(f"DELETE FROM telemetry WHERE id >= {at} AND id < {at + KEYS} AND at < '{CUTOFF:%Y-%m-%d}'", own)

    def peer() -> None:
        run(f"DELETE FROM telemetry WHERE at < '{CUTOFF:%Y-%m-%d}'")
        run("OPTIMIZE TABLE telemetry")

    return Bench(
        title="MariaDB",
        url=url,
        build=build,
        build_parts=build_parts,
        floor=floor,
        peer=peer,
        drop=lambda name: run(f"ALTER TABLE telemetry DROP PARTITION {name}"),
    )


def sqlite(path: Path) -> Bench:
    """Measure in SQLite."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None)

    def build(rows: int) -> None:
        step = timedelta(days=30 * MONTHS) / rows
        with closing(connect()) as own:
            own.execute("PRAGMA journal_mode = WAL")
            own.execute("DROP TABLE IF EXISTS telemetry")
            own.execute(
                f"CREATE TABLE telemetry ({COLUMNS.format(moment='datetime').replace('id bigint', 'id integer primary key')})"
            )
            own.execute("BEGIN")
            values = (
                (at, str(FIRST + (at * 7919 % rows) * step)[:26], at % 1000, f"feature {at % 40}", 200, at % 977)
                for at in range(rows)
            )
            own.executemany("INSERT INTO telemetry VALUES (?, ?, ?, ?, ?, ?)", values)
            own.execute("COMMIT")
            own.execute("VACUUM")

    deleting = "DELETE FROM telemetry WHERE id >= ? AND id < ? AND julianday(at) < julianday(?)"

    def floor() -> None:
        with closing(connect()) as own:
            last = own.execute("SELECT max(id) FROM telemetry").fetchone()[0]
            for at in range(0, last + 1, KEYS):
                own.execute(deleting, (at, at + KEYS, str(CUTOFF)))

    def peer() -> None:
        with closing(connect()) as own:
            own.execute("DELETE FROM telemetry WHERE julianday(at) < julianday(?)", (str(CUTOFF),))
            own.execute("VACUUM")

    return Bench(title="SQLite", url=f"sqlite:///{path}", build=build, build_parts=None, floor=floor, peer=peer, drop=None)


@contextmanager
def opened(kind: str) -> Iterator[Bench]:
    """Lend a bench in a database of its own."""
    with ExitStack() as stack:
        if kind == "sqlite":
            yield sqlite(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bench.db")
        elif kind == "postgresql":
            server = stack.enter_context(services.postgres_server())
            yield postgresql(stack.enter_context(services.postgres_database(server)).render_as_string(hide_password=False))
        else:
            server = stack.enter_context(services.mariadb_server())
            yield mariadb(stack.enter_context(services.mariadb_database(server)).render_as_string(hide_password=False))


def told(bench: Bench, rows: int, pairs: Mapping[str, str]) -> None:
    """Print medians and ratios."""
    seconds = bench.seconds
    each = ", ".join(f"{way} {statistics.median(taken):.2f} s" for way, taken in sorted(seconds.items()))
    print(f"{bench.title}, {rows:,} rows: {each}; slowest batch {bench.slowest:.2f} s")
    for way, floor in pairs.items():
        if way in seconds and floor in seconds:
            ratios = sorted(by_hand / ours for by_hand, ours in zip(seconds[floor], seconds[way], strict=True))
            print(f"  {floor} / {way}: {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="How fast old rows go, against the same by hand.")
    asked.add_argument("--rows", type=int, default=300_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--stores", default="postgresql", help="some of sqlite,postgresql,mariadb")
    given = asked.parse_args()
    for kind in given.stores.split(","):
        with opened(kind) as bench:
            for turn in range(given.rounds):
                round_of(bench, given.rows, turn=turn)
            told(bench, given.rows, {"kept": "floor", "kept-drop": "floor-drop"})
            print(f"  peer / kept: {statistics.median(bench.seconds['peer']) / statistics.median(bench.seconds['kept']):.2f}")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
