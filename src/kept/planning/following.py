"""What goes with a row that goes: the rows it owns, as the map and the store's own foreign keys say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from kept.base.changes import Anonymise, Change, DeleteRows, Null
from kept.base.conditions import AllOf, AnyOf, Condition, Missing, Not, Through
from kept.base.names import Column, Table
from kept.base.questions import ForeignKey, Schema, TableInfo
from kept.policy.datamap import Link, MappedTable
from kept.policy.keeping import Keeping, any_of
from kept.policy.policy import Policy

__all__ = ["Following", "follow"]

HARMLESS = ("CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The changes that must come before a deletion, deepest first, and what stands in its way (empty: nothing does)."""

    before: tuple[Change, ...]
    obstacles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def follow(change: DeleteRows, policy: Policy, schema: Schema, now: datetime) -> Following:
    """Return what must happen before the rows of `change` can go; counts are left at 0 for the store to fill in.

    Rows that must stay (`Keeping.stays`) are expected to be outside the change's condition already.
    """
    walk = _Walk(policy=policy, schema=schema, keeping=Keeping(policy=policy, schema=schema, now=now))
    walk.below(change.table, change.where, (change.table,))
    notes = list(dict.fromkeys(walk.notes))
    if walk.elsewhere:
        notes.append(f"rows in other stores are not followed, their own rules apply: {', '.join(dict.fromkeys(walk.elsewhere))}")
    return Following(before=tuple(walk.changes()), obstacles=tuple(dict.fromkeys(walk.obstacles)), notes=tuple(notes))


class _Walk:
    """One walk down the links: what goes, by table, deepest first; obstacles and notes on its way."""

    def __init__(self, *, policy: Policy, schema: Schema, keeping: Keeping) -> None:
        self.policy = policy
        self.schema = schema
        self.keeping = keeping
        self.obstacles: list[str] = []
        self.notes: list[str] = []
        self.elsewhere: list[str] = []
        self._kept: dict[Table, list[Change]] = {}
        self._gone: dict[Table, list[Condition]] = {}

    def changes(self) -> Iterator[Change]:
        """Yield what was found: ties are cut and rows masked first, then rows go, children before what they point to."""
        for changes in self._kept.values():
            yield from dict.fromkeys(changes)
        for table, conditions in self._gone.items():
            yield DeleteRows(table=table, where=any_of(*dict.fromkeys(conditions)), rows=0)

    def below(self, parent: Table, where: Condition, path: tuple[Table, ...]) -> None:
        """Go through everything that points to the rows of `parent` that meet `where`."""
        linked: set[tuple[Table, str]] = set()
        for mapped in self.policy.tables():
            for link in mapped.map.links:
                if link.to.table != parent:
                    continue
                linked.add((mapped.table, link.column))
                if mapped.table.store != parent.store:
                    self.elsewhere.append(str(mapped.table))
                    continue
                reached = Through(column=link.column, to=parent, key=link.to.name, where=where)
                self._through(mapped, link, reached, path)
        self._undeclared(parent, where, linked)

    def _through(self, mapped: MappedTable, link: Link, reached: Through, path: tuple[Table, ...]) -> None:
        goes = link.kind == "owned" and mapped.map.erasure == "delete"
        if mapped.table not in path and (goes or self.keeping.waits(mapped, link)):
            self.below(mapped.table, reached, (*path, mapped.table))
            self._gone.setdefault(mapped.table, []).append(reached)
            return
        rest: Condition = reached
        if link.kind == "shared" and mapped.map.erasure == "delete" and mapped.table not in path:
            last = _by_last_owner(mapped, link, reached)
            self.below(mapped.table, last, (*path, mapped.table))
            self._gone.setdefault(mapped.table, []).append(last)
            if last == reached:
                return
            rest = AllOf(parts=(reached, Not(what=last)))
        if link.kind == "owned" and mapped.map.erasure != "delete":
            self._stays(mapped.table, self._masked(mapped, rest))
        self._stays(mapped.table, self._unlinked(mapped.table, link.column, rest))

    def _stays(self, table: Table, changes: Iterator[Change]) -> None:
        self._kept.setdefault(table, []).extend(changes)

    def _masked(self, mapped: MappedTable, reached: Condition) -> Iterator[Change]:
        info = self.schema.table(mapped.table)
        rule = mapped.map.retention
        needed = {link.column for link in mapped.map.links} | ({rule.after} if rule is not None and not rule.via else set())
        masked: dict[bool, list[str]] = {}
        emptied: list[str] = []
        for name in mapped.map.fields:
            column = info.column(name) if info else None
            if column is None or info is None or name in needed or name in info.key or mapped.erasure_of(name) == "keep":
                continue
            if column.type == "text" and mapped.erasure_of(name) != "null":
                masked.setdefault(column.differs, []).append(name)
            elif column.nullable:
                emptied.append(name)
            else:
                self.obstacles.append(f"{mapped.table.column(name)} can be neither replaced nor emptied")
        for unique, names in masked.items():
            yield Anonymise(table=mapped.table, columns=tuple(names), where=reached, rows=0, unique=unique)
        if emptied:
            yield Null(table=mapped.table, columns=tuple(emptied), where=reached, rows=0)

    def _unlinked(self, table: Table, name: str, reached: Condition) -> Iterator[Change]:
        """Cut the tie of a row that stays; where the column may not be NULL, the row above cannot go."""
        info = self.schema.table(table)
        column = info.column(name) if info else None
        if column is None:
            self.obstacles.append(f"{table.column(name)} is mapped and is not there")
        elif column.nullable:
            yield Null(table=table, columns=(name,), where=reached, rows=0)
        elif info is None or name not in info.key or any(name in key.columns for key in info.foreign_keys):
            # A key that points nowhere is pointed to by the row above: that tie goes with the row above, nothing here is cut.
            self.obstacles.append(f"rows of {table} stay and need {name}; let the map anonymise what they point to instead")

    def _undeclared(self, parent: Table, where: Condition, linked: set[tuple[Table, str]]) -> None:
        """Look at foreign keys that the map does not know: they would refuse the deletion, or spread it unseen."""
        for info in self.schema.tables:
            for key in info.foreign_keys:
                if key.to == parent and not any((info.table, column) in linked for column in key.columns):
                    self._stays(info.table, self._undeclared_key(info, key, where))

    def _undeclared_key(self, info: TableInfo, key: ForeignKey, where: Condition) -> Iterator[Change]:
        columns = ", ".join(key.columns)
        mapped = self.policy.table(info.table)
        if mapped is not None and self.keeping.held(mapped):
            self.obstacles.append(f"rows of {info.table}, some under a legal hold, point here by {columns}; let the map link them")
            return
        if key.on_delete.upper() == "CASCADE" and mapped is not None and mapped.map.erasure != "delete":
            self.obstacles.append(f"the store would delete rows of {info.table}, which the map wants to stay, by {columns}")
            return
        if key.on_delete.upper() in HARMLESS:
            self.notes.append(
                f"the store itself applies {key.on_delete.upper()} to rows of {info.table} that point here by {columns}"
            )
            return
        column = info.column(key.columns[0])
        if any(_leads_through(where, info.table.column(name)) for name in key.columns):
            # Emptying the column would hide the very rows that are to go: they would stay, and nobody would find them again.
            self.obstacles.append(
                f"{info.table} points here by {columns}, by which alone the rows are found; let the map anonymise them"
            )
        elif len(key.columns) == 1 and column is not None and column.nullable:
            yield Null(
                table=info.table,
                columns=key.columns,
                where=Through(column=key.columns[0], to=key.to, key=key.to_columns[0], where=where),
                rows=0,
            )
        else:
            self.obstacles.append(f"{info.table} points here by {columns} and the map does not say what becomes of its rows")


def _by_last_owner(mapped: MappedTable, link: Link, reached: Through) -> Condition:
    """Return which shared rows have no other owner left: their other links are empty, or lead to rows that go as well."""
    others = [other for other in mapped.map.links if other.kind == "shared" and other.column != link.column]
    if not others:
        return reached
    return AllOf(parts=(reached, *(AnyOf(parts=tuple(_leaves(other, link, reached))) for other in others)))


def _leaves(other: Link, link: Link, reached: Through) -> Iterator[Condition]:
    yield Missing(column=other.column)
    if other.to == link.to:
        yield replace(reached, column=other.column)


def _leads_through(where: Condition, column: Column) -> bool:
    """Return whether a condition finds its rows by what this column holds."""
    match where:
        case Through(to=to, key=key, where=inner):
            return to.column(key) == column or _leads_through(inner, column)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return any(_leads_through(part, column) for part in parts)
        case Not(what=what):
            return _leads_through(what, column)
        case _:
            return False
