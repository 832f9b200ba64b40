"""Seal what is already there, or write it in the clear again: the columns that the map marks, as a plan that is applied at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kept.base.changes import SealColumn, UnsealColumn
from kept.base.conditions import Everything
from kept.base.errors import KeptError, Refused
from kept.base.names import Column
from kept.base.ports import Connector, Preview, Progress, silent
from kept.base.questions import CountSeals
from kept.base.seals import SealState
from kept.base.verdicts import Unknown
from kept.db import access
from kept.planning.plan import Plan, Step
from kept.planning.planfile import digest_of, read_plan, write_plan
from kept.policy.policy import Policy
from kept.policy.sealing import sealed_columns

from .applying import Outcome, alone, do_plan
from .check import policy_in_force
from .stores import opened

__all__ = ["SealedColumns", "seal", "unseal"]

PLAN = "vault-plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumns:
    """What was done column by column, what each column's values are now, and which columns could not be asked (with the reason)."""

    outcomes: tuple[Outcome, ...]
    states: Mapping[Column, Mapping[SealState, int]]
    unknown: Mapping[Column, str]

    @property
    def complete(self) -> bool:
        """Whether every step is done and every column could be asked."""
        return not self.unknown and all(outcome.receipt is not None or outcome.already for outcome in self.outcomes)


def seal(folder: Path, columns: Sequence[Column], *, actor: str, progress: Progress = silent) -> SealedColumns:
    """Seal the values of these columns, or of every column that the map marks, in batches; readable throughout for the vault's
    users.

    A run that was killed is finished by running it again. Raises Refused for a column that the map does not mark.
    """
    return _do(folder, columns, SealColumn, actor=actor, progress=progress)


def unseal(folder: Path, columns: Sequence[Column], *, actor: str, progress: Progress = silent) -> SealedColumns:
    """Write the values of these columns in the clear again, for leaving Kept. Raises as `seal` does."""
    return _do(folder, columns, UnsealColumn, actor=actor, progress=progress)


def _do(
    folder: Path, columns: Sequence[Column], kind: type[SealColumn] | type[UnsealColumn], *, actor: str, progress: Progress
) -> SealedColumns:
    policy = policy_in_force(folder)
    chosen = _chosen(policy, columns)
    path = folder / ".kept" / PLAN
    with alone(folder), opened(policy, folder, actor) as stores:
        before = _finish(path, policy, stores, actor=actor, progress=progress)
        plan, unknown = _planned(policy, stores, chosen, kind)
        outcomes: tuple[Outcome, ...] = ()
        if plan.steps:
            path.write_text(write_plan(plan), encoding="utf-8")
            outcomes = do_plan(plan, policy, stores, actor=actor, progress=progress)
            if all(outcome.receipt is not None for outcome in outcomes):
                path.unlink(missing_ok=True)
        states, unseen = _states(stores, chosen)
    return SealedColumns(outcomes=(*before, *outcomes), states=states, unknown=unknown | unseen)


def _chosen(policy: Policy, columns: Sequence[Column]) -> tuple[Column, ...]:
    marked = sealed_columns(policy)
    strange = [str(column) for column in columns if column not in marked]
    if strange:
        raise Refused(
            f"the map does not mark as sealed: {', '.join(strange)}",
            todo=f"Write `sealed: {{}}` behind it in the map. Marked are: {', '.join(map(str, marked)) or 'none'}.",
        )
    if not marked:
        raise Refused(
            "the map marks no column as sealed", todo="Write `sealed: {}` behind the fields in map/ that are to be sealed."
        )
    return tuple(columns) or tuple(marked)


def _finish(path: Path, policy: Policy, stores: Mapping[str, Connector], *, actor: str, progress: Progress) -> tuple[Outcome, ...]:
    """Finish what a run that was killed has left, so that its steps do not stay open in the record."""
    try:
        plan = read_plan(path.read_text(encoding="utf-8"))
    except (OSError, KeptError):
        return ()
    known = {one.digest for one in access.open_plans()}
    if plan.policy != policy.digest or digest_of(plan) not in known:
        return ()
    return do_plan(plan, policy, stores, actor=actor, progress=progress)


def _planned(
    policy: Policy, stores: Mapping[str, Connector], columns: Sequence[Column], kind: type[SealColumn] | type[UnsealColumn]
) -> tuple[Plan, dict[Column, str]]:
    """Return the plan for what is still to do, and the columns whose store does not say."""
    steps: list[Step] = []
    unknown: dict[Column, str] = {}
    what = "seal" if kind is SealColumn else "unseal"
    for column in columns:
        change = kind(table=column.table, column=column.name, where=Everything(), rows=0)
        match stores[column.table.store].preview(change):
            case Preview(touched=0):
                pass
            case Preview(total=total, touched=touched):
                step = Step(finding=f"vault {what} {column}", change=replace(change, rows=touched), total=total, touched=touched)
                steps.append(step)
            case Unknown(reason=reason, todo=todo):
                unknown[column] = f"{reason}. {todo}".strip()
    return Plan(made_at=datetime.now(UTC), policy=policy.digest, steps=tuple(steps)), unknown


def _states(
    stores: Mapping[str, Connector], columns: Sequence[Column]
) -> tuple[dict[Column, Mapping[SealState, int]], dict[Column, str]]:
    """Ask every column again what its values are: success is an answer, not a return code."""
    states: dict[Column, Mapping[SealState, int]] = {}
    unknown: dict[Column, str] = {}
    for column in columns:
        question = CountSeals(column=column)
        match stores[column.table.store].answer([question]).of(question):
            case Unknown(reason=reason):
                unknown[column] = reason
            case counts:
                states[column] = counts
    return states, unknown
