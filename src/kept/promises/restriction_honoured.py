"""People who restricted the processing of their data are left in peace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.conditions import ClockUnit
from kept.base.names import Column, Table
from kept.base.periods import SKEW
from kept.base.questions import Answers, Question
from kept.base.registers import CountSince, ReadRestrained
from kept.base.restricted import RestrictedList
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy

from .promise import Scope, chosen_tables, count, in_days

__all__ = ["RestrictionHonoured", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of people who restricted the processing of their data, nothing new is written for a purpose that is closed to them.

    Tables are looked at whose rows belong to a person by a link of their own and have a time of their own: the clock of their
    retention, in the same row, that no row waits for. A row of a restricted person that is newer than the restriction breaks the
    promise. Tables with a purpose that goes on under restriction are left out. Name the tables whose clock is the moment of the
    event itself: a clock that runs ahead, such as an expiry, would count rows from before. Rows that belong to a person through
    other rows are not seen.

    Remedy: an obligation to find what still writes, and to stop it.
    """

    code: ClassVar[str] = "restriction-honoured"
    title: ClassVar[str] = "Data of people who restricted its use is only kept"
    law: ClassVar[str] = "GDPR Art. 18(2)"

    tables: Annotated[
        tuple[Table, ...], Doc("The tables whose rows are events; every table with such a clock where none is named.")
    ] = ()

    def bind(self, scope: Scope) -> Iterator[RestrictionHonoured]:
        """Yield one promise a column that ties events to people."""
        for mapped in chosen_tables(scope.policy, tables=self.tables):
            rule = mapped.map.retention
            if rule is None or rule.via or rule.open_while or _goes_on(scope.policy, mapped):
                continue
            for column, kind in _people(scope.policy, mapped):
                yield RestrictionHonoured(
                    column=column, kind=kind, clock=rule.after, unit=rule.unit, purposes=_purposes(mapped), owner=scope.owner
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionHonoured:
    """That no row of a restricted person in one table is newer than the restriction."""

    column: Column
    kind: str
    clock: str
    unit: ClockUnit
    purposes: tuple[str, ...]
    owner: str

    @property
    def about(self) -> str:
        """The column that ties rows to people."""
        return str(self.column)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask who is restricted, and then for their rows that are newer."""
        counted = self._counted(now, answers)
        return [ReadRestrained()] if counted is None else [ReadRestrained(), counted]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single row."""
        people = answers.of(ReadRestrained())
        if isinstance(people, Unknown):
            return people
        counted = self._counted(now, answers)
        if counted is None:
            return Kept(evidence=f"nobody in {self.column.table} is restricted")
        match answers.of(counted):
            case Unknown() as unknown:
                return unknown
            case 0:
                restricted = count(len(counted.people), "restricted person", "restricted people")
                return Kept(evidence=f"no row of {self.column.table} is newer than the restriction, of {restricted}")
            case rows:
                todo = Obligation(
                    title=f"Find what still writes to {self.column.table} about people who restricted it, and stop it",
                    owner=self.owner,
                    due=in_days(now, 1),
                    evidence="the promise is kept, and what was written is gone",
                )
                return Broken(reason=f"{count(rows, 'row')} of {self.column.table} newer than a restriction", remedies=(todo,))

    def _counted(self, now: datetime, answers: Answers) -> CountSince | None:
        """Return what to count; None where nobody is closed to the table's purposes, or that is not known."""
        people = answers.of(ReadRestrained())
        closed = people.closed_to(self.purposes) if isinstance(people, RestrictedList) else ()
        if not isinstance(closed, RestrictedList) or not closed:
            return None
        return CountSince(
            column=self.column, kind=self.kind, clock=self.clock, people=closed, until=now, slack=SKEW, unit=self.unit
        )


def _purposes(mapped: MappedTable) -> tuple[str, ...]:
    return tuple(dict.fromkeys(purpose for name in mapped.map.fields for purpose in mapped.purposes_of(name)))


def _goes_on(policy: Policy, mapped: MappedTable) -> bool:
    """Return whether the table serves a purpose that goes on under restriction."""
    return any(policy.purposes[name].despite for name in _purposes(mapped) if name in policy.purposes)


def _people(policy: Policy, mapped: MappedTable) -> Iterator[tuple[Column, str]]:
    """Yield the columns that point straight to people's keys, with the kind of people."""
    for link in mapped.map.links:
        above = policy.table(link.to.table)
        if link.kind != "accessed" and not link.when and above and above.map.subject and above.map.subject.key == link.to.name:
            yield mapped.table.column(link.column), above.map.subject.kind
