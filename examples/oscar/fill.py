"""Fill an empty oscar database with invented people and orders, set by set inside PostgreSQL.

The same seed and the same day give the same rows. Foreign keys and plain indexes are set aside while rows pour in and put back
as they were, all in one transaction: PostgreSQL itself checks every key again, set by set instead of row by row, and a failure
leaves the database as it was. Times and row counts go to standard output.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
DEFAULT_URL = "postgresql://postgres@127.0.0.1:5432/kept_oscar"
KEPT_AS_MIGRATED = (
    "django_migrations",
    "django_content_type",
    "django_site",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (%s) ORDER BY tablename"
SET_ASIDE = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)), 1 AS turn
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), 0
    FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid WHERE i.relnamespace = 'public'::regnamespace AND NOT indisunique
    ORDER BY turn
"""
"""Statements that take foreign keys and indexes away, and statements that put them back, indexes first."""
IDENTITIES = """
    SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
    FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'
"""


def fill(
    connection: psycopg.Connection[tuple[object, ...]], *, people: int, orders: int, seed: int, today: datetime
) -> dict[str, float]:
    """Fill the database and return the seconds each file took. Raises ValueError where there are orders already."""
    if connection.execute("SELECT EXISTS (SELECT FROM order_order)").fetchone() == (True,):
        raise ValueError("the shop has orders already; nothing was changed. Run with --again to empty and refill it.")
    values = {"people": str(people), "orders": str(orders), "seed": str(seed), "today": today.isoformat()}
    for name, value in values.items():
        connection.execute("SELECT set_config(%s, %s, false)", (f"fill.{name}", value))
    aside = connection.execute(SET_ASIDE).fetchall()
    for drop, _, _ in aside:
        connection.execute(str(drop).encode())
    seconds = {}
    for file in sorted(HERE.joinpath("fill").glob("*.sql")):
        seconds[file.stem] = timed(connection, [file.read_bytes()])
    seconds["indexes and foreign keys"] = timed(connection, [str(restore).encode() for _, restore, _ in aside])
    advance_identities(connection)
    connection.commit()
    return seconds


def timed(connection: psycopg.Connection[tuple[object, ...]], statements: Iterable[bytes]) -> float:
    """Run the statements and return the seconds they took."""
    started = time.perf_counter()
    for statement in statements:
        connection.execute(statement)
    return time.perf_counter() - started


def advance_identities(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Set every identity behind the largest key in its table, so that the shop can go on selling."""
    for table, column, sequence in connection.execute(IDENTITIES).fetchall():
        connection.execute(
            sql.SQL("SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}").format(
                sql.Literal(sequence), sql.Identifier(str(column)), sql.Identifier(str(table))
            )
        )


def empty(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Empty every table of the shop but what its migrations filled."""
    tables = [sql.Identifier(str(name)) for (name,) in connection.execute(TABLES, [list(KEPT_AS_MIGRATED)]).fetchall()]
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(tables)))
    connection.commit()


def count_rows(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    """Return the exact number of rows of every table that has any."""
    counts = {}
    for (name,) in connection.execute(TABLES, [[]]).fetchall():
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(name)))).fetchone()
        counts[str(name)] = int(str(row[0])) if row else 0
    return {name: count for name, count in counts.items() if count}


def main() -> int:
    """Fill as the command line says. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=os.environ.get("OSCAR_DATABASE_URL", DEFAULT_URL))
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--today", type=datetime.fromisoformat, default=datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    parser.add_argument("--again", action="store_true", help="empty the shop first")
    asked = parser.parse_args()
    with psycopg.connect(asked.url) as connection:
        if asked.again:
            empty(connection)
        try:
            seconds = fill(connection, people=asked.people, orders=asked.orders, seed=asked.seed, today=asked.today)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
        connection.autocommit = True
        seconds["vacuum and analyze"] = timed(connection, [b"VACUUM (ANALYZE)"])
        for name, count in count_rows(connection).items():
            print(f"{count:>10,}  {name}")
    for name, took in seconds.items():
        print(f"{took:>9.1f} s  {name}")
    print(f"{sum(seconds.values()):>9.1f} s  in all")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
