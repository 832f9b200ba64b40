"""A plan: what would be done, in which order, to how many rows. A value, and a file that can be read before it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from kept.base.changes import Anonymise, Change, Coarsen, DeleteRows, DropPartition, Null, Obligation, Redact, Revoke
from kept.base.errors import ShareTooLarge
from kept.base.names import Table
from kept.base.ports import Preview
from kept.base.questions import Schema
from kept.base.verdicts import Unknown
from kept.policy.policy import Policy

from .following import follow
from .judging import Finding, Report

__all__ = ["Owed", "Plan", "PreviewOf", "Step", "Withheld", "draw_up", "refuse_large_shares", "store_of"]

ORDER = (DropPartition, DeleteRows, Anonymise, Null, Coarsen, Redact, Revoke)

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
        """The table that is changed; None for a right over a whole store."""
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
        """Return, by table, its rows now and the most rows that any one step touches there."""
        tables: dict[Table, tuple[int, int]] = {}
        for step in self.steps:
            if step.table is not None and not isinstance(step.change, Revoke):
                total, touched = tables.get(step.table, (0, 0))
                tables[step.table] = (max(total, step.total), max(touched, step.touched))
        return tables


def store_of(change: Change) -> str:
    """Return the store a change is made in."""
    return change.store if isinstance(change, Revoke) else change.table.store


def draw_up(report: Report, policy: Policy, schemas: Mapping[str, Schema], preview: PreviewOf) -> Plan:
    """Return the plan for everything a report found broken, with each change previewed in its store.

    A change that would touch nothing is left out; one that cannot be made, or whose store cannot say what it would do, is
    withheld with the reason.
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
        if not isinstance(change, DeleteRows) or change.table.store not in self.schemas:
            self._groups[change] = (finding.key, [change])
            return
        following = follow(change, self.policy, self.schemas[change.table.store], self.now)
        self.notes += [f"{change.table}: {note}" for note in following.notes]
        if following.obstacles:
            self.withheld += [Withheld(finding=finding.key, reason=reason) for reason in following.obstacles]
            return
        self._groups[change] = (finding.key, [*following.before, change])

    def in_order(self) -> Iterator[tuple[str, Change]]:
        """Yield what shrinks tables before what rewrites them."""
        seen: set[Change] = set()
        for last in sorted(self._groups, key=lambda change: ORDER.index(type(change))):
            finding, changes = self._groups[last]
            for change in changes:
                if change not in seen:
                    seen.add(change)
                    yield finding, change


def _previewed(drafts: Iterable[tuple[str, Change]], preview: PreviewOf) -> tuple[tuple[Step, ...], tuple[Withheld, ...]]:
    steps: list[Step] = []
    withheld: list[Withheld] = []
    for finding, change in drafts:
        match preview(change):
            case Unknown(reason=reason):
                withheld.append(Withheld(finding=finding, reason=reason))
            case Preview(total=total, touched=touched, samples=samples):
                if isinstance(change, Revoke):
                    steps.append(Step(finding=finding, change=change, total=0, touched=0))
                elif touched:
                    counted = replace(change, rows=touched)
                    steps.append(Step(finding=finding, change=counted, total=total, touched=touched, samples=samples))
    return tuple(steps), tuple(withheld)


def refuse_large_shares(plan: Plan, share: float) -> None:
    """Raise ShareTooLarge when a step would touch more than `share` (0 to 1) of a table's rows."""
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
