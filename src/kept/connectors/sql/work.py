"""One change on one table, composed once and then done stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kept.base.changes import Rectify, selection_of
from kept.base.conditions import AllOf, Condition, Equals, Key, OneOf
from kept.base.errors import CannotAnswer

from .assigning import TableChange, statement_of
from .counting import streamed
from .forms import forms_of
from .native import Address, Clause, Native, Span
from .residual import Residual, split
from .rewriting import Rewriting, rewriting
from .sealing import sealed_column
from .shape import Shape
from .where import Where

__all__ = ["NAMED", "Work", "compose"]

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
        if not self.by_row:
            statement = self.statement.where(span.clause, self.clause)
            return int(self.connection.execute(self.native.limited(statement, span.limit)).rowcount)
        return self._written(self._chosen(self._locked(span.clause)))

    @property
    def by_row(self) -> bool:
        """Whether rows are fetched one by one, to be judged or rewritten here."""
        return self.residual is not None or self.rewriting is not None

    def sought(self) -> list[Address]:
        """Return the rows to be touched, found without a lock; the table is streamed."""
        found: list[Address] = []
        for rows in streamed(self.connection, self._fetch(sa.true())):
            found += [tuple(row[: len(self.shape.address)]) for row in self._chosen(rows)]
        return found

    def do_named(self, addresses: Sequence[Address]) -> Iterator[tuple[int, int]]:
        """Lock rows that were sought, by handfuls, and do the change on those that still call for it; yield, of each handful, how
        many were there and how many were touched.
        """
        for at in range(0, len(addresses), NAMED):
            rows = self._locked(self.native.named(self.shape, addresses[at : at + NAMED]))
            yield len(rows), self._written(self._chosen(rows))

    def _written(self, rows: Sequence[Sequence[Any]]) -> int:
        """Change rows that were locked and chosen."""
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

    def _fetch(self, clause: Clause) -> sa.Select[Any]:
        """Select what names a row, what is rewritten of it, and what it is judged by."""
        old = self.rewriting.selected if self.rewriting else ()
        chosen = [*self.shape.address, *old, *(self.residual.selected if self.residual else ())]
        labelled = [column.label(f"kept_{at}") for at, column in enumerate(chosen)]
        return sa.select(*labelled).select_from(self.shape.source).where(clause, self.clause)

    def _locked(self, clause: Clause) -> Sequence[Sequence[Any]]:
        """Lock and fetch rows, so that they stay as they are judged."""
        return self.connection.execute(self._fetch(clause).with_for_update()).all()

    def _chosen(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return those of the fetched rows that the detectors pick and that are not done already."""
        width = len(self.shape.address)
        old = slice(width, width + len(self.rewriting.selected) if self.rewriting else width)
        if self.residual is not None:
            rows = self.residual.chosen(rows, old.stop)
        if self.rewriting is None or self.rewriting.done is None or not rows:
            return rows
        return [row for row, done in zip(rows, self.rewriting.done([row[old] for row in rows]), strict=True) if not done]

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


def compose(where: Where, change: TableChange, *, by_keys: bool = True) -> Work:
    """Put the work together, by handfuls of keys where an index leads to them, unless told not to.

    Raises CannotAnswer or StoreRefused when the table cannot be changed this way.
    """
    shape = where.shape(change.table)
    if shape.info.is_view:
        raise CannotAnswer(f"{shape.table} is a view", store=shape.table.store, todo="Name the table behind it in the map.")
    parts = split(selection_of(change))
    rewritten = rewriting(where, shape, change)
    if not shape.address and (parts.rest is not None or rewritten is not None or not where.native.limits):
        happened = f"{shape.table} has no primary key, so its rows cannot be told apart"
        raise CannotAnswer(happened, store=shape.table.store, todo="Give the table a primary key, or null or delete by a clock.")
    plain = Work(
        native=where.native,
        connection=where.connection,
        shape=shape,
        clause=where.clause(shape, parts.stored),
        statement=None if rewritten else _statement(where, change, shape),
        rewriting=rewritten,
        residual=None if parts.rest is None else Residual.of(where, shape, parts.rest),
    )
    return (_by_keys(where, plain, parts.stored) if by_keys else None) or plain


def _statement(where: Where, change: TableChange, shape: Shape) -> Any:
    """Return the change's statement; where a sealed value is emptied, its blind index goes with it."""
    statement = statement_of(where.native, change, shape)
    sealed = sealed_column(where, shape, change.column) if isinstance(change, Rectify) else None
    return statement.values({shape.column(sealed.by.index): sa.null()}) if sealed and sealed.by.index else statement


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
        forms = tuple(forms_of(where.native, info, listed))
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
