"""Processors: all that hold data of the person are asked to do their part, and what they acknowledge is kept (GDPR Art. 19)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from kept.db.access.cases import Case
from kept.db.actions.orders import ENDED
from kept.db.actions.request_steps import Held
from kept.workflows.mentions import identifiers_of
from kept.workflows.ordering import ask_processors
from kept.workflows.outcomes import Done, Outcome, Wait
from kept.workflows.world import World

__all__ = ["run"]

BEFORE_THE_DATE: Final = timedelta(days=2)
"""How long before its date a request is answered although a processor has not: the answer says so, and the order goes on."""


def run(case: Case, world: World, held: Held) -> Outcome:
    """Ask those that have not been, and wait for them until the request's date comes near."""
    if not case.subject:
        return Done(told={"asked": 0})
    words = case.trail.get("words")
    if words is None and case.right.code != "erasure":
        words = identifiers_of(world, world.follow(case.subject, erasing=True), None)
    orders = ask_processors(world, case, words or ())
    waiting = [order for order in orders if order.state not in ENDED]
    told = {"asked": len(orders), "waiting": len(waiting)}
    now = world.now()
    if waiting and now < case.work_by - BEFORE_THE_DATE and any(order.due > now for order in waiting):
        until = min(case.work_by - BEFORE_THE_DATE, *(order.look_at or order.due for order in waiting))
        names = ", ".join(order.processor for order in waiting)
        return Wait(on="processor", what=names[:200], until=max(until, now + timedelta(minutes=1)), told=told)
    return Done(told=told)
