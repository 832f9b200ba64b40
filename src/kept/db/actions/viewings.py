"""Opening what is known of one person: only with a reason, for half an hour, and so that the person can read who did."""

from __future__ import annotations

from datetime import datetime, timedelta

from kept.base.errors import NotAllowed, Refused
from kept.base.roles import Who
from kept.db.models import Viewing

from .action import action, hashed, record

__all__ = ["LASTS", "LEAST_REASON", "LONGEST_REASON", "open_letter", "open_person"]

LASTS = timedelta(minutes=30)
"""How long one reason is good for."""
LEAST_REASON, LONGEST_REASON = 10, 500
LONGEST_SUBJECT = 200


@action
def open_person(*, subject: str, reason: str, at: datetime, by: Who) -> str:
    """Let whoever asks see what is known of a person for half an hour; return the viewing's reference.

    The ledger gets the role and a keyed hash of who it was about. Raises NotAllowed; Refused for a reason that is none.
    """
    if not by.may("person.open"):
        raise NotAllowed("You may not open a person's data", todo="Ask an owner for the role that may.")
    said = " ".join(reason.split())
    if not LEAST_REASON <= len(said) <= LONGEST_REASON:
        raise Refused(
            f"A reason has {LEAST_REASON} to {LONGEST_REASON} characters", todo="Write why you must see this; the person reads it."
        )
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Refused("That is no person's name in the stores", todo="Find the person first.")
    viewing = Viewing.objects.create(subject=subject, staff_id=by.account, role=by.role, reason=said, at=at, until=at + LASTS)
    record("person.opened", at=at, actor=by.actor, viewing=viewing.ref, role=by.role, person=hashed(subject))
    return viewing.ref


@action
def open_letter(*, ref: str, number: int, subject: str, at: datetime, by: Who) -> None:
    """Write down that whoever asks reads a letter of a request; where it is known who the person is, they can read who did.

    `number` is the letter's. It is written down once in LASTS; it lets nobody see anything else of the person. Raises NotAllowed.
    """
    if not by.may("request.work"):
        raise NotAllowed("You may not read people's letters", todo="Ask an owner for the role that works on requests.")
    reason = f"Letter {number} of request {ref}"
    if subject:
        before = Viewing.objects.filter(subject=subject, staff=by.account, reason=reason, at__gt=at - LASTS, at__lte=at)
        if before.exists():
            return
        Viewing.objects.create(subject=subject, staff_id=by.account, role=by.role, reason=reason, at=at, until=at)
    record("letter.opened", at=at, actor=by.actor, request=ref, letter=number, role=by.role)
