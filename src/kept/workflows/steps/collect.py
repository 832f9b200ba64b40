"""Collect: everything that may be shown of the person goes into a sealed bundle, with the answer and a signed manifest."""

from __future__ import annotations

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.workflows.collecting import collect
from kept.workflows.outcomes import Done, Outcome
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Make the copy. Raises SourceError while rows are read or the disk is full; Refused where the answer lacks something."""
    return Done(told=collect(case, world, held))
