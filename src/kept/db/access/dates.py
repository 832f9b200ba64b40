"""Open requests by their dates, as the worker that watches them sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kept.db.failures import database_errors
from kept.db.models import Obligation, Request

__all__ = ["NearDate", "requests_near", "requests_settled"]

MOST = 1_000
OF_REQUEST = "request "
"""How the finding of a task begins that is about a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDate:
    """An open request whose date comes near; `time` is how long it has in all."""

    ref: str
    right: str
    work_by: datetime
    waits_on: str
    time: timedelta


def requests_near(*, before: datetime) -> tuple[NearDate, ...]:
    """Return the open requests that are due before a moment and of which nobody was told, what is due first before the rest."""
    with database_errors():
        found = Request.objects.filter(closed_at__isnull=True, escalated_at__isnull=True, work_by__lt=before)
        rows = found.order_by("work_by", "id").only("ref", "right", "work_by", "waits_on", "received_at")[:MOST]
        return tuple(
            NearDate(ref=one.ref, right=one.right, work_by=one.work_by, waits_on=one.waits_on, time=one.work_by - one.received_at)
            for one in rows
        )


def requests_settled() -> tuple[str, ...]:
    """Return the requests that have ended and of which a task is still open."""
    with database_errors():
        owed = Obligation.objects.filter(closed_at__isnull=True, finding__startswith=OF_REQUEST).values_list("finding", flat=True)
        refs = [finding.removeprefix(OF_REQUEST) for finding in owed]
        return tuple(Request.objects.filter(ref__in=refs, closed_at__isnull=False).values_list("ref", flat=True))
