"""Stores full of people, for the benchmark of erasures: eight tables, a hundred rows a person, on PostgreSQL and on SQLite."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from tests import services

__all__ = ["STORES", "TABLES", "Bench", "Delete", "sqlite"]

Delete: TypeAlias = Callable[[Sequence[int]], None]
TABLES: Mapping[str, int] = {
    "accounts": 1,
    "addresses": 3,
    "consents": 4,
    "sessions": 8,
    "orders": 12,
    "tickets": 12,
    "lines": 24,
    "events": 36,
}
"""Tables, and rows a person: a hundred. Lines belong to orders, everything else to accounts."""


@dataclass(slots=True, kw_only=True)
class Bench:
    """A store filled with people: how to delete some by hand in one transaction, and how many rows are left of some.

    `another` lends a second connection to delete by, where a store takes two writers at once.
    """

    title: str
    url: str
    delete: Delete
    left: Callable[[Sequence[int]], int]
    another: Callable[[], AbstractContextManager[Delete]] | None = None


def statements(holds: str) -> Iterator[str]:
    """Yield the statements that delete people, those of tables that point to others first; `holds` says that a value is given."""
    for name in reversed(list(TABLES)):
        inner = f"SELECT id FROM orders WHERE who {holds}"
        which = f"order_id IN ({inner})" if name == "lines" else f"{'id' if name == 'accounts' else 'who'} {holds}"
        yield f"DELETE FROM {name} WHERE {which}"


def looks(holds: str) -> Iterator[str]:
    """Yield the questions for what is left."""
    for name in TABLES:
        if name != "lines":
            yield f"SELECT count(*) FROM {name} WHERE {'id' if name == 'accounts' else 'who'} {holds}"


@contextmanager
def postgresql(people: int) -> Iterator[Bench]:
    """Fill a database of a PostgreSQL server."""
    with services.postgres_server() as server, services.postgres_database(server) as database:
        url = database.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:

            def run(statement: str, *values: object) -> Any:
                return connection.execute(statement.encode(), values or None)

            for name, each in TABLES.items():
                points = f"1 + (n - 1) % {people * TABLES['orders']} AS order_id" if name == "lines" else f"1 + n % {people} AS who"
                run(f"""CREATE TABLE {name} AS SELECT n AS id, {points}, 'person' || n || '@example.org' AS email,
                    'what was said on day ' || n AS note, n * 3 AS amount FROM generate_series(1, {people * each}) AS n""")
                run(f"ALTER TABLE {name} ADD PRIMARY KEY (id)")
                if name != "accounts":
                    run(f"CREATE INDEX ON {name} ({'order_id' if name == 'lines' else 'who'})")
            run("VACUUM ANALYZE")

            def left(some: Sequence[int]) -> int:
                return sum(run(text, list(some)).fetchone()[0] for text in looks("= ANY(%s)"))

            with _deleting(url) as delete:
                yield Bench(title="PostgreSQL", url=url, delete=delete, left=left, another=lambda: _deleting(url))


@contextmanager
def _deleting(url: str) -> Iterator[Delete]:
    texts = [text.encode() for text in statements("= ANY(%s)")]
    with psycopg.connect(url, autocommit=True) as connection:

        def delete(some: Sequence[int]) -> None:
            with connection.transaction():
                for text in texts:
                    connection.execute(text, [list(some)])

        yield delete


@contextmanager
def sqlite(people: int) -> Iterator[Bench]:
    """Fill a SQLite file."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "bench.db"
        connection = sqlite3.connect(path, isolation_level=None)
        run = connection.execute
        run("PRAGMA journal_mode = WAL")
        for name, each in TABLES.items():
            column = "order_id" if name == "lines" else "who"
            points = f"1 + (n - 1) % {people * TABLES['orders']}" if name == "lines" else f"1 + n % {people}"
            run(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {column} INTEGER, email TEXT, note TEXT, amount INTEGER)")
            run(f"""WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {people * each})
                INSERT INTO {name}
                SELECT n, {points}, 'person' || n || '@example.org', 'what was said on day ' || n, n * 3 FROM s""")
            if name != "accounts":
                run(f"CREATE INDEX {name}_by ON {name} ({column})")
        run("ANALYZE")
        texts, holds = list(statements("IN (SELECT value FROM json_each(?))")), "IN (SELECT value FROM json_each(?))"

        def delete(some: Sequence[int]) -> None:
            run("BEGIN IMMEDIATE")
            for text in texts:
                run(text, (json.dumps(some),))
            run("COMMIT")

        def left(some: Sequence[int]) -> int:
            return sum(int(run(text, (json.dumps(some),)).fetchone()[0]) for text in looks(holds))

        yield Bench(title="SQLite", url=f"sqlite:///{path}", delete=delete, left=left)
        connection.close()


STORES = {"postgresql": postgresql, "sqlite": sqlite}
