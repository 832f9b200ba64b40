"""What enforced foreign keys mean for an erasure: in which order rows can go, and which must stay because others need them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kept.base.conditions import Condition, Everything, Key, Not, Through
from kept.base.names import Table
from kept.base.questions import ColumnInfo, ForeignKey, Schema, TableInfo
from kept.policy.datamap import Link, MappedTable
from kept.policy.keeping import any_of
from kept.policy.policy import Policy

__all__ = ["SPARED", "Ties", "children_first", "levels", "link_of"]

SPARED: Final = ("CASCADE", "SET NULL", "SET DEFAULT")
"""What a store does by itself to rows that point to one that goes."""

Rows: TypeAlias = Callable[[MappedTable], Condition | None]


def link_of(mapped: MappedTable | None, column: str) -> Link | None:
    """Return the map's link by a column, None where the map knows none."""
    return next((link for link in mapped.map.links if link.column == column), None) if mapped is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """The foreign keys of one store. `stays` says which rows of a table stay untouched, `going` which leave with their people."""

    policy: Policy
    schema: Schema
    stays: Rows
    going: Rows

    def to(self, table: Table) -> Iterator[tuple[TableInfo, ForeignKey, ColumnInfo]]:
        """Yield the foreign keys of one column that point to a table, each with the column."""
        for info in self.schema.tables:
            for key in info.foreign_keys:
                column = info.column(key.columns[0])
                if key.to == table and len(key.columns) == 1 and column is not None:
                    yield info, key, column

    def needed(self, mapped: MappedTable, path: tuple[Table, ...] = ()) -> Condition | None:
        """Return which rows of a table cannot go because rows that stay point to them; None: none."""
        parts: list[Condition] = []
        path = (*path, mapped.table)
        for info, key, column in self.to(mapped.table):
            stay = self._pointing(self.policy.table(info.table), key, column, path)
            if stay is not None:
                parts.append(Through(column=key.to_columns[0], to=info.table, key=column.name, where=stay))
        return any_of(*parts) if parts else None

    def _pointing(
        self, child: MappedTable | None, key: ForeignKey, column: ColumnInfo, path: tuple[Table, ...]
    ) -> Condition | None:
        """Return which rows of a table that points here stay and go on pointing here."""
        link = link_of(child, column.name)
        spared = key.on_delete.upper() in SPARED
        if child is None:
            return None if spared or column.nullable else Everything()
        remains = self._remains(child, path)
        loose = (column.nullable or self.pseudo(link)) if link is not None else (column.nullable or spared)
        if child.map.erasure == "keep" or (child.map.erasure != "delete" and not loose):
            return Everything()
        if loose or (link is not None and link.kind == "owned" and not link.when):
            return remains
        going = self.going(child)
        others: Condition = Everything() if going is None else Not(what=going)
        return others if remains is None or isinstance(others, Everything) else any_of(others, remains)

    def _remains(self, child: MappedTable, path: tuple[Table, ...]) -> Condition | None:
        """Return which rows of a table stay: untouched, or because others need them in their turn. Circles end."""
        stays = self.stays(child)
        needed = self.needed(child, path) if child.table not in path and child.map.erasure == "delete" else None
        parts = [part for part in (stays, needed) if part is not None]
        if any(isinstance(part, Everything) for part in parts):
            return Everything()
        return any_of(*parts) if parts else None

    def pseudo(self, link: Link | None) -> bool:
        """Return whether what a link points to has a row that stands for everybody who left."""
        there = self.policy.table(link.to.table) if link is not None else None
        return there is not None and there.map.subject is not None and bool(there.map.subject.pseudo)


def children_first(tables: Sequence[MappedTable], schema: Schema) -> list[MappedTable]:
    """Return tables in an order in which those that point to others come before them; circles are cut where they are met.

    Where the map leads one way and an enforced foreign key the other (a group is reached from its memberships), the key counts.
    """
    by_name: Mapping[Table, MappedTable] = {mapped.table: mapped for mapped in tables}
    enforced = {(info.table, key.to) for info in schema.tables for key in info.foreign_keys}
    linked = {(mapped.table, link.to.table) for mapped in tables for link in mapped.map.links}
    pairs = enforced | {(here, there) for here, there in linked if (there, here) not in enforced}
    pointing: dict[Table, list[Table]] = {table: [] for table in by_name}
    for here, there in sorted(pairs):
        if here in pointing and there in pointing and here != there:
            pointing[there].append(here)
    ordered: dict[Table, None] = {}
    begun: set[Table] = set()

    def visit(table: Table) -> None:
        if table in begun:
            return
        begun.add(table)
        for child in pointing[table]:
            visit(child)
        ordered[table] = None

    for table in by_name:
        visit(table)
    return [by_name[table] for table in ordered]


def levels(rows: Mapping[Key, Sequence[Key | None]]) -> list[tuple[Key, ...]]:
    """Return the keys of rows, level by level, those that none of the rest points to first; a circle is one level, the last.

    `rows` gives for each key the keys that its row points to, its own among them or not.

    >>> levels({1: [1], 2: [1], 3: [2], 4: [1]})
    [(3, 4), (2,), (1,)]
    """
    left = {key: {to for to in pointed if to != key and to in rows} for key, pointed in rows.items()}
    found = []
    while left:
        needed = {to for pointed in left.values() for to in pointed}
        level = tuple(key for key in left if key not in needed) or tuple(left)
        found.append(level)
        for key in level:
            del left[key]
    return found
