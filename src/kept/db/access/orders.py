"""Orders to processors, as the worker that follows them sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kept.db.actions.orders import SEALED_FOR
from kept.db.failures import database_errors
from kept.db.models import Order
from kept.db.request_key import opened_key

__all__ = ["KnownOrder", "orders_of", "orders_to_look_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """One order: `state` is new until it went out, then what the processor said; `raw` its last acknowledgement, opened."""

    ref: str
    request: str
    processor: str
    way: str
    state: str
    theirs: str
    evidence: str
    made_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    look_at: datetime | None
    due: datetime
    raw: bytes = field(default=b"", repr=False)


def orders_of(request: str) -> tuple[KnownOrder, ...]:
    """Return the orders of a request, in the order in which they were made."""
    with database_errors():
        return tuple(_known(one) for one in Order.objects.filter(request__ref=request).select_related("request").order_by("id"))


def orders_to_look_at(*, at: datetime, most: int = 20) -> tuple[KnownOrder, ...]:
    """Return the orders that went out and are due to be looked at; those whose request has lost its key are left out."""
    with database_errors():
        due = Order.objects.filter(look_at__lte=at).exclude(state="new").select_related("request").order_by("look_at", "id")
        return tuple(_known(one) for one in due[:most] if one.request.key)


def _known(one: Order) -> KnownOrder:
    raw = opened_key(one.request.key).open_bytes(bytes(one.sealed), SEALED_FOR) if one.sealed and one.request.key else b""
    return KnownOrder(
        ref=one.ref,
        request=one.request.ref,
        processor=one.processor,
        way=one.way,
        state=one.state,
        theirs=one.theirs,
        evidence=one.evidence,
        made_at=one.made_at,
        asked_at=one.asked_at,
        answered_at=one.answered_at,
        look_at=one.look_at,
        due=one.due,
        raw=raw,
    )
