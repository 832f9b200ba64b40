"""Identify: find out who a request is about in the stores, by the address that its letters go to."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.db.actions.requests import identify_request
from kept.db.actions.verifying import keep_candidates
from kept.intake.addresses import bare_address
from kept.workflows.looking_up import people_at, shows_by
from kept.workflows.outcomes import Done, Outcome, Wait
from kept.workflows.world import World

__all__ = ["run"]

STAFF: Final = timedelta(days=1)
SEVERAL: Final = "somebody to choose: the address is that of several people"


def run(case: Case, world: World, held: Held) -> Outcome:
    """Keep the one person whose address it is. Where it is several people's, staff choose; where it is nobody's, there is nobody.

    Raises SourceError where a store does not answer: who could not be looked for everywhere is not taken to be nobody.
    """
    if case.subject:
        return Done(told={"people": 1})
    address = shows_by(case)[1]
    if bare_address(address) is None:
        return Done(told={"people": 0})
    people = people_at(world.stores(), address)
    told = {"people": len(people.subjects), "columns": people.columns}
    if len(people.subjects) > 1:
        keep_candidates(ref=case.ref, fence=held.fence, subjects=people.subjects)
        return Wait(on="staff", what=SEVERAL, until=world.now() + STAFF, told=told)
    if people.only:
        identify_request(ref=case.ref, fence=held.fence, subject=people.only, at=world.now())
    return Done(told=told)
