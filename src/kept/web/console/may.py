"""What may be done with a request as it stands, and by whom: each form stands on its page only where it applies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kept.base.roles import Who
from kept.db.access.request_queue import QueuedRequest
from kept.db.actions.answering import TOO_LARGE
from kept.db.actions.orders import BY_LETTER, ENDED
from kept.db.grounds import rights_given
from kept.rights.registry import rights

__all__ = ["allowed", "orders_to_record"]


def allowed(known: QueuedRequest, *, by: Who, at: datetime) -> Mapping[str, bool]:
    """Return by a word for each thing that can be done whether it can be done now, by whoever asks."""
    return {**_answering(known, by, at), **_establishing(known, by), **_carrying_out(known, by)}


def orders_to_record(known: QueuedRequest) -> tuple[str, ...]:
    """Return the processors whose answer to a letter is still to be written down."""
    return tuple(
        one.processor for one in known.facts.orders if one.way == BY_LETTER and one.asked_at is not None and one.state not in ENDED
    )


def _answering(known: QueuedRequest, by: Who, at: datetime) -> dict[str, bool]:
    day = known.received_at.date()
    return {
        "take": known.is_open and known.taken_by != by.actor,
        "write": known.stage == "write",
        "refuse": known.is_open and not known.ground and not known.facts.stores,
        "extend": known.is_open
        and not known.extended
        and at <= known.strict_by
        and any(given.extension.allowed for _, given in rights_given(known.laws, known.right, day)),
    }


def _establishing(known: QueuedRequest, by: Who) -> dict[str, bool]:
    right = rights().get(known.right)
    open_yet = known.is_open and not known.verified and right is not None and right.verified
    vouched = known.wanted.get("vouched_by", "")
    return {
        "understand": known.is_open and known.right == "contact",
        "choose": known.is_open and not known.subject and bool(known.said.get("candidates")),
        "question": open_yet and not any(one.way == "points" for one in known.facts.challenges),
        "establish": open_yet and vouched != by.actor,
        "await_second": open_yet and vouched == by.actor,
    }


def _carrying_out(known: QueuedRequest, by: Who) -> dict[str, bool]:
    waits = known.stage == "confirm" and not known.wanted.get("confirmed")
    stopped = known.stage == "erase" and known.waits_on == "staff"
    return {
        "enter": waits and bool(known.subject),
        "confirm": waits and bool(known.said.get("changes")),
        "large": stopped and by.may("plan.approve") and any(TOO_LARGE in one.error for one in known.facts.steps),
        "lift": known.facts.restricted and known.facts.lifting is None,
        "keep_restricted": known.facts.lifting is not None,
    }
