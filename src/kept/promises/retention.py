"""Rows are gone once their time has run out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Anonymise, Change, DeleteRows, DropPartition, Null, Obligation, Remedy, selection_of
from kept.base.conditions import AllOf, AnyOf, Condition, Everything, Not, Older, OneOf, Through
from kept.base.names import Column, Table
from kept.base.periods import Period
from kept.base.questions import Answers, CountRows, Partition, Question, ReadSchema, Schema, TableInfo
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import MappedTable, RetentionRule
from kept.policy.holds import Hold

from .promise import Scope, chosen_tables, count, in_days, listed

__all__ = ["Retention", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Rows are gone once their retention period has run out.

    The clause says how long data is kept; the map says, table by table, which event starts the clock. The promise is broken while
    any row is older than both say, while the map keeps rows longer than the clause promises, and while a table in the
    clause's reach has no rule. The longer of the promised period and a legal minimum holds. Rows under a legal hold wait until
    it is lifted. A row whose clock has not started never expires; `clock-present` finds rows whose clock is missing by mistake.

    Remedy: deletes the rows (whole partitions where they fit), with the rows they own, or anonymises or empties them, as the
    map says.
    """

    code: ClassVar[str] = "retention"
    title: ClassVar[str] = "Rows are gone once their time has run out"
    law: ClassVar[str] = "GDPR Art. 5(1)(e)"

    keep: Annotated[Period, Doc("The longest time the clause promises to keep rows.")]
    purposes: Annotated[tuple[str, ...], Doc("The purposes whose tables are meant.")] = ()
    tables: Annotated[tuple[Table, ...], Doc("The tables that are meant, if not chosen by purpose.")] = ()

    def bind(self, scope: Scope) -> Iterator[Retention]:
        """Yield one promise a table."""
        for mapped in chosen_tables(scope.policy, tables=self.tables, purposes=self.purposes):
            holds = tuple(hold for hold in scope.policy.holds.values() if mapped.table in hold.tables)
            yield Retention(mapped=mapped, keep=self.keep, holds=holds, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """That one table holds no row past its time."""

    mapped: MappedTable
    keep: Period
    holds: tuple[Hold, ...]
    owner: str

    @property
    def about(self) -> str:
        """The table."""
        return str(self.mapped.table)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for the schema, then for one number: the rows already past their time."""
        schema = ReadSchema(of=self.mapped.table.store)
        info = _info(answers.of(schema), self.mapped.table)
        if self.mapped.map.retention is None or info is None:
            return [schema]
        return [schema, *self._overdue(now, info)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single row."""
        rule, table = self.mapped.map.retention, self.mapped.table
        if rule is None:
            return Broken(reason=f"{table} has no retention rule in the map", remedies=(self._write_rule(now),))
        longest = [self.keep] + ([] if rule.at_least is None else [rule.at_least.keep])
        if rule.keep.before(now) < min(period.before(now) for period in longest):
            reason = f"the map keeps {table} for {rule.keep}; the clause promises {self.keep}"
            return Broken(reason=reason, remedies=(self._write_rule(now),))
        match answers.of(ReadSchema(of=table.store)):
            case Unknown() as unknown:
                return unknown
            case Schema() as schema:
                info = schema.table(table)
        if info is None:
            return Unknown(reason=f"{table} is mapped and is not there", todo="Correct the map, or the connection.")
        return self._count(now, answers, info, rule)

    def _count(self, now: datetime, answers: Answers, info: TableInfo, rule: RetentionRule) -> Verdict:
        asked = self._overdue(now, info)
        if not asked:
            return self._nothing_to_do(now)
        overdue = 0
        for question in asked:
            match answers.of(question):
                case Unknown() as unknown:
                    return unknown
                case rows:
                    overdue = max(overdue, rows)
        since = self._cutoff(now, rule).date()
        if overdue == 0:
            return Kept(evidence=f"no row of {self.mapped.table} is older than {self._kept_for(now, rule)} (since {since})")
        reason = f"{count(overdue, 'row')} of {self.mapped.table} older than {self._kept_for(now, rule)} (since {since})"
        return Broken(reason=reason, remedies=self._remedies(now, info, rule, overdue))

    def _nothing_to_do(self, now: datetime) -> Verdict:
        whole = [hold for hold in self.holds if hold.covers(self.mapped.table, now.date()) and not hold.subjects]
        if whole:
            return Kept(evidence=f"every row of {self.mapped.table} is under a legal hold: {listed(hold.ground for hold in whole)}")
        return Unknown(
            reason=f"the rows of {self.mapped.table} cannot be {self._then()}d: no column allows it",
            todo="Let the map say `then: delete`, or make a column nullable.",
        )

    def _then(self) -> str:
        return "anonymise" if self.mapped.map.retention is None else self.mapped.map.retention.then

    def _cutoff(self, now: datetime, rule: RetentionRule) -> datetime:
        cutoff = max(rule.keep.before(now), self.keep.before(now))
        return cutoff if rule.at_least is None else min(cutoff, rule.at_least.keep.before(now))

    def _kept_for(self, now: datetime, rule: RetentionRule) -> Period:
        periods = [rule.keep, self.keep] + ([] if rule.at_least is None else [rule.at_least.keep])
        return next(period for period in periods if period.before(now) == self._cutoff(now, rule))

    def _due(self, now: datetime, rule: RetentionRule) -> Condition | None:
        """Return the condition of rows past their time, holds aside; None when a hold covers every row."""
        clock: Condition = _and(
            Older(column=rule.after, cutoff=self._cutoff(now, rule), unit=rule.unit),
            *(Not(what=OneOf(column=column, keys=values)) for column, values in rule.open_while.items()),
        )
        if rule.via:
            to = _target(self.mapped, rule.via)
            clock = Through(column=rule.via, to=to.table, key=to.name, where=clock)
        held = [_held(self.mapped, hold) for hold in self.holds if hold.covers(self.mapped.table, now.date())]
        if any(isinstance(condition, Everything) for condition in held):
            return None
        return _and(clock, *(Not(what=condition) for condition in held))

    def _overdue(self, now: datetime, info: TableInfo) -> list[CountRows]:
        rule = self.mapped.map.retention
        if rule is None:
            return []
        return [CountRows(table=self.mapped.table, where=selection_of(change)) for change in self._row_changes(now, info, rule)]

    def _row_changes(
        self, now: datetime, info: TableInfo, rule: RetentionRule, rows: int = 0
    ) -> list[DeleteRows | Null | Anonymise]:
        where = self._due(now, rule)
        table = self.mapped.table
        if where is None:
            return []
        if rule.then == "delete":
            return [DeleteRows(table=table, where=where, rows=rows)]
        empty, masked = _split(self.mapped, info, rule)
        unique = any(column.unique for column in info.columns if column.name in masked)
        changes: list[DeleteRows | Null | Anonymise] = []
        if masked:
            changes.append(Anonymise(table=table, columns=masked, where=where, rows=rows, unique=unique))
        if empty:
            changes.append(Null(table=table, columns=empty, where=where, rows=rows))
        return changes

    def _remedies(self, now: datetime, info: TableInfo, rule: RetentionRule, rows: int) -> tuple[Remedy, ...]:
        drops = self._whole_partitions(now, info, rule)
        if not drops:
            return tuple(self._row_changes(now, info, rule, rows))
        dropped = sum(partition.rows or 0 for partition in drops)
        rest: list[Change] = [
            replace(change, where=_and(change.where, *(_outside(rule, part) for part in drops)), rows=max(rows - dropped, 0))
            for change in self._row_changes(now, info, rule)
        ]
        return (
            *(DropPartition(table=self.mapped.table, partition=part.name, rows=part.rows or 0) for part in drops),
            *rest,
        )

    def _whole_partitions(self, now: datetime, info: TableInfo, rule: RetentionRule) -> list[Partition]:
        """Return the partitions in which every row is past its time; only where the clock alone decides."""
        held = any(hold.covers(self.mapped.table, now.date()) for hold in self.holds)
        if info.partitioned_by != rule.after or rule.via or rule.open_while or rule.then != "delete" or held:
            return []
        cutoff = self._cutoff(now, rule)
        return [part for part in info.partitions if part.upper is not None and part.upper <= cutoff]

    def _write_rule(self, now: datetime) -> Obligation:
        title = f"Give {self.mapped.table} a retention rule of at most {self.keep} in the map"
        return Obligation(title=title, owner=self.owner, due=in_days(now, 30), evidence="the map's entry")


def _info(answer: Schema | Unknown, table: Table) -> TableInfo | None:
    return None if isinstance(answer, Unknown) else answer.table(table)


def _target(mapped: MappedTable, via: str) -> Column:
    return next(link.to for link in mapped.map.links if link.column == via)


def _held(mapped: MappedTable, hold: Hold) -> Condition:
    """Return which rows of the table a hold covers; rows it covers by a key this table does not carry are all of them."""
    if not hold.subjects:
        return Everything()
    parts: list[Condition] = []
    for column, keys in hold.subjects.items():
        if column.table == mapped.table:
            parts.append(OneOf(column=column.name, keys=keys))
            continue
        linked = [link.column for link in mapped.map.links if link.to == column]
        if not linked:
            return Everything()
        parts.extend(OneOf(column=name, keys=keys) for name in linked)
    return parts[0] if len(parts) == 1 else AnyOf(parts=tuple(parts))


def _split(mapped: MappedTable, info: TableInfo, rule: RetentionRule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns to empty and the columns to replace by a placeholder."""
    empty: list[str] = []
    masked: list[str] = []
    for name in mapped.map.fields:
        column = info.column(name)
        if column is None or mapped.map.fields[name].erasure == "keep" or name in (rule.after, *info.key):
            continue
        if column.nullable and (rule.then == "null" or mapped.erasure_of(name) == "null" or column.type != "text"):
            empty.append(name)
        elif column.type == "text":
            masked.append(name)
    return tuple(empty), tuple(masked)


def _outside(rule: RetentionRule, partition: Partition) -> Condition:
    assert partition.upper is not None
    inside: list[Condition] = [Older(column=rule.after, cutoff=partition.upper, unit=rule.unit)]
    if partition.lower is not None:
        inside.append(Not(what=Older(column=rule.after, cutoff=partition.lower, unit=rule.unit)))
    return Not(what=_and(*inside))


def _and(*parts: Condition) -> Condition:
    return parts[0] if len(parts) == 1 else AllOf(parts=parts)
