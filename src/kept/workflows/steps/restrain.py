"""Restrain: what the person takes away is taken away at once, before anything else is done (GDPR Art. 18, 21, 7(3))."""

from __future__ import annotations

from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.db.actions.restraints import place_restraints
from kept.workflows.outcomes import Done, Outcome
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Place the restraint; the gate decides by it from the moment it is written.

    It is placed for the person first, which no store can delay, and then for whoever else they are by the map's links.
    """
    purposes = [str(purpose) for purpose in case.wanted.get("purposes", ())]
    subjects = [case.subject] if case.subject else []
    new = place_restraints(
        request=case.ref, subjects=subjects, kind=case.right.restrains, purposes=purposes, at=world.now(), actor=world.actor
    )
    if not case.subject:
        return Done(told={"people": 0})
    found = world.follow(case.subject, erasing=True)
    others = [person for person in found.people if person != case.subject]
    if others:
        place_restraints(
            request=case.ref, subjects=others, kind=case.right.restrains, purposes=purposes, at=world.now(), actor=world.actor
        )
    return Done(told={"people": 1 + len(others), "new": new})
