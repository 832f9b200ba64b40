"""Make a plan, as `kept plan` does, and propose it for a second pair of eyes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.base.ports import Progress
from kept.db.actions.proposals import propose_plan
from kept.planning.planfile import digest_of, write_plan
from kept.workflows.check import clock
from kept.workflows.planning import make_plan

__all__ = ["run"]


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return the plan's digest, empty where there is nothing to do, and its counts.

    `wanted` has `proposer`, an account's reference, and may have `share`, the largest share of a table (0 to 1) that it may touch.
    """
    _, plan = make_plan(folder, now=clock(), actor=actor, share=wanted.get("share"), progress=progress)
    rows = sum(step.touched for step in plan.steps)
    counts = {"steps": len(plan.steps), "rows": rows, "obligations": len(plan.obligations)}
    if not plan.steps and not plan.obligations:
        return {"plan": "", "withheld": len(plan.withheld), **counts}
    digest = digest_of(plan)
    propose_plan(
        digest=digest, content=write_plan(plan), proposer=str(wanted.get("proposer", "")), at=clock(), actor=actor, **counts
    )
    return {"plan": digest, "withheld": len(plan.withheld), **counts}
