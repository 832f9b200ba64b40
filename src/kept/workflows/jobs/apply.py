"""Apply a plan that was approved, as `kept apply` does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.base.errors import SourceError
from kept.base.ports import Progress
from kept.base.verdicts import Mark
from kept.db.access.proposals import approved_plan
from kept.db.actions.proposals import mark_applied
from kept.planning.planfile import read_plan
from kept.workflows.applying import Applied, apply_plan
from kept.workflows.check import clock

__all__ = ["run"]


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return how many rows were changed, and how many findings have each mark afterwards; `wanted` has `plan`, its digest.

    Raises Refused where nobody approved it, PlanIsStale, and the first error that stopped a step.
    """
    digest = str(wanted.get("plan", ""))
    plan = read_plan(approved_plan(digest))
    applied = apply_plan(folder, plan, now=clock(), actor=actor, progress=progress)
    if not applied.complete:
        _stop(applied)
    mark_applied(digest=digest)
    rows = sum(outcome.receipt.rows for outcome in applied.outcomes if outcome.receipt)
    return {"rows": rows, "steps": len(applied.outcomes), **{mark.value: applied.report.count(mark) for mark in Mark}}


def _stop(applied: Applied) -> None:
    """Raise what stopped the first step that is not done, saying that others may be."""
    done = sum(outcome.receipt is not None or outcome.already for outcome in applied.outcomes)
    changed = f"{done} of {len(applied.outcomes)} steps are done and stay done"
    error = next((outcome.error for outcome in applied.outcomes if outcome.error is not None), None)
    if error is None:
        raise SourceError("A step of the plan could not be done", store="", todo="Apply the plan again.", changed=changed)
    error.changed = changed
    raise error
