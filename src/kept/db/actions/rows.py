"""Writing many rows with one statement: `executemany` on SQLite, arrays on PostgreSQL.

Django's `bulk_create` makes an object a row, which costs several times what the database itself does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

__all__ = ["Insert", "insert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """The same insertion for both databases: one row with `?`, one row with `%b`, many rows from arrays."""

    sqlite: str
    one: str
    many: str


def insert(statement: Insert, columns: Sequence[Sequence[Any]]) -> None:
    """Insert rows given column by column, in the transaction that is open. Raises Django's database errors."""
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            connection.connection.executemany(statement.sqlite, zip(*columns, strict=True))
        elif len(columns[0]) == 1:
            psycopg.Cursor(connection.connection).execute(statement.one.encode(), [column[0] for column in columns])
        else:
            psycopg.Cursor(connection.connection).execute(statement.many.encode(), [list(column) for column in columns])
