"""Confirm: staff look at what is to be written before it is (GDPR Art. 5(1)(d), 16)."""

from __future__ import annotations

from datetime import timedelta

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.workflows.outcomes import Done, Outcome, Wait
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Wait until staff have confirmed the new values, which wakes the request."""
    if case.wanted.get("confirmed"):
        return Done()
    return Wait(on="staff", what="somebody to confirm the new values", until=world.now() + timedelta(days=1))
