"""Writing many rows with one statement: `executemany` on SQLite, arrays on PostgreSQL.

Django's `bulk_create` makes an object a row, which costs several times what the database itself does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet

__all__ = ["Ask", "Due", "Insert", "ask", "insert", "one_round_trip"]

SOME_DAY = datetime(9999, 12, 30, tzinfo=UTC)
"""Stands for the moment that is asked about while a question is put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """The same insertion for both databases: one row with `?`, one row with `%b`, many rows from arrays."""

    sqlite: str
    one: str
    many: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The same question for both databases, and its values."""

    sqlite: str
    postgresql: str
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due at a moment, asked for again and again: the question is put together once, which takes longer than the answer.

    `query` gives the rows due at a moment as plain values (numbers and texts, from `values_list`).
    """

    query: Callable[[datetime], QuerySet[Any, tuple[Any, ...]]]
    _composed: dict[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)

    def at(self, moment: datetime) -> list[tuple[Any, ...]]:
        """Return the rows, in the transaction that is open. Raises Django's database errors."""
        here = connections[DEFAULT_DB_ALIAS]
        if here.vendor not in self._composed:
            self._composed[here.vendor] = self.query(SOME_DAY).query.sql_with_params()
        sql, values = self._composed[here.vendor]
        stands, now = (here.ops.adapt_datetimefield_value(one) for one in (SOME_DAY, moment))
        with here.cursor() as cursor:
            cursor.execute(sql, [now if value == stands else value for value in values])
            return list(cursor.fetchall())


@contextmanager
def one_round_trip() -> Iterator[None]:
    """Send the statements inside to PostgreSQL together; each still sees what the ones before it did. Nothing to gain on SQLite."""
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            yield
        else:
            with connection.connection.pipeline():
                yield


def insert(statement: Insert, columns: Sequence[Sequence[Any]]) -> None:
    """Insert rows given column by column, in the transaction that is open. Raises Django's database errors."""
    here = connections[DEFAULT_DB_ALIAS]
    with here.wrap_database_errors:
        if here.vendor == "sqlite":
            here.connection.executemany(statement.sqlite, zip(*columns, strict=True))
        elif len(columns[0]) == 1:
            psycopg.Cursor(here.connection).execute(statement.one.encode(), [column[0] for column in columns])
        else:
            psycopg.Cursor(here.connection).execute(statement.many.encode(), [list(column) for column in columns])


def ask(*questions: Ask) -> list[list[tuple[Any, ...]]]:
    """Return the rows that answer each question, in the transaction that is open, all in one round trip.

    A question with an empty text is left out and answered by no rows. Raises Django's database errors.
    """
    here = connections[DEFAULT_DB_ALIAS]
    with here.wrap_database_errors:
        if here.vendor == "sqlite":
            return [here.connection.execute(one.sqlite, one.values).fetchall() if one.sqlite else [] for one in questions]
        with here.connection.pipeline():
            cursors = [psycopg.Cursor(here.connection).execute(one.postgresql.encode(), one.values) for one in questions]
        return [cursor.fetchall() for cursor in cursors]
