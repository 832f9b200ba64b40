"""The part of a condition that needs the detectors or the vault, evaluated here over what the store streams.

A condition is split: what the store can decide goes into the statement, the rest is judged row by row. Inside the rest, whole
branches that the store can decide come back as flags beside the values, so any nesting of the two is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from kept.base.conditions import AllOf, AnyOf, Condition, Everything, Finds, Mentions, Not, SealIs, Through, Uncoarse
from kept.base.errors import CannotAnswer
from kept.base.seals import SealState
from kept.detectors.panel import Panel
from kept.detectors.registry import detector

from .forms import as_text
from .native import Clause
from .sealing import SealedColumn, sealed_column, the_sealed_column, through
from .shape import Shape
from .where import Where

__all__ = ["Residual", "Split", "coarsener", "is_judged", "split"]

Judge: TypeAlias = Callable[[Sequence[Any]], bool]
REMEMBERED = 50_000
REMEMBERED_LENGTH = 200


def is_judged(condition: Condition) -> bool:
    """Return whether the store cannot decide the condition alone, and rows must be judged here."""
    match condition:
        case Uncoarse() | Finds() | Mentions() | SealIs():
            return True
        case Not(what=what):
            return is_judged(what)
        case Through(where=where):
            return is_judged(where)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return any(is_judged(part) for part in parts)
        case _:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A condition in two: rows must meet both. `rest` is None where the store decides all of it.

    Where `Mentions` stands in `stored`, it means the rows in which the store cannot rule it out.
    """

    stored: Condition
    rest: Condition | None


def split(condition: Condition) -> Split:
    """Split a condition at its top level."""
    if not is_judged(condition):
        return Split(stored=condition, rest=None)
    if not isinstance(condition, AllOf):
        return Split(stored=_weaker(condition) or Everything(), rest=condition)
    flat = [inner for part in condition.parts for inner in (part.parts if isinstance(part, AllOf) else (part,))]
    rest = tuple(part for part in flat if is_judged(part))
    return Split(stored=AllOf(parts=tuple(weaker for part in flat if (weaker := _weaker(part)))), rest=AllOf(parts=rest))


def _weaker(condition: Condition) -> Condition | None:
    """Return what every row that meets the condition meets too and the store can look for, None where there is no such thing."""
    match condition:
        case Mentions():
            return condition
        case AllOf(parts=parts):
            return AllOf(parts=tuple(weaker for part in parts if (weaker := _weaker(part))))
        case AnyOf(parts=parts):
            some = tuple(weaker for part in parts if (weaker := _weaker(part)))
            return AnyOf(parts=some) if len(some) == len(parts) else None
        case _:
            return None if is_judged(condition) else condition


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residual:
    """What to select beside everything else, and how to judge rows by it."""

    selected: tuple[sa.ColumnElement[Any], ...]
    holds: Judge
    """Takes the selected values of one row."""
    sealed: tuple[tuple[SealedColumn, int], ...] = ()
    """The sealed columns among what is selected, with the place where each begins."""

    def chosen(self, rows: Sequence[Sequence[Any]], begin: int = 0) -> list[Sequence[Any]]:
        """Return the rows that meet the condition; its values begin at place `begin` of each.

        Keys are fetched once for all of them.
        """
        for column, at in self.sealed:
            column.prepare([column.cell(row[begin + at :]) for row in rows])
        if begin:
            return [row for row in rows if self.holds(row[begin:])]
        return [row for row in rows if self.holds(row)]

    @classmethod
    def of(cls, where: Where, shape: Shape, condition: Condition) -> Residual:
        """Prepare to judge a condition on a table. Raises CannotAnswer for a missing column or a kind without a rule."""
        building = _Building(where, shape)
        holds = building.judge(condition)
        return cls(selected=tuple(building.selected), holds=holds, sealed=tuple(building.sealed.values()))


class _Building:
    """Collects what must be selected while the judge is put together."""

    def __init__(self, where: Where, shape: Shape) -> None:
        self.where = where
        self.shape = shape
        self.selected: list[sa.ColumnElement[Any]] = []
        self.sealed: dict[str, tuple[SealedColumn, int]] = {}
        self._places: dict[str, int] = {}

    def judge(self, condition: Condition) -> Judge:
        if not is_judged(condition):
            place = self._flag(self.where.clause(self.shape, condition))
            return lambda row: bool(row[place])
        match condition:
            case Uncoarse(column=column, kind=kind):
                coarsen = coarsener(kind, self.shape)
                return self._text(column, lambda text: coarsen(text) != text)
            case Finds(column=column, kinds=kinds):
                found_in = panel(kinds, self.shape).found_in
                return self._text(column, lambda text: bool(found_in(text)))
            case Mentions(column=column, words=words):
                return self._text(column, self.where.words(words).found_in)
            case SealIs(column=column, states=states):
                return self._seal(column, states)
            case Not(what=what):
                inner = self.judge(what)
                return lambda row: not inner(row)
            case AllOf(parts=parts):
                every = [self.judge(part) for part in parts]
                return lambda row: all(judge(row) for judge in every)
            case AnyOf(parts=parts):
                some = [self.judge(part) for part in parts]
                return lambda row: any(judge(row) for judge in some)
            case _:
                happened = f"{self.shape.table} is linked through a condition that only the detectors can decide"
                raise CannotAnswer(happened, store=self.shape.table.store, todo="Put that condition on the table itself.")

    def _flag(self, clause: Clause) -> int:
        self.selected.append(sa.case((clause, 1), else_=0))
        return len(self.selected) - 1

    def _seal(self, column: str, states: Sequence[SealState]) -> Judge:
        sealed, at = self._sealed(column)
        sealed.judged = True

        def decide(row: Sequence[Any]) -> bool:
            cell = sealed.cell(row[at:])
            return bool(cell.value) and sealed.state(cell) in states

        return decide

    def _sealed(self, column: str) -> tuple[SealedColumn, int]:
        """Select what opening a column takes, once; return the column and where it begins."""
        if column not in self.sealed:
            sealed = the_sealed_column(self.where, self.shape, column)
            self.sealed[column] = (sealed, len(self.selected))
            self.selected += sealed.selected
        return self.sealed[column]

    def _opened(self, column: str, judge: Callable[[str], bool]) -> Judge:
        sealed, at = self._sealed(column)
        judged = through(sealed, lambda value: judge(as_text(value)))

        def decide(row: Sequence[Any]) -> bool:
            cell = sealed.cell(row[at:])
            return cell.value is not None and judged(cell)

        return decide

    def _text(self, column: str, judge: Callable[[str], bool]) -> Judge:
        if sealed_column(self.where, self.shape, column) is not None:
            return self._opened(column, judge)
        if column not in self._places:
            readable = self.where.native.readable(self.shape.column(column), self.shape.described(column))
            self.selected.append(readable)
            self._places[column] = len(self.selected) - 1
        place, known = self._places[column], _remembering(judge)

        def decide(row: Sequence[Any]) -> bool:
            value = row[place]
            return value is not None and known(as_text(value))

        return decide


def coarsener(kind: str, shape: Shape) -> Callable[[str], str]:
    """Return the rule that makes a kind coarser. Raises CannotAnswer when the kind has none."""
    try:
        found = detector(kind)
    except ValueError as error:
        raise CannotAnswer(str(error), store=shape.table.store, todo="Correct the kind in the policy.") from None
    if found.coarsen is None:
        happened = f"the detector {kind} has no rule that makes a value coarser"
        raise CannotAnswer(happened, store=shape.table.store, todo="Redact, null or anonymise the column instead.")
    return found.coarsen


def panel(kinds: Sequence[str], shape: Shape) -> Panel:
    """Return the panel of some kinds. Raises CannotAnswer for a kind that does not exist."""
    try:
        return Panel.of(tuple(kinds))
    except ValueError as error:
        raise CannotAnswer(str(error), store=shape.table.store, todo="Correct the kind in the policy.") from None


def _remembering(judge: Callable[[str], bool]) -> Callable[[str], bool]:
    """Remember short texts, because columns repeat themselves; forget all of them when there are too many."""
    known: dict[str, bool] = {}

    def remembered(text: str) -> bool:
        verdict = known.get(text)
        if verdict is None:
            verdict = judge(text)
            if len(text) <= REMEMBERED_LENGTH:
                if len(known) >= REMEMBERED:
                    known.clear()
                known[text] = verdict
        return verdict

    return remembered
