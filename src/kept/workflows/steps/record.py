"""Record: what the person said is kept with the request, sealed: whom they nominate (DPDP Act s.14)."""

from __future__ import annotations

from datetime import timedelta

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.workflows.outcomes import Done, Outcome, Wait
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """See that what the right asks for was said; it stands sealed in the request already."""
    lacking = [name for name in case.right.asks if name not in case.said]
    if lacking:
        return Wait(on="staff", what=f"the request does not say: {', '.join(lacking)}", until=world.now() + timedelta(days=1))
    return Done(told={"recorded": len(case.right.asks)})
