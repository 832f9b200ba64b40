"""A plan: what would be done, in which order, to how many rows. A value, and a file that can be read before it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from kept.base.changes import (
    Anonymise,
    Change,
    Coarsen,
    DeleteRows,
    DropPartition,
    Null,
    Obligation,
    Redact,
    Revoke,
    RotateKeys,
    SealColumn,
    UnsealColumn,
)
from kept.base.conditions import Condition, Not, Older
from kept.base.errors import ShareTooLarge
from kept.base.names import Table
from kept.base.ports import Preview
from kept.base.questions import Schema
from kept.base.verdicts import Unknown
from kept.policy.keeping import all_of
from kept.policy.policy import Policy

from .following import follow
from .judging import Finding, Report

__all__ = ["Owed", "Plan", "PreviewOf", "Step", "Withheld", "draw_up", "refuse_large_shares", "store_of"]

ORDER = (DropPartition, DeleteRows, Anonymise, Null, Coarsen, Redact, UnsealColumn, SealColumn, Revoke, RotateKeys)
LOSE_NOTHING = (SealColumn, UnsealColumn)
"""Changes after which every value can still be read by whoever may: they do not count towards the safety share."""

PreviewOf: TypeAlias = Callable[[Change], "Preview | Unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change with the finding that asks for it, and what it will touch."""

    finding: str
    change: Change
    total: int
    touched: int
    samples: tuple[Mapping[str, tuple[str, str]], ...] = ()

    @property
    def table(self) -> Table | None:
        """The table that is changed; None for a right over a whole store, and for the vault's keys."""
        return self.change.table


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An obligation with the finding that asks for it."""

    finding: str
    obligation: Obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A change that the plan leaves out, and why."""

    finding: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would make the promises kept. `policy` is the digest of the privacy folder it was drawn up from."""

    made_at: datetime
    policy: str
    steps: tuple[Step, ...]
    obligations: tuple[Owed, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    notes: tuple[str, ...] = ()

    def touched(self) -> Mapping[Table, tuple[int, int]]:
        """Return, by table, its rows now and the most rows that the steps together touch there.

        Rows that go add up, over partitions and clauses; rows that stay may be rewritten by several steps and count once. Sealing
        loses nothing, and is not counted.
        """
        totals: dict[Table, int] = {}
        gone: dict[Table, int] = {}
        rewritten: dict[Table, int] = {}
        for step in self.steps:
            if step.table is None or isinstance(step.change, (Revoke, *LOSE_NOTHING)):
                continue
            totals[step.table] = max(totals.get(step.table, 0), step.total)
            if isinstance(step.change, DeleteRows | DropPartition):
                gone[step.table] = gone.get(step.table, 0) + step.touched
            else:
                rewritten[step.table] = max(rewritten.get(step.table, 0), step.touched)
        return {table: (total, min(total, gone.get(table, 0) + rewritten.get(table, 0))) for table, total in totals.items()}


def store_of(change: Change) -> str:
    """Return the store a change is made in."""
    return change.store if isinstance(change, Revoke | RotateKeys) else change.table.store


def draw_up(report: Report, policy: Policy, schemas: Mapping[str, Schema], preview: PreviewOf) -> Plan:
    """Return the plan for everything a report found broken, with each change previewed in its store.

    A change that would touch nothing is left out; one that cannot be made, or whose store cannot say what it would do, is
    withheld with the reason, and with it everything that it was to make room for.
    """
    drafts = _Drafts(policy=policy, schemas=schemas, now=report.at)
    owed: dict[Obligation, Owed] = {}
    for finding, remedy in report.remedies():
        if isinstance(remedy, Obligation):
            owed.setdefault(remedy, Owed(finding=finding.key, obligation=remedy))
        else:
            drafts.add(finding, remedy)
    steps, withheld = _previewed(drafts.in_order(), preview)
    return Plan(
        made_at=report.at,
        policy=report.digest,
        steps=steps,
        obligations=tuple(owed.values()),
        withheld=(*drafts.withheld, *withheld),
        notes=tuple(dict.fromkeys(drafts.notes)),
    )


class _Drafts:
    """Changes gathered from findings: each once, each deletion behind what must come before it."""

    def __init__(self, *, policy: Policy, schemas: Mapping[str, Schema], now: datetime) -> None:
        self.policy = policy
        self.now = now
        self.schemas = schemas
        self.withheld: list[Withheld] = []
        self.notes: list[str] = []
        self._groups: dict[Change, tuple[str, list[Change]]] = {}

    def add(self, finding: Finding, change: Change) -> None:
        """Take a change with everything that must come before it."""
        if change in self._groups:
            return
        if not isinstance(change, DeleteRows | DropPartition):
            self._groups[change] = (finding.key, [change])
            return
        schema = self.schemas.get(change.table.store)
        rows = None if schema is None else _rows_of(change, schema)
        if schema is None or rows is None:
            reason = f"what points to rows of {change.table} cannot be seen now, so they do not go"
            self.withheld.append(Withheld(finding=finding.key, reason=reason))
            return
        following = follow(rows, self.policy, schema, self.now)
        self.notes += [f"{change.table}: {note}" for note in following.notes]
        if following.obstacles:
            self.withheld += [Withheld(finding=finding.key, reason=reason) for reason in following.obstacles]
            return
        self._groups[change] = (finding.key, [*following.before, change])

    def in_order(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield what shrinks tables before what rewrites them: each finding's key with a change, what must come before it first."""
        for last in sorted(self._groups, key=lambda change: ORDER.index(type(change))):
            yield self._groups[last]


def _rows_of(change: DeleteRows | DropPartition, schema: Schema) -> DeleteRows | None:
    """Return the deletion that has the same effect on rows; None for a partition of which nobody knows where it ends."""
    if isinstance(change, DeleteRows):
        return change
    info = schema.table(change.table)
    parts = info.partitions if info else ()
    part = next((part for part in parts if part.name == change.partition), None)
    if info is None or part is None or part.upper is None or info.partitioned_by is None:
        return None
    inside: list[Condition] = [Older(column=info.partitioned_by, cutoff=part.upper)]
    if part.lower is not None:
        inside.append(Not(what=Older(column=info.partitioned_by, cutoff=part.lower)))
    return DeleteRows(table=change.table, where=all_of(*inside), rows=change.rows)


def _previewed(groups: Iterable[tuple[str, list[Change]]], preview: PreviewOf) -> tuple[tuple[Step, ...], tuple[Withheld, ...]]:
    steps: dict[Change, Step] = {}
    withheld: dict[Withheld, None] = {}
    seen: dict[Change, Preview | Unknown] = {}
    for finding, changes in groups:
        for change in changes:
            if change not in seen:
                seen[change] = preview(change)
        silent = [answer.reason for change in changes if isinstance(answer := seen[change], Unknown)]
        withheld.update((Withheld(finding=finding, reason=reason), None) for reason in silent)
        if not silent:
            made = ((change, _step(finding, change, seen[change])) for change in changes if change not in steps)
            steps.update((change, step) for change, step in made if step is not None)
    return tuple(steps.values()), tuple(withheld)


def _step(finding: str, change: Change, answer: Preview | Unknown) -> Step | None:
    """Return the change as a step, with the number of rows that it may touch; None where it would touch none."""
    match answer:
        case Preview(total=total, touched=touched, samples=samples) if touched and not isinstance(change, Revoke):
            counted = replace(change, rows=touched)
            return Step(finding=finding, change=counted, total=total, touched=touched, samples=samples)
        case _:
            return Step(finding=finding, change=change, total=0, touched=0) if isinstance(change, Revoke) else None


def refuse_large_shares(plan: Plan, share: float) -> None:
    """Raise ShareTooLarge when the steps would touch more than `share` (0 to 1) of a table's rows."""
    large: Sequence[str] = [
        f"{table} ({touched:,} of {total:,} rows, {touched / total:.0%})"
        for table, (total, touched) in plan.touched().items()
        if total and touched / total > share
    ]
    if large:
        raise ShareTooLarge(
            f"the plan would touch more than {share:.0%} of {', '.join(large)}",
            todo="If that is meant, plan again with --allow-share and the share you mean, such as --allow-share 1.",
        )
