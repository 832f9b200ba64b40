"""From a condition to the expression that means the same in the store."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from kept.base.conditions import (
    AllOf,
    AnyOf,
    ClockUnit,
    Condition,
    Equals,
    Everything,
    Finds,
    Folded,
    Key,
    Mentions,
    Missing,
    NoClock,
    Not,
    Older,
    OneOf,
    SealIs,
    StartsWith,
    Through,
    Uncoarse,
)
from kept.base.errors import CannotAnswer
from kept.base.names import Table
from kept.base.personal import Personal
from kept.base.seals import NoSeals, Seals
from kept.base.words import Words

from .forms import forms_of
from .native import Clause, Native
from .shape import Shape
from .sieves import perhaps

__all__ = ["Where", "shape_of"]

NUMBERS = {"integer", "decimal"}


def shape_of(native: Native, connection: sa.Connection, table: Table) -> Shape:
    """Return the table as it is now. Raises CannotAnswer when it is not there."""
    for shape in native.shapes(connection, table.store, [table]):
        return shape
    raise CannotAnswer(f"{table} is not there", store=table.store, todo="Correct the map, or scan the store again.")


@dataclass(slots=True, kw_only=True)
class Where:
    """Composes conditions over the tables of one store, on one connection, for one question or change."""

    native: Native
    connection: sa.Connection
    seals: Seals = field(default_factory=NoSeals)
    _shapes: dict[Table, Shape] = field(default_factory=dict)
    _clocks: set[tuple[Table, str, ClockUnit]] = field(default_factory=set)
    _words: dict[tuple[Personal[str], ...], Words] = field(default_factory=dict)
    _aliases: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def known(self) -> dict[Table, Shape]:
        """The tables that were looked at."""
        return self._shapes

    def shape(self, table: Table) -> Shape:
        """Return the table as it is now; it is looked up once. Raises CannotAnswer when it is not there."""
        if table not in self._shapes:
            self._shapes[table] = shape_of(self.native, self.connection, table)
        return self._shapes[table]

    def clause(self, shape: Shape, condition: Condition) -> Clause:
        """Return the expression. Raises CannotAnswer for a missing column or a clock that is none.

        `Uncoarse`, `Finds` and `SealIs` are not for the store; whoever calls has taken them out before (see `residual`). Of
        `Mentions` it gives what the store can say: rows that it leaves out mention nothing, the others must be judged.
        """
        match condition:
            case Everything():
                return sa.true()
            case Older() | NoClock():
                return self._clock(shape, condition)
            case Missing(column=column):
                return shape.column(column).is_(None)
            case Equals(column=column, value=value):
                return self._holds(shape, column, [value])
            case OneOf(column=column, keys=keys):
                return self._holds(shape, column, keys)
            case Folded() | StartsWith():
                return self._reads(shape, condition)
            case Through():
                return self._through(shape, condition)
            case Not(what=what):
                return self._other_than(shape, what)
            case AllOf() | AnyOf():
                parts = [self.clause(shape, part) for part in condition.parts]
                return sa.and_(sa.true(), *parts) if isinstance(condition, AllOf) else sa.or_(sa.false(), *parts)
            case Mentions():
                return self._perhaps(shape, condition)
            case Uncoarse() | Finds() | SealIs():
                raise TypeError("conditions over detectors or seals are not composed")

    def _clock(self, shape: Shape, clock: Older | NoClock) -> Clause:
        self._checked(shape, clock.column, clock.unit)
        if isinstance(clock, Older):
            return self.native.older(shape, clock.column, clock.cutoff, clock.unit)
        return self.native.no_clock(shape, clock.column, clock.unit)

    def _reads(self, shape: Shape, condition: Folded | StartsWith) -> Clause:
        text = self.native.readable(shape.column(condition.column), shape.described(condition.column))
        if isinstance(condition, Folded):
            return sa.func.lower(text).in_(list(condition.keys))
        return self.native.starts_with(text, condition.prefix)

    def _other_than(self, shape: Shape, what: Condition) -> Clause:
        if isinstance(what, Missing):
            return shape.column(what.column).is_not(None)
        return self.clause(shape, what).is_not(sa.true())

    def _holds(self, shape: Shape, column: str, keys: Sequence[Key | bool]) -> Clause:
        info = shape.described(column)
        forms = forms_of(self.native, info, keys)
        held = self.native.comparable(shape.column(column), info)
        if len(forms) > self.native.listed:
            return self.native.staged(self.connection, held, info, forms)
        if len(forms) == 1:
            return held == sa.literal(forms[0])
        return held.in_(forms) if forms else sa.false()

    def _perhaps(self, shape: Shape, mentions: Mentions) -> Clause:
        info, column = shape.described(mentions.column), shape.column(mentions.column)
        if info.type == "binary" or self.seals.of(shape.table.column(mentions.column)) is not None:
            return sa.true()
        return perhaps(self.native, self.connection, self.native.readable(column, info), self.words(mentions.words))

    def words(self, words: tuple[Personal[str], ...]) -> Words:
        """Return people's words, made ready once."""
        if words not in self._words:
            self._words[words] = Words.of(words)
        return self._words[words]

    def _through(self, shape: Shape, link: Through) -> Clause:
        there = self.shape(link.to).again(f"kept_{next(self._aliases)}")
        here, key = shape.described(link.column), there.described(link.key)
        left, right = shape.column(link.column), there.column(link.key)
        if here.type != key.type and not {here.type, key.type} <= NUMBERS:
            left, right = self.native.readable(left, here), self.native.readable(right, key)
        found = sa.select(sa.literal(1)).select_from(there.source).where(left == right, self.clause(there, link.where))
        return sa.exists(found.correlate(shape.source))

    def _checked(self, shape: Shape, column: str, unit: ClockUnit) -> None:
        shape.described(column)
        if (shape.table, column, unit) in self._clocks:
            return
        fault = self.native.clock_fault(self.connection, shape, column, unit)
        if fault:
            happened = f"{shape.table.column(column)} {fault}"
            raise CannotAnswer(happened, store=shape.table.store, todo="Name another clock in the map, or its unit.")
        self._clocks.add((shape.table, column, unit))
