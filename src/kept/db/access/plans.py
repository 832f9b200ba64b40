"""Plans that were begun, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.db.failures import database_errors
from kept.db.models import Plan, Step

__all__ = ["KnownPlan", "KnownStep", "open_plans", "plan_by_digest", "steps_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlan:
    """A plan that was begun; `closed_at` is None until its last step is done."""

    digest: str
    policy: str
    made_at: datetime
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStep:
    """A step: `state` is planned, intended, done or failed. `rows_done` may be too low after a killed attempt, never too high."""

    position: int
    change: str
    what: str
    about: str
    finding: str
    state: str
    attempts: int
    rows: int
    rows_done: int
    remaining: int | None
    error: str
    changed_at: datetime


def plan_by_digest(digest: str) -> KnownPlan | None:
    """Return the plan, or None where it was never begun."""
    with database_errors():
        plan = Plan.objects.filter(digest=digest).first()
    return _known(plan) if plan else None


def open_plans() -> tuple[KnownPlan, ...]:
    """Return the plans that were begun and not finished, oldest first."""
    with database_errors():
        return tuple(_known(plan) for plan in Plan.objects.filter(closed_at=None).order_by("opened_at", "pk"))


def steps_of(digest: str) -> tuple[KnownStep, ...]:
    """Return the steps of a plan, in order; none where it was never begun."""
    with database_errors():
        return tuple(_step(step) for step in Step.objects.filter(plan__digest=digest).order_by("position"))


def _known(plan: Plan) -> KnownPlan:
    return KnownPlan(
        digest=plan.digest,
        policy=plan.policy,
        made_at=plan.made_at,
        opened_at=plan.opened_at,
        closed_at=plan.closed_at,
    )


def _step(step: Step) -> KnownStep:
    return KnownStep(
        position=step.position,
        change=step.change,
        what=step.what,
        about=step.about,
        finding=step.finding,
        state=step.state,
        attempts=step.attempts,
        rows=step.rows,
        rows_done=step.rows_done,
        remaining=step.remaining,
        error=step.error,
        changed_at=step.changed_at,
    )
