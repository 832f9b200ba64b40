"""Asking processors to do their part, and looking what became of it. Every acknowledgement is kept, sealed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final

from kept.base.errors import KeptError, Refused
from kept.base.personal import Personal
from kept.connectors.post import send
from kept.connectors.processors import Acknowledgement, Correction, Identifier, Order, Processor, Surroundings, connect
from kept.db.access.cases import Case, case_of_worker
from kept.db.access.orders import KnownOrder, orders_of, orders_to_look_at
from kept.db.actions.orders import ENDED, open_order, order_answered, order_asked
from kept.db.actions.request_steps import wake_request
from kept.policy.processors import Processor as Declared

from .world import World

__all__ = ["ask_processors", "look_at_orders"]

log = logging.getLogger(__name__)

BY_LETTER: Final = "email"
LEAST: Final = timedelta(hours=1)
LOOK_AGAIN: Final = timedelta(hours=6)
"""When to look again at an order whose processor did not say when."""


def ask_processors(world: World, case: Case, words: Sequence[Sequence[str]]) -> tuple[KnownOrder, ...]:
    """Ask every processor that is told of this right; return how the orders stand.

    What was asked before is looked at, and not asked again. Raises SourceError where one cannot be reached, after the others were
    asked.
    """
    failed: KeptError | None = None
    for name, declared in _told_of(world, case):
        asking = declared.erasure
        if asking is None:
            continue
        now = world.now()
        due = asking.within.after(now)
        ref = open_order(request=case.ref, processor=name, way=asking.way, due=due, at=now, actor=world.actor)
        known = next(order for order in orders_of(case.ref) if order.ref == ref)
        if known.state in ENDED or (known.state != "new" and known.look_at is not None and known.look_at > now):
            continue
        try:
            _ask(world, case, known, words)
        except KeptError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return orders_of(case.ref)


def look_at_orders(world: World) -> bool:
    """Look at the orders that are due to be looked at, and wake the requests of those that have ended; return whether any were.

    One whose processor is late becomes a task for its owner, and is not looked at by itself any more.
    """
    due = orders_to_look_at(at=world.now())
    for order in due:
        state = _look_at(world, order)
        if state not in ENDED and world.now() >= order.due:
            _overdue(world, order, state)
        if state in ENDED or world.now() >= order.due:
            wake_request(ref=order.request, at=world.now())
    return bool(due)


def _look_at(world: World, order: KnownOrder) -> str:
    """Return where an order stands now; where that cannot be seen, it is looked at again later."""
    try:
        case = case_of_worker(order.request)
        return _ask(world, case, order, case.trail.get("words", ()))
    except KeptError as error:
        log.warning("the order %s of the request %s is looked at again: %s", order.ref, order.request, error)
        _keep(world, order, order.state, look_at=world.now() + LOOK_AGAIN)
        return order.state


def _overdue(world: World, order: KnownOrder, state: str) -> None:
    world.owe(
        finding=f"order {order.ref}",
        title=f"The processor {order.processor} has not answered for the request {order.request}",
        wanted="The processor's answer stands on the request's page.",
    )
    _keep(world, order, state, look_at=None)


def _keep(world: World, order: KnownOrder, state: str, *, look_at: datetime | None) -> None:
    order_answered(
        ref=order.ref, state=state, theirs=order.theirs, raw=b"", facts={}, look_at=look_at, at=world.now(), actor=world.actor
    )


def _told_of(world: World, case: Case) -> Iterator[tuple[str, Declared]]:
    """Yield the processors in use that are told of a right."""
    today = world.now().date()
    for name, declared in world.policy.processors.items():
        if declared.in_use(today) and declared.erasure is not None and case.right.orders in declared.erasure.rights:
            yield name, declared


def _ask(world: World, case: Case, known: KnownOrder, words: Sequence[Sequence[str]]) -> str:
    """Ask a processor, or look where it stands; keep what it says and return its state."""
    declared = world.policy.processors.get(known.processor)
    if declared is None or declared.erasure is None:
        raise Refused(f"processors.yaml says no more how {known.processor} is asked", todo="Put it back, or record its answer.")
    processor = connect(known.processor, declared.erasure, _around(world))
    order = _order(case, known, words)
    if known.state == "new":
        order_asked(ref=known.ref, at=world.now(), actor=world.actor)
        said = processor.ask(order)
    else:
        said = _looked(processor, order, known)
        if said.state == "sent" and known.way != BY_LETTER:  # it does not know the order: it was lost on its way
            said = processor.ask(order)
    look_at = max(said.until or world.now(), world.now() + LEAST)
    facts: Mapping[str, str] = {"sha256": said.evidence.sha256}
    order_answered(
        ref=known.ref,
        state=said.state,
        theirs=said.their_ref,
        raw=said.raw,
        facts=facts,
        look_at=look_at,
        at=world.now(),
        actor=world.actor,
    )
    return said.state


def _looked(processor: Processor, order: Order, known: KnownOrder) -> Acknowledgement:
    before = Acknowledgement.of(
        "accepted" if known.state == "accepted" else "sent",
        at=known.asked_at or order.asked,
        raw=known.raw,
        words=(),
        until=known.look_at,
        their_ref=known.theirs,
    )
    return processor.look(order, before)


def _order(case: Case, known: KnownOrder, words: Sequence[Sequence[str]]) -> Order:
    identifiers = [Identifier(kind=kind, value=Personal(text)) for kind, text in words]
    if case.subject:
        identifiers.append(Identifier(kind="subject", value=Personal(case.subject.partition(":")[2])))
    changes = case.said.get("changes", ()) if case.right.code == "rectification" else ()
    return Order(
        ref=known.ref,
        request=case.ref,
        right=case.right.orders,
        identifiers=tuple(identifiers),
        asked=case.received_at,
        by=known.due.date(),
        corrections=tuple(Correction(what=str(one["column"]), value=Personal(str(one["value"]))) for one in changes),
    )


def _around(world: World) -> Surroundings:
    settings = world.settings

    def posted(message: EmailMessage) -> None:
        send(world.mail_url(), message)

    def clock() -> datetime:
        return world.now()

    sender = settings.web.sender or settings.company.contact
    return Surroundings(environ=os.environ, clock=clock, company=settings.company.name, sender=sender, send=posted)
