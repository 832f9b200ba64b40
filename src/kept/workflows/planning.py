"""Plan: check, then say what would mend what is broken, with each change previewed in its store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kept.base.changes import Change
from kept.base.ports import Preview, Progress, silent
from kept.base.questions import ReadSchema, Schema
from kept.base.verdicts import Unknown
from kept.planning.judging import Report
from kept.planning.plan import Plan, draw_up, refuse_large_shares, store_of

from .check import check_stores, policy_in_force
from .stores import ask, opened

__all__ = ["make_plan"]


def make_plan(
    folder: Path, *, now: datetime, actor: str, share: float | None = None, progress: Progress = silent
) -> tuple[Report, Plan]:
    """Return a fresh report and the plan that would mend it; no store is changed and nothing of the report recorded.

    `share` (0 to 1) overrides kept.toml's safety share. Raises ShareTooLarge when a step would touch more of a table.
    """
    policy = policy_in_force(folder)
    with opened(policy, folder, actor) as stores:
        report = check_stores(policy, stores, now=now, progress=progress)
        questions = {name: [ReadSchema(of=name)] for name in policy.stores}
        read = ask(stores, questions)
        schemas = {name: schema for name in questions if isinstance(schema := read.of(ReadSchema(of=name)), Schema)}

        def preview(change: Change) -> Preview | Unknown:
            store = store_of(change)
            progress(f"preview {store}", 0, None)
            return stores[store].preview(change) if store in stores else Unknown(reason=f'no store "{store}"')

        plan = draw_up(report, policy, schemas, preview)
    refuse_large_shares(plan, policy.settings.safety_share if share is None else share)
    return report, plan
