"""What enforced foreign keys mean for an erasure: in which order rows can go, and which must stay because others need them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kept.base.conditions import AnyOf, Condition, Everything, Key, Not, OneOf, Through
from kept.base.names import Table
from kept.base.questions import ColumnInfo, ForeignKey, Schema, TableInfo
from kept.policy.datamap import Link, MappedTable
from kept.policy.keeping import all_of, any_of
from kept.policy.policy import Policy

__all__ = ["SPARED", "Ties", "children_first", "levels", "link_of"]

SPARED: Final = ("CASCADE", "SET NULL", "SET DEFAULT")
"""What a store does by itself to rows that point to one that goes."""

NOBODY: Final = AnyOf(parts=())

Rows: TypeAlias = Callable[[MappedTable], Condition | None]
Values: TypeAlias = Callable[[Table, Sequence[str], Condition], Iterable[tuple[Key | None, ...]]]


def link_of(mapped: MappedTable | None, column: str) -> Link | None:
    """Return the map's link by a column, None where the map knows none."""
    return next((link for link in mapped.map.links if link.column == column), None) if mapped is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """The foreign keys of one store. `stays` says which rows of a table stay untouched, `going` which leave with their people.

    `values` looks into the store, where what points to what cannot be said in a condition: keys of several columns.
    """

    policy: Policy
    schema: Schema
    stays: Rows
    going: Rows
    values: Values

    def to(self, table: Table) -> Iterator[tuple[TableInfo, ForeignKey, ColumnInfo]]:
        """Yield the foreign keys that point to a table, each with the column by which a row can let go of it, else its first."""
        for info in self.schema.tables:
            for key in info.foreign_keys:
                column = self._loosest(info, key)
                if key.to == table and column is not None:
                    yield info, key, column

    def _loosest(self, info: TableInfo, key: ForeignKey) -> ColumnInfo | None:
        """Return the column that may be empty and says least else: the last that is in no other key; the first where none may."""
        columns = [column for name in key.columns if (column := info.column(name)) is not None]
        others = {name for other in info.foreign_keys if other != key for name in other.columns} | set(info.key)
        loose = [column for column in columns if column.nullable]
        loose.sort(key=lambda column: column.name not in others)
        return loose[-1] if loose else next(iter(columns), None)

    def link(self, child: MappedTable | None, key: ForeignKey) -> Link | None:
        """Return the map's link that says what a foreign key says; of several columns, one that leads to the same table."""
        if len(key.columns) == 1:
            return link_of(child, key.columns[0])
        return next((link for name in key.columns if (link := link_of(child, name)) is not None and link.to.table == key.to), None)

    def pointing(self, key: ForeignKey, where: Condition) -> Condition:
        """Return which rows of a table point by a foreign key to rows that meet a condition."""
        return self._matching(key.columns, key.to, key.to_columns, where)

    def pointed(self, info: TableInfo, key: ForeignKey, where: Condition) -> Condition:
        """Return which rows a foreign key's rows that meet a condition point to; by several columns, those that go."""
        if len(key.columns) > 1:
            mapped = self.policy.table(key.to)
            going = self.going(mapped) if mapped is not None else None
            if going is None:
                return NOBODY
            where = all_of(where, Through(column=key.columns[0], to=key.to, key=key.to_columns[0], where=going))
        return self._matching(key.to_columns, info.table, key.columns, where)

    def _matching(self, here: Sequence[str], to: Table, there: Sequence[str], where: Condition) -> Condition:
        """Return which rows hold in `here` what rows of `to` that meet a condition hold in `there`."""
        if len(here) == 1:
            return Through(column=here[0], to=to, key=there[0], where=where)
        rows = {tuple(row) for row in self.values(to, tuple(there), where) if None not in row}
        # The column that tells most rows apart goes last: the fewer groups, the fewer conditions.
        *first, last = sorted(range(len(here)), key=lambda at: len({row[at] for row in rows}))
        groups: dict[tuple[Key | None, ...], list[Key]] = {}
        for row in sorted(rows, key=repr):
            groups.setdefault(tuple(row[at] for at in first), []).append(_some(row[last]))
        each = (
            all_of(
                *(OneOf(column=here[at], keys=(_some(one),)) for at, one in zip(first, group, strict=True)),
                OneOf(column=here[last], keys=tuple(keys)),
            )
            for group, keys in groups.items()
        )
        return any_of(*each) if groups else NOBODY

    def needed(self, mapped: MappedTable, path: tuple[Table, ...] = ()) -> Condition | None:
        """Return which rows of a table cannot go because rows that stay point to them; None: none."""
        parts: list[Condition] = []
        path = (*path, mapped.table)
        for info, key, column in self.to(mapped.table):
            stay = self._pointing(self.policy.table(info.table), key, column, path)
            if stay is not None and (there := self.pointed(info, key, stay)) != NOBODY:
                parts.append(there)
        return any_of(*parts) if parts else None

    def _pointing(
        self, child: MappedTable | None, key: ForeignKey, column: ColumnInfo, path: tuple[Table, ...]
    ) -> Condition | None:
        """Return which rows of a table that points here stay and go on pointing here."""
        link = self.link(child, key)
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


def _some(one: Key | None) -> Key:
    if one is None:
        raise ValueError("a key that points nowhere was to be left out")
    return one


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
