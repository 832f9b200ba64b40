"""Write: somebody of the company answers in their own words: a question, a complaint."""

from __future__ import annotations

from datetime import timedelta

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.workflows.outcomes import Done, Outcome, Wait
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Wait until staff have written the answer, which wakes the request."""
    if case.outcome:
        return Done()
    return Wait(on="staff", what="an answer in somebody's own words", until=world.now() + timedelta(days=1))
