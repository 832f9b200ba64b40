"""Nothing is left of people who were erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.erased import ErasedList
from kept.base.names import Column
from kept.base.questions import Answers, CountReturned, CountSeals, Question
from kept.base.registers import ReadRemainders
from kept.base.seals import SealState
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import MappedTable
from kept.policy.sealing import sealed_columns

from .promise import Scope, chosen_stores, count, in_days, listed

__all__ = ["NoSealBack", "NoTrace", "NothingOverdue", "Terms"]

ALL_GONE = "the promise is kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No trace of an erased person is in any store, but for what a law or a hold keeps, and that goes on its day.

    Three things are looked at. No row points to an erased person by any link of the map, whatever erasure does to such rows, beyond
    the rows that are known to stay. No sealed column has a value that opens again although its person's key was destroyed. And what
    stays for a law, a rule or a hold is gone once its day is over. Where `erased-people-stay-gone` asks the same of a column, it is
    asked once.

    Remedy: an obligation to erase again.
    """

    code: ClassVar[str] = "no-trace-of-erased"
    title: ClassVar[str] = "Nothing is left of people who were erased"
    law: ClassVar[str] = "GDPR Art. 17(1), 5(1)(e)"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[NoTrace | NoSealBack | NothingOverdue]:
        """Yield one promise a table of people, one a sealed column, and one for what stays."""
        stores = chosen_stores(scope.policy, self.stores)
        for store in stores:
            for mapped in scope.policy.tables(store):
                if mapped.map.subject is not None:
                    home = mapped.table.column(mapped.map.subject.key)
                    erased = scope.erased.get(home) or ErasedList(b"")
                    linked = tuple(_linked(scope.policy.tables(), home))
                    yield NoTrace(home=home, columns=(home, *linked), erased=erased, owner=scope.owner)
        for column in sealed_columns(scope.policy):
            if column.table.store in stores:
                yield NoSealBack(column=column, owner=scope.owner)
        yield NothingOverdue(owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTrace:
    """That no row carries the key of an erased person beyond those that are known to stay."""

    home: Column
    columns: tuple[Column, ...]
    erased: ErasedList
    owner: str

    @property
    def about(self) -> str:
        """The column that holds people's keys."""
        return str(self.home)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask every column that may hold a person's key, and what stays."""
        if not self.erased:
            return []
        return [ReadRemainders(now=now), *(CountReturned(column=column, erased=self.erased) for column in self.columns)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single row."""
        people = count(len(self.erased), "erased person", "erased people")
        if not self.erased:
            return Kept(evidence=f"no trace of {people} by {self.home}")
        remain = answers.of(ReadRemainders(now=now))
        traces, unseen = [], [remain] if isinstance(remain, Unknown) else []
        for column in self.columns:
            rows = answers.of(CountReturned(column=column, erased=self.erased))
            if isinstance(rows, Unknown):
                unseen.append(rows)
            elif not isinstance(remain, Unknown) and rows > remain.staying(str(column.table)):
                traces.append(f"{count(rows - remain.staying(str(column.table)), 'row')} in {column}")
        if traces:
            return _broken(f"traces of erased people: {listed(traces)}", f"Erase again: {listed(traces)}", self.owner, now)
        return unseen[0] if unseen else Kept(evidence=f"no trace of {people} by {self.home}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSealBack:
    """That nothing sealed for an erased person can be read again."""

    column: Column
    owner: str

    @property
    def about(self) -> str:
        """The column."""
        return str(self.column)

    def questions(self, now: datetime, answers: Answers) -> Sequence[CountSeals]:
        """Ask what every value is."""
        return [CountSeals(column=self.column)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single value."""
        match answers.of(CountSeals(column=self.column)):
            case Unknown() as unknown:
                return unknown
            case states:
                back = states.get(SealState.BACK, 0)
        if not back:
            ended = states.get(SealState.ENDED, 0)
            return Kept(evidence=f"none of {self.column} is back; {count(ended, 'value')} of erased people cannot be read")
        found = f"{count(back, 'value')} of {self.column}"
        return _broken(f"{found} of people whose key was destroyed", f"Erase again: {found}", self.owner, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingOverdue:
    """That what a law or a hold kept of erased people is gone once its day is over."""

    owner: str

    @property
    def about(self) -> str:
        """What stays of erased people."""
        return "what stays"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadRemainders]:
        """Ask what stays, and what of it is past its day."""
        return [ReadRemainders(now=now)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single part that is past its day."""
        match answers.of(ReadRemainders(now=now)):
            case Unknown() as unknown:
                return unknown
            case state if not state.past:
                return Kept(evidence=f"{count(state.stay, 'part')} of what was erased stays for now, none past its day")
            case state:
                tables = listed(state.tables)
                reason = f"{count(state.past, 'part')} of what was erased past its day, in {tables}"
                return _broken(reason, f"Erase what is past its day in {tables}", self.owner, now)


def _broken(reason: str, title: str, owner: str, now: datetime) -> Broken:
    return Broken(reason=reason, remedies=(Obligation(title=title, owner=owner, due=in_days(now, 7), evidence=ALL_GONE),))


def _linked(tables: Iterator[MappedTable], home: Column) -> Iterator[Column]:
    """Yield the columns that tie rows to a person, but for those that erasure leaves by the map's own word."""
    for mapped in tables:
        for link in mapped.map.links:
            rule = mapped.erasure_of(link.column) if link.column in mapped.map.fields else mapped.map.erasure
            if link.to == home and link.kind != "accessed" and rule != "keep":
                yield mapped.table.column(link.column)
