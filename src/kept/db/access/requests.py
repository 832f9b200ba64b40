"""A person's requests, as the person sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Request

__all__ = ["KnownRequest", "request_of", "requests_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRequest:
    """A request: `state` is received, working, answered, refused or withdrawn; `outcome` what the person was told at its end."""

    ref: str
    right: str
    channel: str
    note: str
    state: str
    outcome: str
    received_at: datetime
    changed_at: datetime
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None

    def days(self, now: datetime) -> int:
        """Return how many days it has run, or ran; the day it came counts as none."""
        return max(0, ((self.closed_at or now) - self.received_at).days)


def requests_of(by: Who) -> tuple[KnownRequest, ...]:
    """Return every request of whoever asks, the newest first."""
    if not by.account:
        return ()
    with database_errors():
        return tuple(_known(one) for one in Request.objects.filter(account_id=by.account).order_by("-received_at", "-pk"))


def request_of(ref: str, *, by: Who) -> KnownRequest:
    """Return one request of whoever asks. Raises NotThere where it is not theirs."""
    with database_errors():
        found = Request.objects.filter(ref=ref, account_id=by.account).first() if by.account else None
    if found is None:
        raise NotThere("There is no such request", todo="Look through the list of your requests.")
    return _known(found)


def _known(one: Request) -> KnownRequest:
    return KnownRequest(
        ref=one.ref,
        right=one.right,
        channel=one.channel,
        note=one.note,
        state=one.state,
        outcome=one.outcome,
        received_at=one.received_at,
        changed_at=one.changed_at,
        closed_at=one.closed_at,
    )
