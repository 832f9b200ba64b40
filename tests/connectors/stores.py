"""A real store with two ways in: an administrator's, which tests fill it by, and the connector under test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from kept.base.conditions import Condition, Everything
from kept.base.names import Table
from kept.base.ports import Connector
from kept.base.questions import CountRows, Question
from kept.base.seals import Seals
from kept.base.verdicts import Unknown
from kept.connectors import open_store
from kept.connectors.sql.connector import SqlConnector
from tests.engines import engine_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    url: str
    dialect: str
    engine: sa.Engine
    connector: Connector

    def table(self, name: str, schema: str = "") -> Table:
        return Table(store="shop", name=name, schema=schema)

    def make(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def create(self, name: str, *columns: SchemaItem, rows: Iterable[Mapping[str, Any]] = ()) -> sa.Table:
        table = sa.Table(name, sa.MetaData(), *columns)
        table.create(self.engine)
        rows = list(rows)
        with self.engine.begin() as connection:
            for at in range(0, len(rows), 5_000):
                connection.execute(table.insert(), rows[at : at + 5_000])
        return table

    def rows(self, table: sa.Table) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.c))]

    def scalar(self, statement: str) -> Any:
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(statement).scalar_one()

    def ask(self, question: Question[Any]) -> Any:
        return self.connector.answer([question]).of(question)

    def count(self, name: str, where: Condition | None = None) -> Any:
        return self.ask(CountRows(table=self.table(name), where=where or Everything()))

    def unknown(self, question: Question[Any]) -> str:
        found = self.ask(question)
        assert isinstance(found, Unknown), found
        assert found.todo
        return found.reason


@contextmanager
def opened(url: str, *, timeout_seconds: float = 60.0, seals: Seals | None = None) -> Iterator[Store]:
    read = sa.make_url(url)
    dialect = "mariadb" if read.get_backend_name() == "mysql" else read.get_backend_name()
    engine = engine_of(read)
    connector = open_store("shop", url, timeout_seconds=timeout_seconds, seals=seals)
    try:
        yield Store(url=url, dialect=dialect, engine=engine, connector=connector)
    finally:
        connector.close()
        engine.dispose()


def number(store: Store) -> int:
    """Return the server's number of the connection that the connector is lent next."""
    asked = "SELECT pg_backend_pid()" if store.dialect == "postgresql" else "SELECT CONNECTION_ID()"
    assert isinstance(store.connector, SqlConnector)
    with store.connector._access.connected("a test") as connection:
        return int(connection.exec_driver_sql(asked).scalar_one())


def visits(rows: int) -> Iterator[dict[str, Any]]:
    """Rows that are one day apart, the youngest first; every tenth has no clock, every seventh no address."""
    for at in range(rows):
        moment = (NOW - timedelta(days=at)).replace(tzinfo=None)
        yield {
            "id": at,
            "at": None if at % 10 == 9 else moment,
            "seconds": int((NOW - timedelta(days=at)).timestamp()),
            "who": at % 50,
            "email": f"person{at % 50}@example.org",
            "ip": None if at % 7 == 6 else f"203.0.113.{at % 250 + 1}",
            "note": "called from 203.0.113.77 yesterday" if at % 5 == 0 else "nothing to see",
        }


def visit_columns() -> list[SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime),
        sa.Column("seconds", sa.BigInteger),
        sa.Column("who", sa.Integer, index=True),
        sa.Column("email", sa.String(200)),
        sa.Column("ip", sa.String(60)),
        sa.Column("note", sa.Text),
    ]
