"""People's requests as staff see them: the open ones by date, and one with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.actions.letters import SEALED_FOR
from kept.db.failures import database_errors
from kept.db.models import Letter, Request
from kept.db.request_key import opened_key, text_of
from kept.db.request_key import subject_digest as digest_of

from .request_facts import Facts, KnownDate, dates_in, facts_of

__all__ = [
    "Place",
    "QueuedRequest",
    "Sought",
    "closed_requests",
    "letter_of",
    "open_requests",
    "queued_request",
    "requests_about",
]

LISTED = 200
FILTERS = ("right", "state", "waits_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRequest:
    """A request: `state` is received, working, answered, refused or withdrawn.

    `note`, what the person wrote, `said`, what the right needs besides, `outcome`, and `subject`, who they are, are empty for who
    may not work on requests. `dates` and `facts` are empty in lists.
    """

    ref: str
    number: int
    right: str
    channel: str
    state: str
    stage: str
    waits_on: str
    waits_for: str
    verified: str
    extended: str
    ground: str
    taken_by: str
    laws: tuple[str, ...]
    received_at: datetime
    closed_at: datetime | None
    promised_by: datetime
    strict_by: datetime
    legal_by: datetime
    work_by: datetime
    wanted: Mapping[str, Any]
    note: str = field(default="", repr=False)
    outcome: str = field(default="", repr=False)
    subject: str = field(default="", repr=False)
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    dates: Mapping[str, KnownDate] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None

    @property
    def place(self) -> Place:
        """Where it stands in the queue."""
        return Place(work_by=self.work_by, number=self.number)

    def age(self, now: datetime) -> int:
        """Return how many whole days ago it came; up to its end where it has ended."""
        return max(0, ((self.closed_at or now) - self.received_at).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the queue: the date that work goes by, and the request's number among those of one moment."""

    work_by: datetime
    number: int

    def __str__(self) -> str:
        """`2026-12-01T22:59:59+00:00 17`."""
        return f"{self.work_by.isoformat()} {self.number}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read what `str` wrote. Raises ValueError."""
        moment, _, number = text.partition(" ")
        work_by = datetime.fromisoformat(moment)
        if work_by.utcoffset() is None or not number.isascii() or not number.isdigit() or len(number) > len(str(2**63)):
            raise ValueError("this is no place in the queue")
        return cls(work_by=work_by, number=int(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which open requests are wanted: of a right, in a state, waiting on somebody; empty for any. `after` is where a page ended."""

    right: str = ""
    state: str = ""
    waits_on: str = ""
    after: Place | None = None


def open_requests(*, by: Who, sought: Sought | None = None, limit: int = LISTED) -> tuple[QueuedRequest, ...]:
    """Return what waits, what is due first before the rest, at most `limit`. One query, which reads an index from where the last
    page ended, however many wait. Raises NotThere for who may not read requests.
    """
    _may_read(by)
    wanted = sought or Sought()
    found = Request.objects.filter(closed_at__isnull=True)
    found = found.filter(**{name: value for name in FILTERS if (value := getattr(wanted, name))})
    if wanted.after is not None:
        same = Q(work_by=wanted.after.work_by, pk__gt=wanted.after.number)
        found = found.filter(Q(work_by__gt=wanted.after.work_by) | same, work_by__gte=wanted.after.work_by)
    return _listed(found.order_by("work_by", "pk")[:limit])


def closed_requests(*, by: Who, limit: int = 20) -> tuple[QueuedRequest, ...]:
    """Return what ended, the newest first. One query. Raises NotThere."""
    _may_read(by)
    return _listed(Request.objects.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")[:limit])


def queued_request(ref: str, *, by: Who) -> QueuedRequest:
    """Return one request with all that is known of it; what the person wrote for who may work on it. Raises NotThere."""
    _may_read(by)
    with database_errors():
        found = Request.objects.select_related("sweep").filter(ref=ref).first()
        facts = facts_of(found) if found else None
    if found is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    return _known(found, facts, words=by.may("request.work"))


def letter_of(ref: str, number: int, *, by: Who) -> bytes:
    """Return a letter of a request as it came or went. Raises NotThere, also for who may not work on requests; KeyDestroyed."""
    found = None
    if by.may("request.work"):
        with database_errors():
            found = Letter.objects.select_related("request").filter(pk=number, request__ref=ref).first()
    if found is None:
        raise NotThere("There is no such letter", todo="Look at the request's page.")
    return opened_key(found.request.key).open_bytes(bytes(found.sealed), SEALED_FOR)


def requests_about(subject: str, *, by: Who) -> tuple[QueuedRequest, ...]:
    """Return every request of one person, newest first. Raises NotThere for who may not open a person."""
    if not by.may("person.open"):
        raise NotThere("There is no such person", todo="Ask an owner for the role that may open a person's data.")
    return _listed(Request.objects.filter(subject_digest=digest_of(subject)).order_by("-received_at", "-pk")[:LISTED])


def _may_read(by: Who) -> None:
    if not by.may("request.read"):
        raise NotThere("There is no such request", todo="Ask an owner for the role that may read requests.")


def _listed(found: QuerySet[Request]) -> tuple[QueuedRequest, ...]:
    rows: Iterable[Request] = found.defer("note", "said", "subject", "address", "trail", "outcome", "key", "dates")
    with database_errors():
        return tuple(_known(one) for one in rows)


def _known(one: Request, facts: Facts | None = None, *, words: bool = False) -> QueuedRequest:
    return QueuedRequest(
        ref=one.ref,
        number=one.pk,
        right=one.right,
        channel=one.channel,
        state=one.state,
        stage=one.stage,
        waits_on=one.waits_on,
        waits_for=one.waits_for,
        verified=one.verified,
        extended=one.extended,
        ground=one.ground,
        taken_by=one.taken_by,
        laws=tuple(one.laws),
        received_at=one.received_at,
        closed_at=one.closed_at,
        promised_by=one.promised_by,
        strict_by=one.strict_by,
        legal_by=one.legal_by,
        work_by=one.work_by,
        wanted=one.wanted,
        note=text_of(one.key, one.note, "note") if words else "",
        outcome=text_of(one.key, one.outcome, "outcome") if words else "",
        subject=text_of(one.key, one.subject, "subject") if words else "",
        said=opened_key(one.key).open_facts(one.said, "said") if words and one.key else {},
        dates=dates_in(one.dates) if facts is not None else {},
        facts=facts or Facts(),
    )
