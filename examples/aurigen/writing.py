"""Getting rows into a database quickly: SQLite, PostgreSQL (COPY), MariaDB and MySQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.schema import CreateTable

__all__ = ["Writer", "open_engine"]

Rows = Iterable[Sequence[object]]
DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}


def open_engine(url: str) -> Engine:
    """Return an engine for a plain URL (sqlite:///, postgresql://, mysql://, mariadb://); times are UTC throughout."""
    address = make_url(url)
    engine = create_engine(address.set(drivername=DRIVERS.get(address.drivername, address.drivername)))
    event.listen(engine, "connect", _in_utc)
    return engine


def _in_utc(connection: Any, _record: object) -> None:
    """Make the session read times without a zone as UTC, and SQLite write without waiting for the disk."""
    statement = {
        "sqlite3": "PRAGMA synchronous = OFF",
        "psycopg": "SET TIME ZONE 'UTC'",
        "pymysql": "SET time_zone = '+00:00'",
    }
    cursor = connection.cursor()
    cursor.execute(statement[type(connection).__module__.partition(".")[0]])
    cursor.close()
    connection.commit()


class Writer:
    """Makes the tables of one store and fills them, in one transaction where the engine has them for tables too."""

    def __init__(self, connection: Connection, tables: MetaData) -> None:
        """Take an open connection and the tables."""
        self._connection = connection
        self._tables = tables
        self._kind = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name

    def create(self, *, replace: bool, months: Sequence[date] = ()) -> None:
        """Make the tables, without their indexes; `months` are the bounds of the partitions of usage_events.

        Raises FileExistsError, with nothing changed, when one of them is there and `replace` was not asked for.
        """
        there = set(inspect(self._connection).get_table_names()) & set(self._tables.tables)
        if there and not replace:
            raise FileExistsError(
                f"the database already holds {', '.join(sorted(there))}; nothing was changed. Add --replace to drop them."
            )
        self._tables.drop_all(self._connection)
        for table in self._tables.sorted_tables:
            self._connection.execute(CreateTable(table))
            if table.name == "usage_events" and months:
                self._partition(table, months)

    def _partition(self, table: Table, months: Sequence[date]) -> None:
        bounds = list(pairwise(months))
        if self._kind == "postgresql":
            for start, end in bounds:
                name = f"{table.name}_{start:%Y_%m}"
                self._run(f"CREATE TABLE {name} PARTITION OF {table.name} FOR VALUES FROM ('{start}') TO ('{end}')")
        elif self._kind == "mysql":
            parts = ", ".join(f"PARTITION p{start:%Y_%m} VALUES LESS THAN ('{end} 00:00:00')" for start, end in bounds)
            self._run(f"ALTER TABLE {table.name} PARTITION BY RANGE COLUMNS (at) ({parts})")

    def fill(self, rows: Mapping[str, Rows]) -> None:
        """Write rows, the tables they point to first."""
        for table in self._tables.sorted_tables:
            if waiting := rows.get(table.name):
                self.write(table.name, waiting)

    def write(self, name: str, rows: Rows) -> None:
        """Write rows of one table; their cells are in the order of its columns."""
        columns = self._tables.tables[name].columns.keys()
        names = ", ".join(columns)
        if self._kind == "postgresql":
            self._copy(f"COPY {name} ({names}) FROM STDIN", rows)
            return
        marks = ", ".join(["?" if self._kind == "sqlite" else "%s"] * len(columns))
        self._connection.exec_driver_sql(f"INSERT INTO {name} ({names}) VALUES ({marks})", [tuple(row) for row in rows])

    def _copy(self, statement: str, rows: Rows) -> None:
        raw: Any = self._connection.connection.cursor()
        with raw.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def finish(self) -> None:
        """Make the indexes, and let the store count its rows."""
        for table in self._tables.sorted_tables:
            for index in sorted(table.indexes, key=lambda found: str(found.name)):
                index.create(self._connection)
            self._run(f"ANALYZE TABLE {table.name}" if self._kind == "mysql" else f"ANALYZE {table.name}")

    def _run(self, statement: str) -> None:
        self._connection.execute(text(statement))


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None."""
    address: URL = make_url(url)
    return Path(address.database) if address.drivername == "sqlite" and address.database else None
