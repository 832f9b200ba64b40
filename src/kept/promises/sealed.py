"""Personal data is encrypted at rest, each value under its person's own key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation, Remedy, SealColumn
from kept.base.conditions import Everything
from kept.base.names import Column, Table
from kept.base.questions import Answers, CountSeals, Question
from kept.base.seals import SealState
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_tables, count, in_days, listed

__all__ = ["InClear", "Sealed", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Values in the columns that the map marks `sealed` are ciphertext under the right person's key.

    Every value is looked at inside the store and opened there with its person's key; that a column looks encrypted is not enough.
    The promise is broken by a single value that can be read, that is still under a key that was replaced, whose blind index is
    missing, or that has the form of a sealed value and does not open. `categories` names kinds of data that must be sealed
    wherever they are: a mapped field of such a category that is not marked `sealed` breaks the promise too.

    Remedy: seals what is in the clear, in place. What does not open, what names no person, and what is back after its person was
    erased, is an obligation.
    """

    code: ClassVar[str] = "sealed"
    title: ClassVar[str] = "Personal data is encrypted under its person's own key"
    law: ClassVar[str] = "GDPR Art. 32(1)(a)"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()
    tables: Annotated[tuple[Table, ...], Doc("The tables that are meant; all where none is named.")] = ()
    categories: Annotated[tuple[Category, ...], Doc("Kinds of data that must be sealed wherever the map has them.")] = ()

    def bind(self, scope: Scope) -> Iterator[Sealed | InClear]:
        """Yield one promise a sealed column, and one a table whose fields should be sealed and are not marked so."""
        for mapped in chosen_tables(scope.policy, tables=self.tables, stores=self.stores):
            clear = []
            for column, entry in mapped.columns():
                if entry.sealed is not None:
                    yield Sealed(column=column, owner=scope.owner)
                elif any(entry.category.within(category) for category in self.categories):
                    clear.append(column.name)
            if clear:
                yield InClear(table=mapped.table, columns=tuple(clear), owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """That every value of one column is sealed under its person's current key."""

    column: Column
    owner: str

    @property
    def about(self) -> str:
        """The column."""
        return str(self.column)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask what every value is."""
        return [CountSeals(column=self.column)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single value that is not sealed as it should be."""
        counts = answers.of(CountSeals(column=self.column))
        if isinstance(counts, Unknown):
            return counts
        faults = [text for state in FAULTS if (text := _fault(counts, state))]
        if not faults:
            sealed, ended = counts.get(SealState.SEALED, 0), counts.get(SealState.ENDED, 0)
            gone = f", {count(ended, 'value')} of people whose key is gone" if ended else ""
            return Kept(evidence=f"{count(sealed, 'value')} of {self.column} opened under the right key{gone}")
        return Broken(reason=f"{self.column}: {listed(faults)}", remedies=tuple(self._remedies(now, counts)))

    def _remedies(self, now: datetime, counts: Mapping[SealState, int]) -> Iterator[Remedy]:
        rows = counts.get(SealState.PLAIN, 0) + counts.get(SealState.OLD, 0)
        if rows:
            yield SealColumn(table=self.column.table, column=self.column.name, where=Everything(), rows=rows)
        for state in (SealState.STRANGE, SealState.NOBODY, SealState.BACK):
            if text := _fault(counts, state):
                title = f"{TASKS[state]} {self.column}: {text}"
                yield Obligation(title=title, owner=self.owner, due=in_days(now, 7), evidence="the promise is kept")


FAULTS: Mapping[SealState, str] = {
    SealState.PLAIN: "can be read",
    SealState.OLD: "to be sealed anew, their key replaced or their index not their own",
    SealState.STRANGE: "in the form of sealed ones and not opening",
    SealState.NOBODY: "in the clear and of nobody",
    SealState.BACK: "of people whose key was destroyed and who are back",
}
TASKS: Mapping[SealState, str] = {
    SealState.STRANGE: "Find out who changed or moved values of",
    SealState.NOBODY: "Say whose, or empty, values of",
    SealState.BACK: "Erase again the people in",
}


def _fault(counts: Mapping[SealState, int], state: SealState) -> str:
    found = counts.get(state, 0)
    return f"{count(found, 'value')} {FAULTS[state]}" if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InClear:
    """That a table has no field of a kind that must be sealed without being marked so."""

    table: Table
    columns: tuple[str, ...]
    owner: str

    @property
    def about(self) -> str:
        """The table."""
        return str(self.table)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask nothing: the map knows."""
        return []

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken: whoever reads the map sees it."""
        fields = listed(self.columns)
        todo = Obligation(
            title=f"Mark as sealed in the map, and seal: {fields} of {self.table}",
            owner=self.owner,
            due=in_days(now, 30),
            evidence="the promise is kept",
        )
        return Broken(reason=f"{fields} of {self.table} must be sealed by their category and are not", remedies=(todo,))
