"""Telling the owner of a request that its date comes near: before the date, not after."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from kept.db.access.dates import NearDate, requests_near, requests_settled
from kept.db.actions.obligations import close_obligation
from kept.db.actions.request_steps import escalate_request

from .world import World

__all__ = ["MARGIN", "escalate"]

MARGIN: Final = timedelta(days=7)
"""How long before its date a request that waits is brought before its owner; a third of its time where that is shorter."""


def escalate(world: World) -> int:
    """Open a task for each open request whose date is near and of which nobody was told yet; return how many.

    Tasks of requests that have ended are closed.
    """
    now = world.now()
    near = [one for one in requests_near(before=now + MARGIN) if now >= one.work_by - min(MARGIN, one.time / 3)]
    for one in near:
        world.owe(
            finding=f"request {one.ref}",
            title=_title(one),
            wanted="The request's page shows that it was answered.",
            due=one.work_by.date(),
        )
        escalate_request(ref=one.ref, at=now, actor=world.actor)
    for ref in requests_settled():
        evidence = f"The request {ref} has ended."
        close_obligation(finding=f"request {ref}", evidence=evidence, at=now, actor=world.actor)
    return len(near)


def _title(one: NearDate) -> str:
    waits = f", and waits for {one.waits_on}" if one.waits_on else ""
    return f"The request {one.ref} ({one.right}) must be answered by {one.work_by:%Y-%m-%d}{waits}"
