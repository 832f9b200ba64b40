"""Who looked at a person's data, when and why: for the person, and for the page that staff look through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Viewing

__all__ = ["KnownViewing", "live_viewing", "viewings_of"]

LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownViewing:
    """One look at a person's data: by whom as a role, never a name; when, until when, and the reason in their words."""

    ref: str
    role: str
    reason: str
    at: datetime
    until: datetime


def viewings_of(subject: str, *, limit: int = LISTED) -> tuple[KnownViewing, ...]:
    """Return who looked at a person's data, newest first. The caller has seen to it that whoever asks is the person or may look."""
    if not subject:
        return ()
    with database_errors():
        return tuple(_known(one) for one in Viewing.objects.filter(subject=subject).order_by("-at", "-pk")[:limit])


def live_viewing(subject: str, *, by: Who, at: datetime) -> KnownViewing | None:
    """Return the look at this person that whoever asks has open, or None: then a reason must be given first."""
    if not by.may("person.open"):
        return None
    with database_errors():
        found = Viewing.objects.filter(subject=subject, staff=by.account, role=by.role, at__lte=at, until__gt=at)
        newest = found.order_by("-until", "-pk").first()
    return _known(newest) if newest else None


def _known(one: Viewing) -> KnownViewing:
    return KnownViewing(ref=one.ref, role=one.role, reason=one.reason, at=one.at, until=one.until)
