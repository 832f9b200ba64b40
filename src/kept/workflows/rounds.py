"""What a worker does from time to time, whoever of them comes first: nobody has to ask for it.

Each round is safe to do twice, and by several workers at once. One that fails is told in the log and done again the next time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kept.base.errors import KeptError
from kept.db.actions.bundles import clear_left_over, expire_bundles
from kept.db.actions.departing import erase_accounts_of_ended
from kept.db.actions.forgetting import forget_erasures
from kept.db.actions.recomputing import recompute_requests
from kept.db.actions.remainders import tell_of_gone
from kept.db.actions.restraints import lift_announced
from kept.db.actions.sweeps import wake_remainders
from kept.db.actions.tidying import tidy
from kept.db.notices import Voice

from .canaries import due_canary
from .escalating import escalate
from .intake import poll
from .ordering import look_at_orders
from .telling import tell_agents
from .world import World

__all__ = ["ROUNDS", "Rounds"]

log = logging.getLogger(__name__)

MINUTE: Final = 60.0
HOUR: Final = 3600.0


def _tidy(world: World) -> None:
    tidy(at=world.now(), actor=world.actor)


def _expire(world: World) -> None:
    expire_bundles(folder=world.folder, at=world.now(), actor=world.actor)
    clear_left_over(at=world.now())


def _forget(world: World) -> None:
    now = world.now()
    before = world.settings.requests.keep.before(now)
    erase_accounts_of_ended(closed_before=before, at=now, actor=world.actor)
    forget_erasures(closed_before=before, at=now, actor=world.actor)


def _canary(world: World) -> None:
    due_canary(world)


def _remainders(world: World) -> None:
    wake_remainders(at=world.now())
    named = {str(one.table): one.map.what for one in world.policy.tables()}
    tell_of_gone(voice=Voice.of(world.settings), named=named, at=world.now(), actor=world.actor)


def _agents(world: World) -> None:
    tell_agents(world)


def _restrictions(world: World) -> None:
    for ref in lift_announced(at=world.now(), actor=world.actor):
        world.owe(
            finding=f"restriction {ref}",
            title=f"The letter that the restriction of the request {ref} will be lifted was refused, so it stays",
            wanted="The person was told in another way, or the restriction is meant to stay.",
        )


def _orders(world: World) -> None:
    look_at_orders(world)


def _laws(world: World) -> None:
    recompute_requests(terms=world.terms, at=world.now(), actor=world.actor)


def _mail(world: World) -> None:
    if world.settings.requests.mailbox is not None:
        poll(world)


def _escalate(world: World) -> None:
    escalate(world)


ROUNDS: Final[Mapping[str, tuple[float, Callable[[World], None]]]] = {
    "mail": (MINUTE, _mail),
    "orders": (MINUTE, _orders),
    "remainders": (MINUTE, _remainders),
    "agents": (MINUTE, _agents),
    "restrictions": (HOUR / 4, _restrictions),
    "escalation": (HOUR / 4, _escalate),
    "canary": (MINUTE, _canary),
    "bundles": (HOUR / 4, _expire),
    "forgetting": (HOUR, _forget),
    "laws": (HOUR, _laws),
    "tidying": (HOUR, _tidy),
}
"""Every round by name: how many seconds apart, and what is done."""


@dataclass(slots=True)
class Rounds:
    """When a worker did each round last."""

    done: dict[str, float] = field(default_factory=dict)

    def go(self, world: World) -> None:
        """Do every round whose time has come."""
        for name, (seconds, do) in ROUNDS.items():
            now = time.monotonic()
            if now - self.done.get(name, -seconds) < seconds:
                continue
            self.done[name] = now
            try:
                do(world)
            except KeptError as error:
                log.warning("the round of %s is done again later: %s", name, error)
            except Exception:  # a defect in one round must end neither the worker nor the other rounds
                log.exception("the round of %s stopped", name)
