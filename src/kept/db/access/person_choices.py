"""What a person chose, for staff who opened what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Choice

__all__ = ["ChoiceMade", "choices_about"]

LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceMade:
    """One choice about one optional purpose, and when and where it was made."""

    purpose: str
    granted: bool
    channel: str
    at: datetime


def choices_about(subject: str, *, by: Who) -> tuple[ChoiceMade, ...]:
    """Return what a person chose, newest first; the caller has seen to it that a reason was given.

    Raises NotThere for who may not open a person.
    """
    if not by.may("person.open"):
        raise NotThere("There is no such person", todo="Ask an owner for the role that may open a person's data.")
    with database_errors():
        found = Choice.objects.filter(account__subject=subject).order_by("-pk")[:LISTED]
        return tuple(ChoiceMade(purpose=one.purpose, granted=one.granted, channel=one.channel, at=one.at) for one in found)
