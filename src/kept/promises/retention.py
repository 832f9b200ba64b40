"""Rows are gone once their time has run out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Anonymise, Change, DeleteRows, DropPartition, Null, Obligation, Remedy, selection_of
from kept.base.conditions import Condition, Not, Older
from kept.base.names import Table
from kept.base.periods import Period
from kept.base.questions import Answers, CountRows, Partition, Question, ReadSchema, Schema, TableInfo
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import MappedTable, RetentionRule
from kept.policy.keeping import Keeping, all_of, cutoff_of, ended
from kept.policy.policy import Policy
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_tables, count, in_days, listed

__all__ = ["Retention", "Terms"]

PSEUDONYMS = (Category(key="user.unique_id"), Category(key="system"))
"""Categories of keys that tell nothing by themselves once the rest of the row is gone; other keys name a person."""


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
            yield Retention(mapped=mapped, keep=self.keep, policy=scope.policy, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retention:
    """That one table holds no row past its time."""

    mapped: MappedTable
    keep: Period
    policy: Policy
    owner: str

    @property
    def about(self) -> str:
        """The table."""
        return str(self.mapped.table)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for the schema, then for one number: the rows already past their time."""
        schema = ReadSchema(of=self.mapped.table.store)
        found = answers.of(schema)
        info = None if isinstance(found, Unknown) else found.table(self.mapped.table)
        if isinstance(found, Unknown) or info is None:
            return [schema]
        return [schema, *self._overdue(self._keeping(found, now), info)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single row."""
        rule, table = self.mapped.map.retention, self.mapped.table
        if rule is None:
            return Broken(reason=f"{table} has no retention rule in the map", remedies=(self._write_rule(now),))
        longest = [self.keep] + ([] if rule.at_least is None else [rule.at_least.keep])
        if ended(rule.keep, now) < min(ended(period, now) for period in longest):
            reason = f"the map keeps {table} for {rule.keep}; the clause promises {self.keep}"
            return Broken(reason=reason, remedies=(self._write_rule(now),))
        match answers.of(ReadSchema(of=table.store)):
            case Unknown() as unknown:
                return unknown
            case Schema() as schema:
                info = schema.table(table)
        if info is None:
            return Unknown(reason=f"{table} is mapped and is not there", todo="Correct the map, or the connection.")
        return self._count(self._keeping(schema, now), answers, info, rule)

    def _keeping(self, schema: Schema, now: datetime) -> Keeping:
        return Keeping(policy=self.policy, schema=schema, now=now)

    def _count(self, keeping: Keeping, answers: Answers, info: TableInfo, rule: RetentionRule) -> Verdict:
        if keeping.due(self.mapped, rule, self.keep) is None:
            return self._waiting(keeping.now)
        stuck = self._stuck(info, rule)
        if stuck:
            return Unknown(reason=stuck, todo="Let the map say `then: delete`, make the column nullable, or let the map keep it.")
        overdue = 0
        silent: Unknown | None = None
        for question in self._overdue(keeping, info):
            match answers.of(question):
                case Unknown() as unknown:
                    silent = unknown
                case rows:
                    overdue = max(overdue, rows)
        if overdue == 0 and silent is not None:
            return silent
        period = f"{self._kept_for(keeping.now, rule)} (since {cutoff_of(rule, keeping.now, self.keep).date()})"
        if overdue == 0:
            return Kept(evidence=f"no row of {self.mapped.table} is older than {period}")
        reason = f"{count(overdue, 'row')} of {self.mapped.table} older than {period}"
        return Broken(reason=reason, remedies=self._remedies(keeping, info, rule, overdue))

    def _waiting(self, now: datetime) -> Verdict:
        live = [hold for hold in self.policy.holds.values() if hold.covers(self.mapped.table, now.date())]
        whole = [hold.ground for hold in live if not hold.subjects]
        if whole:
            return Kept(evidence=f"every row of {self.mapped.table} is under a legal hold: {listed(whole)}")
        return Unknown(
            reason=f"which rows of {self.mapped.table} a legal hold covers ({listed(hold.ground for hold in live)}) cannot be told",
            todo="Let the map link the tables to the column by which the hold names people.",
        )

    def _stuck(self, info: TableInfo, rule: RetentionRule) -> str:
        """Return why what the map wants done cannot be done; empty where it can."""
        if rule.then == "delete":
            return ""
        ways = _split(self.mapped, info, rule)
        if ways.stuck:
            return f"{listed(str(self.mapped.table.column(name)) for name in ways.stuck)} can be neither replaced nor emptied"
        return "" if ways.empty or ways.masked else f"the map names no column of {self.mapped.table} to replace or to empty"

    def _kept_for(self, now: datetime, rule: RetentionRule) -> Period:
        periods = [rule.keep, self.keep] + ([] if rule.at_least is None else [rule.at_least.keep])
        return next(period for period in periods if ended(period, now) == cutoff_of(rule, now, self.keep))

    def _overdue(self, keeping: Keeping, info: TableInfo) -> list[CountRows]:
        rule = self.mapped.map.retention
        changes = [] if rule is None else self._row_changes(keeping, info, rule)
        return [CountRows(table=self.mapped.table, where=selection_of(change)) for change in changes]

    def _row_changes(
        self, keeping: Keeping, info: TableInfo, rule: RetentionRule, rows: int = 0
    ) -> list[DeleteRows | Null | Anonymise]:
        where = keeping.due(self.mapped, rule, self.keep)
        table = self.mapped.table
        if where is None:
            return []
        if rule.then == "delete":
            return [DeleteRows(table=table, where=where, rows=rows)]
        ways = _split(self.mapped, info, rule)
        unique = any(column.differs for column in info.columns if column.name in ways.masked)
        changes: list[DeleteRows | Null | Anonymise] = []
        if ways.masked:
            changes.append(Anonymise(table=table, columns=ways.masked, where=where, rows=rows, unique=unique))
        if ways.empty:
            changes.append(Null(table=table, columns=ways.empty, where=where, rows=rows))
        return changes

    def _remedies(self, keeping: Keeping, info: TableInfo, rule: RetentionRule, rows: int) -> tuple[Remedy, ...]:
        drops = self._whole_partitions(keeping, info, rule)
        if not drops:
            return tuple(self._row_changes(keeping, info, rule, rows))
        dropped = sum(partition.rows or 0 for partition in drops)
        rest: list[Change] = [
            replace(change, where=all_of(change.where, *(_outside(rule, part) for part in drops)), rows=max(rows - dropped, 0))
            for change in self._row_changes(keeping, info, rule)
        ]
        return (
            *(DropPartition(table=self.mapped.table, partition=part.name, rows=part.rows or 0) for part in drops),
            *rest,
        )

    def _whole_partitions(self, keeping: Keeping, info: TableInfo, rule: RetentionRule) -> list[Partition]:
        """Return the partitions in which every row is past its time; only where the clock alone decides."""
        clock_alone = rule.then == "delete" and not rule.via and not rule.open_while and keeping.stays(self.mapped) is None
        if info.partitioned_by != rule.after or not clock_alone:
            return []
        cutoff = cutoff_of(rule, keeping.now, self.keep)
        return [part for part in info.partitions if part.upper is not None and part.upper <= cutoff]

    def _write_rule(self, now: datetime) -> Obligation:
        title = f"Give {self.mapped.table} a retention rule of at most {self.keep} in the map"
        return Obligation(title=title, owner=self.owner, due=in_days(now, 30), evidence="the map's entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """What can be done with the mapped columns of a row that stays: empty them, replace their text, or nothing."""

    empty: tuple[str, ...]
    masked: tuple[str, ...]
    stuck: tuple[str, ...]


def _split(mapped: MappedTable, info: TableInfo, rule: RetentionRule) -> _Ways:
    """Sort the mapped columns by what can be done with them; clock, mere keys and what the map keeps are left alone.

    A column that ties the row to another is emptied and never replaced: no placeholder leads anywhere.
    """
    empty: list[str] = []
    masked: list[str] = []
    stuck: list[str] = []
    ties = {link.column for link in mapped.map.links}.union(*(key.columns for key in info.foreign_keys))
    for name, entry in mapped.map.fields.items():
        column = info.column(name)
        if column is None or entry.erasure == "keep" or (name == rule.after and not rule.via):
            continue
        text = column.type == "text" and name not in ties
        if name in info.key:
            stuck.extend([] if any(entry.category.within(key) for key in PSEUDONYMS) else [name])
        elif column.nullable and (rule.then == "null" or mapped.erasure_of(name) == "null" or not text):
            empty.append(name)
        else:
            (masked if text else stuck).append(name)
    return _Ways(empty=tuple(empty), masked=tuple(masked), stuck=tuple(stuck))


def _outside(rule: RetentionRule, partition: Partition) -> Condition:
    assert partition.upper is not None
    inside: list[Condition] = [Older(column=rule.after, cutoff=partition.upper, unit=rule.unit)]
    if partition.lower is not None:
        inside.append(Not(what=Older(column=rule.after, cutoff=partition.lower, unit=rule.unit)))
    return Not(what=all_of(*inside))
