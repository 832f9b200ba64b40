"""Applying a plan: opened once, an intent before every step, a receipt after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kept.base.errors import Refused
from kept.db.models import Plan, Step
from kept.db.models.step import StepState

from .action import action, named, record

__all__ = ["Planned", "fail_step", "open_plan", "record_intent", "record_progress", "record_receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One step of a plan: the digest of its change, the change's kind, what it is about, who asked for it, and how many rows."""

    change: str
    what: str
    about: str
    finding: str
    rows: int


@action
def open_plan(*, digest: str, policy: str, made_at: datetime, steps: Sequence[Planned], at: datetime, actor: str) -> bool:
    """Remember that a plan is being applied; return False where it was opened before, and then change nothing.

    Unfinished plans for another policy, which nobody can apply any more, are closed as superseded.
    """
    plan, is_new = Plan.objects.get_or_create(digest=digest, defaults={"policy": policy, "made_at": made_at, "opened_at": at})
    if not is_new:
        return False
    _close_superseded(policy, at=at, actor=actor)
    Step.objects.bulk_create(
        [
            Step(
                plan=plan,
                position=position,
                change=one.change,
                what=one.what,
                about=one.about,
                finding=one.finding,
                rows=one.rows,
                changed_at=at,
            )
            for position, one in enumerate(steps)
        ],
        batch_size=1000,
    )
    rows = sum(one.rows for one in steps)
    record("plan.opened", at=at, actor=actor, plan=digest, policy=policy, steps=len(steps), rows=rows)
    _close_if_done(plan, at=at, actor=actor)
    return True


@action
def record_intent(*, plan: str, position: int, at: datetime, actor: str) -> int:
    """Say that a step is about to be done; return which attempt this is, from 1.

    Raises Refused where the step is done already or there is no such step.
    """
    step = _step(plan, position, StepState.PLANNED, StepState.INTENDED, StepState.FAILED)
    step.attempts += 1
    step.rows_before = step.rows_done
    _save(step, StepState.INTENDED, at)
    record(
        "step.intended",
        at=at,
        actor=actor,
        plan=plan,
        position=position,
        change=step.change,
        what=named(step.what),
        about=named(step.about),
        rows=step.rows,
        attempt=step.attempts,
    )
    return step.attempts


@action
def record_progress(*, plan: str, position: int, rows: int, at: datetime, actor: str) -> None:
    """Say how many rows the attempt under way has done so far. Raises Refused unless the step is under way."""
    step = _step(plan, position, StepState.INTENDED)
    step.rows_done = step.rows_before + rows
    _save(step, StepState.INTENDED, at)
    record("step.progressed", at=at, actor=actor, plan=plan, position=position, attempt=step.attempts, rows=rows)


@action
def record_receipt(*, plan: str, position: int, rows: int, batches: int, remaining: int, at: datetime, actor: str) -> None:
    """Say what the attempt did: rows, batches, and how many rows still meet the selection.

    The step is done when none remain, else it failed with `rows-remain`; the plan is closed with its last step. Raises Refused
    unless the step is under way.
    """
    step = _step(plan, position, StepState.INTENDED)
    step.rows_done = step.rows_before + rows
    step.remaining = remaining
    step.error = "rows-remain" if remaining else ""
    _save(step, StepState.FAILED if remaining else StepState.DONE, at)
    record(
        "step.failed" if remaining else "step.done",
        at=at,
        actor=actor,
        plan=plan,
        position=position,
        change=step.change,
        attempt=step.attempts,
        rows=rows,
        batches=batches,
        remaining=remaining,
    )
    _close_if_done(step.plan, at=at, actor=actor)


@action
def fail_step(*, plan: str, position: int, rows: int, error: str, at: datetime, actor: str) -> None:
    """Say that the attempt stopped with an error of this code, after so many rows. Raises Refused unless the step is under way."""
    step = _step(plan, position, StepState.INTENDED)
    step.rows_done = step.rows_before + rows
    step.error = error
    _save(step, StepState.FAILED, at)
    record(
        "step.failed",
        at=at,
        actor=actor,
        plan=plan,
        position=position,
        change=step.change,
        attempt=step.attempts,
        rows=rows,
        error=named(error),
    )


def _step(plan: str, position: int, *states: StepState) -> Step:
    """Return the step, locked; it must be in one of these states."""
    step = Step.objects.select_for_update(of=("self",)).select_related("plan").filter(plan__digest=plan, position=position).first()
    if step is None:
        raise Refused(f"There is no step {position} of plan {plan[:12]}", todo="Open the plan first.")
    if step.state not in states:
        raise Refused(
            f"Step {position} of plan {plan[:12]} is {step.state}",
            todo="Look with `kept status` whether another `kept apply` is at work.",
        )
    return step


def _save(step: Step, state: StepState, at: datetime) -> None:
    step.state = state
    step.changed_at = at
    step.save()


def _close_superseded(policy: str, *, at: datetime, actor: str) -> None:
    for plan in Plan.objects.select_for_update().filter(closed_at=None).exclude(policy=policy):
        plan.closed_at = at
        plan.save(update_fields=["closed_at"])
        done = plan.steps.filter(state=StepState.DONE).count()
        record("plan.superseded", at=at, actor=actor, plan=plan.digest, done=done)


def _close_if_done(plan: Plan, *, at: datetime, actor: str) -> None:
    if plan.steps.exclude(state=StepState.DONE).exists():
        return
    plan.closed_at = at
    plan.save(update_fields=["closed_at"])
    record("plan.done", at=at, actor=actor, plan=plan.digest)
