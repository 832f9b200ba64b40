"""When the canary is to live again: a synthetic person made, exported, erased and looked for (`kept.workflows.jobs.canary`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kept.db.access.jobs import KnownJob, last_job
from kept.db.actions.canary import CANARY, ask_for_canary
from kept.policy.settings import CanarySettings

from .world import World

__all__ = ["due_canary"]

ANEW: Final = timedelta(days=1)
"""How soon it lives again after a life that failed, where that is sooner than its schedule."""
AGAIN: Final = timedelta(hours=1)
"""How long a life that waits for a processor rests before it is looked at again."""


def due_canary(world: World) -> bool:
    """Ask for the canary's next life where its time has come, or for one that waits to go on; return whether anything was asked."""
    settings, now = world.settings.requests.canary, world.now()
    if settings is None:
        return False
    last = last_job(CANARY, CANARY)
    if last is not None and not last.ended:
        return False
    result = (last.result or {}) if last is not None else {}
    if last is not None and "waits" in result:
        going_on = {**last.wanted, **result["waits"]}
        return last.changed_at + AGAIN <= now and ask_for_canary(wanted=going_on, at=now, actor=world.actor)
    if last is not None and _next(last, settings) > now:
        return False
    return ask_for_canary(wanted={}, at=now, actor=world.actor)


def _next(last: KnownJob, settings: CanarySettings) -> datetime:
    """Return when the canary lives next: by its schedule, sooner where the last life failed."""
    next_one = settings.every.after(last.created_at)
    failed = last.state == "failed" or bool((last.result or {}).get("failed"))
    return min(next_one, last.changed_at + ANEW) if failed else next_one
