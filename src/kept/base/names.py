"""Names of tables and columns, whole and unambiguous.

A table is written `store.table` or `store.schema.table`; a column adds its own name behind. A part that itself holds a dot
(or a space, or a quote) is written in double quotes with inner quotes doubled, as SQL does: `shop."weird.name".id`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Column", "Table", "quote_part", "split_name"]

PLAIN = re.compile(r"[A-Za-z0-9_$-]+\Z")
PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


def quote_part(part: str) -> str:
    """Return the part as written in a dotted name: bare where that is unambiguous, else in double quotes."""
    return part if PLAIN.match(part) else '"' + part.replace('"', '""') + '"'


def split_name(text: str) -> tuple[str, ...]:
    """Split a dotted name into its parts. Raises ValueError with what was expected."""
    parts: list[str] = []
    at = 0
    while True:
        found = PART.match(text, at)
        if not found:
            raise ValueError(f"{text!r} is not a dotted name such as store.table or store.table.column")
        quoted, bare = found.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else bare)
        at = found.end()
        if at == len(text):
            return tuple(parts)
        if text[at] != ".":
            raise ValueError(f"{text!r} has {text[at]!r} where a dot was expected")
        at += 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Table:
    """A table in a store; `schema` is empty where the store has only one, or for its default."""

    pattern: ClassVar[str] = r"^[^.]+(\.[^.]+){1,2}$"
    example: ClassVar[str] = "shop.orders"

    store: str
    name: str
    schema: str = ""

    @classmethod
    def parse(cls, text: str) -> Table:
        """Read `store.table` or `store.schema.table`. Raises ValueError."""
        match split_name(text):
            case (store, name):
                return cls(store=store, name=name)
            case (store, schema, name):
                return cls(store=store, schema=schema, name=name)
            case _:
                raise ValueError(f"{text!r} is not a table; expected store.table or store.schema.table")

    @property
    def local(self) -> str:
        """The name inside its store: `table` or `schema.table`."""
        return ".".join(quote_part(part) for part in (self.schema, self.name) if part)

    def column(self, name: str) -> Column:
        """Return a column of this table."""
        return Column(table=self, name=name)

    def __str__(self) -> str:
        """`store.table`, quoted where it must be."""
        return f"{quote_part(self.store)}.{self.local}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Column:
    """A column of a table."""

    pattern: ClassVar[str] = r"^[^.]+(\.[^.]+){2,3}$"
    example: ClassVar[str] = "shop.orders.placed_at"

    table: Table
    name: str

    @classmethod
    def parse(cls, text: str) -> Column:
        """Read `store.table.column` or `store.schema.table.column`. Raises ValueError."""
        match split_name(text):
            case (store, table, name):
                return cls(table=Table(store=store, name=table), name=name)
            case (store, schema, table, name):
                return cls(table=Table(store=store, schema=schema, name=table), name=name)
            case _:
                raise ValueError(f"{text!r} is not a column; expected store.table.column")

    def __str__(self) -> str:
        """`store.table.column`, quoted where it must be."""
        return f"{self.table}.{quote_part(self.name)}"
