"""Working on people's requests: whichever is due is leased, its stage is run, and what came of it is written down.

A worker may die at any moment. What it was at is leased to it for half a minute; then another one runs the same stage again. Any
number of workers do this side by side, on as many machines as there are; none does another's work.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from kept.base.errors import KeptError, KeyDestroyed, SourceError
from kept.db.access.cases import Case, case_of_worker
from kept.db.actions.request_steps import (
    TOGETHER,
    Held,
    begin_step,
    close_request,
    delay_step,
    end_step,
    lease_request,
    wait_step,
)
from kept.rights.right import Right

from . import steps
from .intake import acknowledge
from .leases import keeping
from .outcomes import Closed, Done, Outcome, Wait
from .posting import post_letters
from .sweeping import sweep_once
from .world import World, told

__all__ = ["advance", "stages", "work_requests", "work_requests_once"]

log = logging.getLogger(__name__)

STAFF: Final = timedelta(days=1)
"""After how long what waits on staff is tried again without them."""

Run = Callable[[Case, World, Held], Outcome]


@cache
def stages() -> Mapping[str, Run]:
    """Return what each stage runs, found by the files of `kept.workflows.steps`."""
    names = [found.name for found in pkgutil.iter_modules(steps.__path__)]
    return {name: importlib.import_module(f"{steps.__name__}.{name}").run for name in names}


def work_requests(world: World) -> int:
    """Do everything that is due now; return how many things were done. What waits for a moment to come, waits."""
    done = 0
    while work_requests_once(world):
        done += 1
    return done


def work_requests_once(world: World) -> bool:
    """Do the one thing that has been due longest: a stage, a sweep of erasures, letters; return False where nothing is due."""
    leased = lease_request(at=world.now())
    if leased is not None:
        advance(world, *leased)
        return True
    return sweep_once(world) or post_letters(world)


def advance(world: World, ref: str, fence: int) -> None:
    """Run the stage of a request that was leased with this fence, and write down what came of it."""
    try:
        case = case_of_worker(ref)
    except KeyDestroyed:
        log.warning("the request %s has lost its key and is left alone", ref)
        return
    except KeptError as error:  # a right that is there no more: somebody must look, and the others go on meanwhile
        log.warning("the request %s cannot be opened: %s", ref, error)
        _ask_staff(world, Held(ref=ref, fence=fence, name=""), error)
        return
    held = Held(ref=ref, fence=fence, name=case.right.resumed(case.stage))
    try:
        with world.turn():
            begin_step(held, at=world.now(), actor=world.actor)
            acknowledge(world, case)
            with keeping(world, [ref], [fence]):
                outcome = stages()[held.name](case, world, held)
            _write_down(world, held, case.right, outcome)
    except SourceError as error:
        _later(world, held, error)
    except KeptError as error:
        _ask_staff(world, held, error)
    except Exception as error:  # a defect in one step must end neither the worker nor the request
        log.exception("the step %s of the request %s stopped", held.name, ref)
        said = f"Kept met what it was not made for ({type(error).__name__}). The worker's log says where."
        delay_step(held, error=said, code="defect", at=world.now(), actor=world.actor)


def _write_down(world: World, held: Held, right: Right, outcome: Outcome) -> None:
    match outcome:
        case Done(told=what, then=then):
            end_step(held, told=what, at=world.now(), actor=world.actor, wake_at=then or _gathered(world, held, right))
        case Wait(on=on, what=what_for, until=until, told=what):
            wait_step(held, on=on, what=what_for, until=until, at=world.now(), actor=world.actor, told=what)
        case Closed(state=state, outcome=text, ground=ground, told=what):
            close_request(held, state=state, outcome=text, ground=ground, told=what, at=world.now(), actor=world.actor)


def _gathered(world: World, held: Held, right: Right) -> datetime | None:
    """Return when an erasure is swept: at once, or once those of some time were gathered."""
    said = world.settings.requests.gather
    return said.after(world.now()) if right.after(held.name) == TOGETHER and (said.hours or said.months) else None


def _later(world: World, held: Held, error: SourceError) -> None:
    """Try again later; the request says which store it waits for."""
    log.warning("the request %s waits: %s", held.ref, error)
    there = Held(ref=held.ref, fence=held.fence, name=held.name, place=error.store)
    _lost_is_fine(lambda: delay_step(there, error=told(error), code=error.code, at=world.now(), actor=world.actor))


def _ask_staff(world: World, held: Held, error: KeptError) -> None:
    log.warning("the request %s waits for staff: %s", held.ref, error)
    until = world.now() + STAFF
    what = error.happened[:200]
    _lost_is_fine(
        lambda: wait_step(
            held,
            on="staff",
            what=what,
            until=until,
            at=world.now(),
            actor=world.actor,
            told={"todo": error.todo, "code": error.code},
        )
    )


def _lost_is_fine(write: Callable[[], object]) -> None:
    """Write down what stopped a step, unless the request is another worker's by now, who will find out for itself."""
    try:
        write()
    except KeptError as error:
        log.warning("what stopped a step could not be written down: %s", error)
