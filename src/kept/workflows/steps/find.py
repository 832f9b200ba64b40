"""Find: follow the person across tables and stores, and say which rows in which table by which path, with counts. A dry run."""

from __future__ import annotations

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held, keep_trail
from kept.workflows.mentions import identifiers_of
from kept.workflows.outcomes import Done, Outcome
from kept.workflows.tracing import trace
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Count what is there of the person, and keep what they are known by for the processors that will be asked."""
    if not case.subject:
        return Done(told={"rows": 0, "tables": 0, "ways": []})
    erasing = case.right.code == "erasure"
    traced = trace(world, case.subject, erasing=erasing)
    if erasing:
        words = identifiers_of(world, traced.found, None)
        keep_trail(held, trail={"people": list(traced.found.people), "words": words})
    return Done(told=traced.told)
