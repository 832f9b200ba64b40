"""Erase: requests wait here for a sweep, which erases everybody who is due together (`kept.workflows.sweeping`)."""

from __future__ import annotations

from datetime import timedelta

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.workflows.outcomes import Outcome, Wait
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Wait for the sweep; no worker leases a request at this stage by itself."""
    return Wait(on="time", what="the next sweep", until=world.now() + timedelta(seconds=1))
