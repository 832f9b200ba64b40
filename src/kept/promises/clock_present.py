"""Every row that can expire has its clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.conditions import AllOf, AnyOf, Condition, Everything, NoClock, Not, OneOf
from kept.base.names import Table
from kept.base.questions import Answers, CountRows, Question
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import Link, MappedTable, RetentionRule
from kept.policy.keeping import reached, steps_to_clock

from .promise import Scope, chosen_tables, count, in_days

__all__ = ["ClockPresent", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Every row has the date from which its retention counts.

    A row whose clock column is empty, or holds something that is not a time, would never expire and nobody would notice; nor
    would a row whose clock stands behind a link that leads nowhere. Rows whose clock has rightly not started (an account that is
    still open) are declared in the map under `open_while`.

    Remedy: an obligation to find out when those rows' clock started.
    """

    code: ClassVar[str] = "clock-present"
    title: ClassVar[str] = "Every row has the date from which its retention counts"
    law: ClassVar[str] = "GDPR Art. 5(1)(e)"

    purposes: Annotated[tuple[str, ...], Doc("The purposes whose tables are meant.")] = ()
    tables: Annotated[tuple[Table, ...], Doc("The tables that are meant, if not chosen by purpose.")] = ()

    def bind(self, scope: Scope) -> Iterator[ClockPresent]:
        """Yield one promise for each table that has a retention rule."""
        for mapped in chosen_tables(scope.policy, tables=self.tables, purposes=self.purposes):
            if mapped.map.retention is not None:
                steps = steps_to_clock(scope.policy, mapped, mapped.map.retention)
                yield ClockPresent(mapped=mapped, rule=mapped.map.retention, steps=steps, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPresent:
    """That no row of one table lacks its clock."""

    mapped: MappedTable
    rule: RetentionRule
    steps: tuple[Link, ...]
    owner: str

    @property
    def about(self) -> str:
        """The table."""
        return str(self.mapped.table)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for one number: the rows whose clock is missing without a reason."""
        return [self._without()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single row."""
        clock = f"{self.mapped.table}.{self.rule.after}" if not self.rule.via else f"the clock behind {self.about}.{self.rule.via}"
        match answers.of(self._without()):
            case Unknown() as unknown:
                return unknown
            case 0:
                return Kept(evidence=f"no row of {self.about} lacks {self.rule.after}")
            case rows:
                reason = f"{count(rows, 'row')} of {self.about} will never expire: {clock} holds no time"
                title = f"Find out when {count(rows, 'row')} of {self.about} began to count, and fill {self.rule.after}"
                todo = Obligation(title=title, owner=self.owner, due=in_days(now, 30), evidence="the promise is kept")
                return Broken(reason=reason, remedies=(todo,))

    def _without(self) -> CountRows:
        return CountRows(table=self.mapped.table, where=self._condition())

    def _condition(self) -> Condition:
        parts: list[Condition] = [NoClock(column=self.rule.after, unit=self.rule.unit)]
        parts += [Not(what=OneOf(column=column, keys=values)) for column, values in self.rule.open_while.items()]
        missing = parts[0] if len(parts) == 1 else AllOf(parts=tuple(parts))
        if not self.steps:
            return missing
        return AnyOf(parts=(Not(what=reached(self.steps, Everything())), reached(self.steps, missing)))
