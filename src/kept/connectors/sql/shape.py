"""A table as the connector works with it: what the schema says, and how its rows are named in a statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from kept.base.errors import CannotAnswer
from kept.base.names import Table
from kept.base.questions import ColumnInfo, TableInfo

__all__ = ["Shape", "quoted", "source_of"]


def quoted(name: str) -> sa.quoted_name:
    """Return the name so that SQLAlchemy always quotes it."""
    return sa.quoted_name(name, quote=True)


def source_of(name: str, columns: Iterable[str], schema: str | None = None) -> sa.TableClause:
    """Return a table to compose statements with; every name is quoted."""
    named: list[sa.ColumnClause[Any]] = [sa.column(quoted(column)) for column in columns]
    return sa.table(quoted(name), *named, schema=quoted(schema) if schema else None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """A table of the store.

    `address` names one row for as long as a transaction lasts (empty: rows cannot be named); `key` are the columns of a key that
    is never NULL, by which the table can be walked; `indexed` are columns an index begins with; `computed` are columns that the
    store derives from others, into which nothing can be written; `oid` and `pages` are PostgreSQL's; `transactional` is False
    where a statement cannot be taken back.
    """

    info: TableInfo
    source: sa.TableClause
    address: tuple[sa.ColumnElement[Any], ...] = ()
    key: tuple[str, ...] = ()
    indexed: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    oid: int = 0
    pages: int = 0
    transactional: bool = True

    @property
    def table(self) -> Table:
        """The table's name."""
        return self.info.table

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """Return a column to compose with. Raises CannotAnswer when the table has none of that name."""
        self.described(name)
        return self.source.c[name]

    def described(self, name: str) -> ColumnInfo:
        """Return what the store says of a column. Raises CannotAnswer when the table has none of that name."""
        found = self.info.column(name)
        if found is None:
            happened = f"{self.table} has no column {name}"
            raise CannotAnswer(happened, store=self.table.store, todo="Correct the map, or scan the store again.")
        return found

    def again(self, alias: str) -> Shape:
        """Return the same table under another name, to look into it from a statement over itself."""
        return replace(self, source=cast("sa.TableClause", self.source.alias(alias)), address=())

    def keyed(self) -> Sequence[sa.ColumnElement[Any]]:
        """Return the key's columns."""
        return [self.source.c[name] for name in self.key]
