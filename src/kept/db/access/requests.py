"""A person's requests, as the person sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Request
from kept.db.request_key import text_of

from .request_facts import Facts, KnownDate, dates_in, facts_of

__all__ = ["KnownRequest", "known_request", "request_of", "requests_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRequest:
    """A request: `state` is received, working, answered, refused or withdrawn; `outcome` what the person was told at its end.

    `stage` is the step it is at, empty once it has ended; `waits_on` is person, staff, store, processor or time, or nothing.
    `facts` has the rest, and nothing in lists. `verified` is how it was established that it is them, `extended` why it takes long.
    """

    ref: str
    right: str
    channel: str
    note: str = field(repr=False)
    state: str
    stage: str
    waits_on: str
    waits_for: str
    outcome: str = field(repr=False)
    verified: str
    extended: str
    ground: str
    received_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    promised_by: datetime
    strict_by: datetime
    legal_by: datetime
    work_by: datetime
    dates: Mapping[str, KnownDate]
    facts: Facts = field(default_factory=Facts)

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None

    def days(self, now: datetime) -> int:
        """Return how many days it has run, or ran; the day it came counts as none."""
        return max(0, ((self.closed_at or now) - self.received_at).days)


def requests_of(by: Who) -> tuple[KnownRequest, ...]:
    """Return every request of whoever asks, the newest first; without facts. One query."""
    if not by.account:
        return ()
    with database_errors():
        found = Request.objects.filter(account_id=by.account).defer("said", "trail").order_by("-received_at", "-pk")
        return tuple(_known(one) for one in found)


def request_of(ref: str, *, by: Who) -> KnownRequest:
    """Return one request of whoever asks, with everything known of it. Raises NotThere where it is not theirs."""
    with database_errors():
        mine = Request.objects.select_related("sweep").filter(ref=ref, account_id=by.account)
        found = mine.first() if by.account else None
    if found is None:
        raise NotThere("There is no such request", todo="Look through the list of your requests.")
    return known_request(found)


def known_request(one: Request) -> KnownRequest:
    """Return a row as its person may see it, with everything known of it; the caller has seen to it that it is theirs."""
    with database_errors():
        return _known(one, facts_of(one))


def _known(one: Request, facts: Facts | None = None) -> KnownRequest:
    return KnownRequest(
        ref=one.ref,
        right=one.right,
        channel=one.channel,
        note=text_of(one.key, one.note, "note"),
        state=one.state,
        stage=one.stage,
        waits_on=one.waits_on,
        waits_for=one.waits_for,
        outcome=text_of(one.key, one.outcome, "outcome") if one.closed_at else "",
        verified=one.verified,
        extended=one.extended,
        ground=one.ground,
        received_at=one.received_at,
        changed_at=one.changed_at,
        closed_at=one.closed_at,
        promised_by=one.promised_by,
        strict_by=one.strict_by,
        legal_by=one.legal_by,
        work_by=one.work_by,
        dates=dates_in(one.dates),
        facts=facts or Facts(),
    )
