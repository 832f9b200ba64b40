"""People's requests as staff see them: the open ones by age, and one with what was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Request
from kept.db.models.request import RequestState

__all__ = ["QueuedRequest", "closed_requests", "open_requests", "queued_request", "requests_about"]

OPEN = (RequestState.RECEIVED, RequestState.WORKING)
LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRequest:
    """A request: `state` is received, working, answered, refused or withdrawn.

    `note`, what the person wrote, `outcome` and `subject`, who they are, are empty for who may not work on requests.
    """

    ref: str
    right: str
    channel: str
    state: str
    received_at: datetime
    closed_at: datetime | None
    note: str = ""
    outcome: str = ""
    subject: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None

    def age(self, now: datetime) -> int:
        """Return how many whole days ago it came; up to its end where it has ended."""
        return max(0, ((self.closed_at or now) - self.received_at).days)


def open_requests(*, by: Who) -> tuple[QueuedRequest, ...]:
    """Return what waits, the oldest first. Raises NotThere for who may not read requests."""
    _may_read(by)
    with database_errors():
        found = Request.objects.filter(state__in=OPEN).order_by("received_at", "pk")[:LISTED]
        return tuple(_known(one) for one in found)


def closed_requests(*, by: Who, limit: int = 20) -> tuple[QueuedRequest, ...]:
    """Return what ended, the newest first. Raises NotThere."""
    _may_read(by)
    with database_errors():
        found = Request.objects.exclude(state__in=OPEN).order_by("-closed_at", "-pk")[:limit]
        return tuple(_known(one) for one in found)


def queued_request(ref: str, *, by: Who) -> QueuedRequest:
    """Return one request, with what the person wrote for who may work on it. Raises NotThere."""
    _may_read(by)
    with database_errors():
        found = Request.objects.select_related("account").filter(ref=ref).first()
    if found is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    return _known(found, words=by.may("request.work"))


def requests_about(subject: str, *, by: Who) -> tuple[QueuedRequest, ...]:
    """Return every request of one person, newest first. Raises NotThere for who may not open a person."""
    if not by.may("person.open"):
        raise NotThere("There is no such person", todo="Ask an owner for the role that may open a person's data.")
    with database_errors():
        found = Request.objects.filter(account__subject=subject).order_by("-received_at", "-pk")[:LISTED]
        return tuple(_known(one) for one in found)


def _may_read(by: Who) -> None:
    if not by.may("request.read"):
        raise NotThere("There is no such request", todo="Ask an owner for the role that may read requests.")


def _known(one: Request, *, words: bool = False) -> QueuedRequest:
    return QueuedRequest(
        ref=one.ref,
        right=one.right,
        channel=one.channel,
        state=one.state,
        received_at=one.received_at,
        closed_at=one.closed_at,
        note=one.note if words else "",
        outcome=one.outcome if words else "",
        subject=one.account.subject if words else "",
    )
