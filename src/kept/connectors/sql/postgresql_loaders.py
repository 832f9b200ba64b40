"""Reading PostgreSQL values that Python has no word for, without stumbling: infinity, years before 1, 24:00, text that is none."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import pq
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types.datetime import DateLoader, TimeLoader, TimestampLoader, TimestamptzLoader, TimetzLoader

__all__ = ["forgiving"]


class _Text(Loader):
    """Text of a database without an encoding, what is not UTF-8 is replaced; and intervals, as ISO 8601 writes them: P1Y2D."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", errors="replace")


class _OrText(Loader):
    """What the exact loader reads, else the text the server sent."""

    exact: type[Loader]

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        # psycopg's own way from oid to loader, because it knows of the same loader written in C
        self._exact = (psycopg.adapters.get_loader(oid, pq.Format.TEXT) or self.exact)(oid, context)

    def load(self, data: Buffer) -> Any:
        try:
            return self._exact.load(data)
        except (psycopg.DataError, ValueError, OverflowError):
            return bytes(data).decode("ascii", errors="replace")


class _Date(_OrText):
    exact = DateLoader


class _Timestamp(_OrText):
    exact = TimestampLoader


class _Timestamptz(_OrText):
    exact = TimestamptzLoader


class _Time(_OrText):
    exact = TimeLoader


class _Timetz(_OrText):
    exact = TimetzLoader


def forgiving(connection: psycopg.Connection[Any], _record: object) -> None:
    """Register the loaders on a new connection."""
    connection.adapters.register_loader("date", _Date)
    connection.adapters.register_loader("timestamp", _Timestamp)
    connection.adapters.register_loader("timestamptz", _Timestamptz)
    connection.adapters.register_loader("time", _Time)
    connection.adapters.register_loader("timetz", _Timetz)
    connection.adapters.register_loader("interval", _Text)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.execute("SET client_encoding TO 'SQL_ASCII'")
        connection.commit()
        for name in ("text", "varchar", "bpchar", "name"):
            connection.adapters.register_loader(name, _Text)
