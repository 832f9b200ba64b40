"""Apply: do what a plan says, step by step, and ask again.

Each step is written down before it is done (intent) and after (receipt). A run that was killed is found by its intents; the
change is done again, which touches only the rows that are left, because every change leaves out what it has already done.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kept.base.changes import VAULT, Change, DeleteRows, selection_of
from kept.base.errors import KeptError, PlanIsStale, Refused
from kept.base.names import Column
from kept.base.periods import SKEW
from kept.base.ports import Connector, Preview, Progress, Receipt, Selection, silent
from kept.base.verdicts import Unknown
from kept.db import access, actions
from kept.planning.judging import Report
from kept.planning.plan import Plan, Step, store_of
from kept.planning.planfile import digest_of, digest_of_change
from kept.policy.policy import Policy

from .check import check_stores, clock, policy_in_force, record
from .stores import opened

__all__ = ["Applied", "Outcome", "alone", "apply_plan", "do_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one step: a receipt, or the error that stopped it, or neither where an earlier error held it back."""

    position: int
    step: Step
    receipt: Receipt | None = None
    error: KeptError | None = None
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a plan, and what the promises come to now."""

    outcomes: tuple[Outcome, ...]
    report: Report

    @property
    def complete(self) -> bool:
        """Whether every step is done."""
        return all(outcome.receipt is not None or outcome.already for outcome in self.outcomes)


def apply_plan(
    folder: Path, plan: Plan, *, now: datetime, actor: str, imagined: bool = False, progress: Progress = silent
) -> Applied:
    """Do what the plan says and ask again. Run again after a crash, it finishes what is left.

    `now` is the moment to judge by afterwards, `imagined` where that is another day than today; the record bears the real time.

    Raises PlanIsStale, before anything is changed, when the privacy folder is not the one the plan was made from or a step would
    touch more rows than it says; Refused when another apply is at work.
    """
    policy = policy_in_force(folder)
    _refuse_other(plan, policy, now)
    with alone(folder), opened(policy, folder, actor) as stores:
        run, states = _begin(plan, policy, stores, actor=actor, progress=progress)
        with run.honest():
            outcomes = tuple(run.all(plan, states))
            report = check_stores(policy, stores, now=now, progress=progress)
            record(report, actor=actor, imagined=imagined)
    return Applied(outcomes=outcomes, report=report)


def do_plan(
    plan: Plan, policy: Policy, stores: Mapping[str, Connector], *, actor: str, progress: Progress = silent
) -> tuple[Outcome, ...]:
    """Do what a plan says, with intents and receipts, and judge nothing afterwards; the caller is `alone` on the folder.

    Raises as `apply_plan` does.
    """
    run, states = _begin(plan, policy, stores, actor=actor, progress=progress)
    with run.honest():
        return tuple(run.all(plan, states))


def _begin(
    plan: Plan, policy: Policy, stores: Mapping[str, Connector], *, actor: str, progress: Progress
) -> tuple[_Run, Sequence[str]]:
    """Refuse a plan that no longer fits, write down what is going to be done, and return the run with the state of each step."""
    digest = digest_of(plan)
    states = [step.state for step in access.steps_of(digest)] or ["planned"] * len(plan.steps)
    _refuse_stale(plan, states, stores)
    _open(plan, digest=digest, actor=actor)
    return _Run(policy=policy, stores=stores, digest=digest, actor=actor, progress=progress), states


def _refuse_other(plan: Plan, policy: Policy, now: datetime) -> None:
    """Refuse a plan for another policy, for stores that the policy does not have, or for a day that has not come."""
    if plan.policy != policy.digest:
        raise PlanIsStale("the privacy folder changed after the plan was made", todo="Plan again.")
    known = {*policy.settings.stores, VAULT}
    if strange := sorted({store_of(step.change) for step in plan.steps} - known):
        raise Refused(f"the plan is about stores that kept.toml does not name: {', '.join(strange)}", todo="Plan again.")
    if plan.made_at > now + SKEW:
        raise Refused(
            f"the plan is for {plan.made_at:%Y-%m-%d}, which has not come: rows would go before their time",
            todo=f"Plan again, or if that is meant, say --as-of {plan.made_at:%Y-%m-%dT%H:%M:%S}.",
        )


def _open(plan: Plan, *, digest: str, actor: str) -> None:
    """Write down what is going to be done, and open what people owe; a plan that was opened before is left as it is."""
    steps = [
        actions.Planned(
            change=digest_of_change(step.change),
            what=type(step.change).__name__,
            about=str(step.table or store_of(step.change)),
            finding=step.finding,
            rows=step.touched,
        )
        for step in plan.steps
    ]
    actions.open_plan(digest=digest, policy=plan.policy, made_at=plan.made_at, steps=steps, at=clock(), actor=actor)
    for owed in plan.obligations:
        task = owed.obligation
        actions.open_obligation(
            finding=owed.finding, title=task.title, owner=task.owner, due=task.due, wanted=task.evidence, at=clock(), actor=actor
        )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a lock that the operating system lets go of when the process dies. Raises Refused when it is taken."""
    path = folder / ".kept" / "apply.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("another apply is at work on this folder", todo="Wait for it to end, then run this again.") from error
        yield


def _refuse_stale(plan: Plan, states: Sequence[str], stores: Mapping[str, Connector]) -> None:
    """Ask each store again for the rows of every step that has not begun."""
    for step, state in zip(plan.steps, states, strict=True):
        if state != "planned":
            continue
        match stores[store_of(step.change)].preview(step.change):
            case Preview(touched=touched) if touched > step.touched:
                raise PlanIsStale(
                    f"a step would now touch {touched:,} rows of {step.table}; the plan says {step.touched:,}", todo="Plan again."
                )
            case Unknown(reason=reason, todo=todo):
                raise PlanIsStale(f"a step can no longer be made: {reason}", todo=todo or "Mend that, then plan again.")
            case _:
                pass


class _Run:
    """One run through a plan's steps."""

    def __init__(self, *, policy: Policy, stores: Mapping[str, Connector], digest: str, actor: str, progress: Progress) -> None:
        self.policy = policy
        self.stores = stores
        self.digest = digest
        self.actor = actor
        self.progress = progress
        self._stopped: set[str] = set()
        self._begun = 0

    @contextmanager
    def honest(self) -> Iterator[None]:
        """Let no error say that nothing was changed once a step was begun."""
        try:
            yield
        except KeptError as error:
            if self._begun:
                error.changed = f"{self._begun} of the plan's steps were begun before, and what they did stays done"
                error.todo += " Then apply the same plan again: it finishes what is left."
            raise

    def all(self, plan: Plan, states: Sequence[str]) -> Iterator[Outcome]:
        """Do each step that is not done; an error holds back the later steps of the same finding and no others."""
        for position, (step, state) in enumerate(zip(plan.steps, states, strict=True)):
            if state == "done":
                yield Outcome(position=position, step=step, already=True)
            elif step.finding in self._stopped:
                yield Outcome(position=position, step=step)
            else:
                yield self._one(position, step)

    def _one(self, position: int, step: Step) -> Outcome:
        change = step.change
        connector = self.stores[store_of(change)]
        actions.record_intent(plan=self.digest, position=position, at=clock(), actor=self.actor)
        self._begun += 1
        try:
            self._remember_people(connector, change)
            receipt = connector.perform(change, progress=self.progress)
        except KeptError as error:
            self._stopped.add(step.finding)
            actions.fail_step(plan=self.digest, position=position, rows=error.rows, error=error.code, at=clock(), actor=self.actor)
            return Outcome(position=position, step=step, error=error)
        actions.record_receipt(
            plan=self.digest,
            position=position,
            rows=receipt.rows,
            batches=receipt.batches,
            remaining=receipt.remaining,
            at=clock(),
            actor=self.actor,
        )
        if receipt.remaining == 0:
            return Outcome(position=position, step=step, receipt=receipt)
        self._stopped.add(step.finding)
        return Outcome(position=position, step=step, error=_remaining(step, receipt))

    def _remember_people(self, connector: Connector, change: Change) -> None:
        """Before people's own rows go, keep a keyed hash of each key, so that one who comes back is noticed."""
        if not isinstance(change, DeleteRows):
            return
        mapped = self.policy.table(change.table)
        if mapped is None or mapped.map.subject is None:
            return
        key = mapped.map.subject.key
        rows = connector.read(Selection(table=change.table, columns=(key,), where=selection_of(change)))
        keys = (row[key].reveal() for row in rows)
        actions.add_tombstones(column=Column(table=change.table, name=key), values=keys, at=clock(), actor=self.actor)


def _remaining(step: Step, receipt: Receipt) -> PlanIsStale:
    return PlanIsStale(
        f"{receipt.remaining:,} rows of {step.table} still stand where none should",
        changed=f"{receipt.rows:,} rows were changed",
        todo="Something is writing rows of the kind the plan removes; plan again.",
    )
