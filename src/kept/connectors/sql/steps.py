"""From changes to the steps of one transaction: each a piece of work that one statement, or one pass over its rows, does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from kept.base.changes import Anonymise, DeleteRows, Null, PersonChange, selection_of
from kept.base.conditions import AllOf, AnyOf, Condition, OneOf, Through
from kept.base.errors import CannotAnswer
from kept.base.names import Table
from kept.base.questions import ForeignKey

from .assigning import columns_of, follows
from .links import Links, columns_in, tables_in
from .shape import Shape
from .where import Where
from .work import Work, compose

__all__ = ["Derived", "Step", "steps_of"]

KEYS = 1_000
"""How many keys one statement lists where many are better done list by list."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """A piece of work for the change of that number.

    `counts` is False for what is only done so that the rest can be; `untouched` says that no step before it reaches what it
    reads.
    """

    change: int
    work: Work
    counts: bool = True
    untouched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Derived:
    """A look whether what the store derives from other columns followed them: no row of these may be left after the change."""

    change: int
    rows: sa.Select[Any]
    shape: Shape
    columns: tuple[str, ...]


def steps_of(where: Where, changes: Sequence[PersonChange]) -> list[Step | Derived]:
    """Compose the changes. Raises CannotAnswer or StoreRefused for one that cannot be done this way."""
    steps: list[Step | Derived] = []
    links = Links(where=where)
    reached: set[tuple[Table, str]] = set()
    deleted: set[Table] = set()
    for number, change in enumerate(changes):
        shape = where.shape(change.table)
        looked_at = {change.table, *tables_in(change.where)}
        clear = not any(_goes_along(where, table, deleted, frozenset()) for table in looked_at)
        untouched = clear and looked_at.isdisjoint(table for table, _ in reached)
        known = replace(change, where=links.gone(shape, change.where, reached)) if clear else change
        for before in _let_go(where, shape, known):
            steps += (Step(change=number, work=work, counts=False, untouched=untouched) for work in _works(where, shape, before))
            untouched = False
        steps += (Step(change=number, work=work, untouched=untouched) for work in _works(where, shape, known))
        steps += _derived(where, shape, known, number)
        if isinstance(change, DeleteRows):
            deleted.add(change.table)
        written = (*columns_of(change), *shape.computed) if columns_of(change) else [column.name for column in shape.info.columns]
        reached.update((change.table, name) for name in written)
    return steps


def _derived(where: Where, shape: Shape, change: PersonChange, number: int) -> Iterator[Derived]:
    names = tuple(name for name in columns_of(change) if name in shape.computed)
    if names and isinstance(change, Null | Anonymise):
        left = where.clause(shape, selection_of(replace(change, columns=names)))
        rows = sa.select(sa.literal(1)).select_from(shape.source).where(left).limit(1)
        yield Derived(change=number, rows=rows, shape=shape, columns=names)


def _goes_along(where: Where, table: Table, deleted: set[Table], seen: frozenset[Table]) -> bool:
    """Return whether rows of a table may have gone, or let go, with those deleted elsewhere: by foreign keys that say so."""
    if not deleted or table in seen:
        return False
    try:
        keys = where.shape(table).info.foreign_keys
    except CannotAnswer:
        return True
    towards = {key.to for key in keys if key.on_delete not in ("", "no action", "restrict")}
    return not deleted.isdisjoint(towards) or any(_goes_along(where, to, deleted, seen | {table}) for to in towards)


def _works(where: Where, shape: Shape, change: PersonChange) -> Iterator[Work]:
    """Yield the change as statements that each find their rows by an index where there is one.

    Joined by OR, ways into other tables make a store read the whole table; so each way is a statement of its own, as is each
    handful of keys where the store wants that. What one has done, the next leaves out.
    """
    if follows(change, shape):
        return
    ways = change.where.parts if isinstance(change.where, AnyOf) and _parts_well(shape, change) else (change.where,)
    for way in ways:
        for some in _chunked(way) if where.native.chunked else (way,):
            yield compose(where, replace(change, where=some), by_keys=False)


def _parts_well(shape: Shape, change: PersonChange) -> bool:
    """Rows that point to one another must go in one statement."""
    parts = change.where.parts if isinstance(change.where, AnyOf) else ()
    alone = isinstance(change, DeleteRows) and any(key.to == shape.table for key in shape.info.foreign_keys)
    return bool(parts) and not alone and any(map(tables_in, parts))


def _chunked(condition: Condition) -> tuple[Condition, ...]:
    """Part the first long list of keys that every row must be in."""
    match condition:
        case OneOf(keys=keys) if len(keys) > KEYS:
            each = tuple(dict.fromkeys(keys))
            return tuple(replace(condition, keys=each[at : at + KEYS]) for at in range(0, len(each), KEYS))
        case Through(where=where):
            return tuple(replace(condition, where=some) for some in _chunked(where))
        case AllOf(parts=parts):
            for at, part in enumerate(parts):
                if len(some := _chunked(part)) > 1:
                    return tuple(AllOf(parts=(*parts[:at], one, *parts[at + 1 :])) for one in some)
        case _:
            pass
    return (condition,)


def _let_go(where: Where, shape: Shape, change: PersonChange) -> list[Null]:
    """Where foreign keys are checked row by row, rows that go together must let go of one another first."""
    if not where.native.rowwise or not isinstance(change, DeleteRows):
        return []
    named = columns_in(change.where)
    keys = [
        key
        for key in shape.info.foreign_keys
        if key.to == shape.table and _can_let_go(shape, key) and named.isdisjoint(key.columns)
    ]
    return [Null(table=change.table, columns=key.columns, where=change.where, rows=0) for key in keys]


def _can_let_go(shape: Shape, key: ForeignKey) -> bool:
    return all(shape.described(name).nullable for name in key.columns)
