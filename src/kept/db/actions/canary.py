"""The canary: its lives are asked for as jobs, and how each ended stands in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from kept.db.models import Job
from kept.db.models.job import JobState

from .action import action, record

__all__ = ["CANARY", "ask_for_canary", "record_canary"]

CANARY: Final = "canary"
OPEN: Final = (JobState.WAITING, JobState.RUNNING)


@action
def ask_for_canary(*, wanted: Mapping[str, Any], at: datetime, actor: str) -> bool:
    """Ask for a life of the canary, or for one to go on (`wanted` names its requests); return False where one is under way."""
    facts = {"state": JobState.WAITING, "wanted": dict(wanted), "actor": actor, "created_at": at, "changed_at": at}
    job, is_new = Job.objects.get_or_create(kind=CANARY, key=CANARY, state__in=OPEN, defaults=facts)
    if is_new:
        record("job.asked", at=at, actor=actor, job=job.ref, what=CANARY)
    return is_new


@action
def record_canary(*, faults: int, rows: int, seconds: float, at: datetime, actor: str) -> None:
    """Record that the canary lived: in how many seconds, how many rows its export had, and how many things failed."""
    record("canary.lived", at=at, actor=actor, well=not faults, faults=faults, rows=rows, seconds=round(seconds))
