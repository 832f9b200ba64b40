"""One change on one table, composed once and then done stretch by stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kept.base.changes import selection_of
from kept.base.conditions import AllOf, Condition, Equals, Key, OneOf
from kept.base.errors import CannotAnswer

from .assigning import RowChange, statement_of
from .native import Clause, Native, Span
from .residual import Residual, split
from .rewriting import Rewriting, rewriting
from .shape import Shape
from .where import Where

__all__ = ["Work", "compose"]

NAMED = 1_000
"""How many rows one statement names by their address."""
KEYS_AT_FIRST = 200
JUDGED_AT_FIRST = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """What to do on each stretch of a table, and which stretches there are.

    `coarser` is the same work over the whole table, for when one stretch of this one proves too much.
    """

    native: Native
    connection: sa.Connection
    shape: Shape
    clause: Clause
    statement: Any
    rewriting: Rewriting | None
    residual: Residual | None
    keys: tuple[sa.ColumnElement[Any], tuple[Any, ...]] | None = None
    plain: Work | None = None

    @property
    def first(self) -> int:
        """How many units the first stretch has: few where values of any length must be fetched."""
        if self.keys is not None:
            return KEYS_AT_FIRST
        return max(1, min(self.native.first, JUDGED_AT_FIRST)) if self.residual is not None else self.native.first

    def span(self, start: Any, size: int) -> Span | None:
        """Return the next stretch: of the keys, where the rows are found by an index, else of the table."""
        if self.keys is None:
            return self.native.span(self.connection, self.shape, start, size)
        column, forms = self.keys
        begin = start or 0
        chunk = forms[begin : begin + size]
        return Span(clause=column.in_([sa.literal(form) for form in chunk]), end=begin + len(chunk)) if chunk else None

    def count(self, span: Span) -> int:
        """Count the rows of a stretch that would be touched."""
        counted = sa.select(sa.func.count()).select_from(self.shape.source).where(span.clause, self.clause)
        return int(self.connection.execute(counted).scalar_one())

    def do(self, span: Span) -> int:
        """Do the change on a stretch, inside the caller's transaction; return how many rows were touched."""
        if self.residual is None:
            statement = self.statement.where(span.clause, self.clause)
            return int(self.connection.execute(self.native.limited(statement, span.limit)).rowcount)
        rows = self._judged(span, self.residual)
        width = len(self.shape.address)
        if self.rewriting is not None:
            old = slice(width, width + len(self.rewriting.selected))
            news = self.rewriting.make([row[old] for row in rows])
            given = [(tuple(row[:width]), new) for row, new in zip(rows, news, strict=True)]
            return self.native.rewrite(self.connection, self.shape, self.rewriting.columns, given)
        touched = 0
        for at in range(0, len(rows), NAMED):
            named = self.native.named(self.shape, [tuple(row[:width]) for row in rows[at : at + NAMED]])
            touched += int(self.connection.execute(self.statement.where(named)).rowcount)
        return touched

    def _judged(self, span: Span, residual: Residual) -> list[Sequence[Any]]:
        """Lock and fetch the rows of a stretch that the detectors pick, so that they stay as they were judged."""
        old = self.rewriting.selected if self.rewriting else ()
        chosen = [*self.shape.address, *old, *residual.selected]
        labelled = [column.label(f"kept_{at}") for at, column in enumerate(chosen)]
        statement = sa.select(*labelled).select_from(self.shape.source).where(span.clause, self.clause).with_for_update()
        return residual.chosen(self.connection.execute(statement).all(), len(self.shape.address) + len(old))

    def people(self, span: Span) -> list[object]:
        """Return the keys of the people whose values a stretch would seal; nobody where nothing is sealed."""
        sealed = self.rewriting.sealed if self.rewriting else None
        if sealed is None:
            return []
        person = self.shape.column(sealed.by.person)
        listed = sa.select(person).distinct().select_from(self.shape.source)
        wanted = listed.where(span.clause, self.clause, person.is_not(None), self.shape.column(sealed.name).is_not(None))
        return list(self.connection.scalars(wanted))

    def admit(self, people: Sequence[object]) -> None:
        """See to it that people have keys before their rows are locked: a key service may be slow."""
        sealed = self.rewriting.sealed if self.rewriting else None
        if sealed is not None and people:
            sealed.seals.admit(sealed.by, people)


def compose(where: Where, change: RowChange) -> Work:
    """Put the work together. Raises CannotAnswer or StoreRefused when the table cannot be changed this way."""
    shape = where.shape(change.table)
    if shape.info.is_view:
        raise CannotAnswer(f"{shape.table} is a view", store=shape.table.store, todo="Name the table behind it in the map.")
    parts = split(selection_of(change))
    rewritten = rewriting(where, shape, change)
    if not shape.address and (parts.rest is not None or not where.native.limits):
        happened = f"{shape.table} has no primary key, so its rows cannot be told apart"
        raise CannotAnswer(happened, store=shape.table.store, todo="Give the table a primary key, or null or delete by a clock.")
    plain = Work(
        native=where.native,
        connection=where.connection,
        shape=shape,
        clause=where.clause(shape, parts.stored),
        statement=None if rewritten else statement_of(where.native, change, shape),
        rewriting=rewritten,
        residual=None if parts.rest is None else Residual.of(where, shape, parts.rest),
    )
    return _by_keys(where, plain, parts.stored) or plain


def _by_keys(where: Where, plain: Work, stored: Condition) -> Work | None:
    """Where an index leads from keys to rows, take the keys by handfuls instead of walking the table."""
    flat = list(_flat(stored))
    for at, part in enumerate(flat):
        match part:
            case OneOf(column=column, keys=keys):
                listed: tuple[Key | bool, ...] = keys
            case Equals(column=column, value=value):
                listed = (value,)
            case _:
                continue
        if column not in plain.shape.indexed:
            continue
        info = plain.shape.described(column)
        forms = tuple(dict.fromkeys(form for key in listed for form in where.native.forms(info, key)))
        rest = AllOf(parts=tuple(flat[:at] + flat[at + 1 :]))
        return Work(
            native=plain.native,
            connection=plain.connection,
            shape=plain.shape,
            clause=where.clause(plain.shape, rest),
            statement=plain.statement,
            rewriting=plain.rewriting,
            residual=plain.residual,
            keys=(where.native.comparable(plain.shape.column(column), info), forms),
            plain=plain,
        )
    return None


def _flat(condition: Condition) -> list[Condition]:
    if isinstance(condition, AllOf):
        return [inner for part in condition.parts for inner in _flat(part)]
    return [condition]
