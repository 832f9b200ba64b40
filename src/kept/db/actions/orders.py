"""What processors are asked to do, and what they acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Order, Request
from kept.db.request_key import opened_key

from .action import action, record

__all__ = ["ENDED", "SEALED_FOR", "open_order", "order_answered", "order_asked", "record_order"]

SEALED_FOR = "acknowledgement"
BY_LETTER = "email"
LONGEST_WORDS = 10_000
ENDED = ("done", "refused", "unknown-person")


@action
def open_order(*, request: str, processor: str, way: str, due: datetime, at: datetime, actor: str) -> str:
    """Return the reference of the order of a request to a processor: a new one, or the one there is. Raises NotThere."""
    owner = Request.objects.filter(ref=request).first()
    if owner is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    order, is_new = Order.objects.get_or_create(
        request=owner, processor=processor, defaults={"way": way, "made_at": at, "due": due, "look_at": at}
    )
    if is_new:
        record("order.opened", at=at, actor=actor, request=request, processor=processor, way=way)
    return order.ref


@action
def order_asked(*, ref: str, at: datetime, actor: str) -> None:
    """Write down, before it goes out, that a processor is being asked. Raises NotThere."""
    order = _order(ref)
    order.asked_at = order.asked_at or at
    order.save(update_fields=["asked_at"])
    record("order.asked", at=at, actor=actor, request=order.request.ref, processor=order.processor)


@action
def order_answered(
    *, ref: str, state: str, theirs: str, raw: bytes, facts: Mapping[str, str], look_at: datetime | None, at: datetime, actor: str
) -> None:
    """Keep what a processor acknowledged, the whole of it sealed. Raises NotThere."""
    order = _order(ref)
    before = order.state
    order.state, order.theirs, order.look_at = state, theirs[:200], None if state in ENDED else look_at
    if raw:
        order.sealed = opened_key(order.request.key).seal_bytes(raw, SEALED_FOR)
        order.evidence = facts.get("sha256", "")[:64]
    if state in ENDED and order.answered_at is None:
        order.answered_at = at
    order.save()
    if state != before:
        record(
            "order.answered",
            at=at,
            actor=actor,
            request=order.request.ref,
            processor=order.processor,
            state=state,
            evidence=order.evidence,
        )


@action
def record_order(*, ref: str, processor: str, state: str, note: str, at: datetime, by: Who) -> None:
    """Write down what a processor that is asked by letter answered: done or refused, and its words, sealed; wake the request.

    Raises NotAllowed, NotThere; Refused for another state, no words, a processor that a program asks, or one that has answered.
    """
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    request = Request.objects.select_for_update().filter(ref=ref).first()
    order = Order.objects.select_for_update().filter(request=request, processor=processor).first() if request else None
    if request is None or order is None:
        raise NotThere("There is no such order", todo="Look at the request's page.")
    if order.way != BY_LETTER or state not in ("done", "refused"):
        raise Refused("Only what a processor answers to a letter is written down by hand", todo="Wait for what its program says.")
    if order.asked_at is None or order.state in ENDED:
        raise Refused("This processor was not asked yet, or has answered", todo="Load the page again to see how it stands.")
    if not note.strip() or len(note) > LONGEST_WORDS or "\0" in note:
        raise Refused(f"Its answer is no text of 1 to {LONGEST_WORDS:,} characters", todo="Copy what it wrote.")
    raw = note.strip().encode("utf-8", "surrogatepass")
    order.state, order.answered_at, order.look_at = state, at, None
    order.sealed, order.evidence = opened_key(request.key).seal_bytes(raw, SEALED_FOR), sha256(raw).hexdigest()
    order.save()
    if request.closed_at is None:
        request.wake_at, request.waits_on, request.waits_for, request.changed_at = at, "", "", at
        request.save(update_fields=["wake_at", "waits_on", "waits_for", "changed_at"])
    facts = {"request": ref, "processor": processor, "state": state, "evidence": order.evidence}
    record("order.answered", at=at, actor=by.actor, **facts)


def _order(ref: str) -> Order:
    order = Order.objects.select_for_update().select_related("request").filter(ref=ref).first()
    if order is None:
        raise NotThere("There is no such order", todo="Look at the request's page.")
    return order
