"""How a request's verification stands: for the worker that has it, for whoever holds a link of it, and for nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from kept.base.errors import NotThere
from kept.db.actions.requests import OPEN, secret_digest
from kept.db.actions.verifying import BY_LINK, MOST_TRIES, SEALED_FOR
from kept.db.failures import database_errors
from kept.db.models import Challenge, Request
from kept.db.request_key import opened_key

__all__ = [
    "AskedPoints",
    "Followed",
    "KnownChallenge",
    "KnownLetter",
    "certificate_followed",
    "challenges_of_worker",
    "followed_request",
    "link_state",
    "points_asked",
    "verified_at",
]

Standing: TypeAlias = Literal["open", "met", "waiting", "ended"]
"""A challenge can be met, is met, waits for a worker to compare answers, or can be met no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChallenge:
    """One way that was offered, as the worker sees it; `answers`, by column, are those still to be compared."""

    id: int
    way: str
    asked: tuple[str, ...]
    made_at: datetime
    until: datetime
    attempts: int
    passed_at: datetime | None
    failed_at: datetime | None
    by_link: bool
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPoints:
    """Questions as the person sees them: their columns, how often they may still try, and how it stands."""

    asked: tuple[str, ...]
    left: int
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLetter:
    """A letter of a request: which kind, whether it came or went, and when."""

    kind: str
    incoming: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A request as the holder of its own link sees it. What was found and answered is there only once it is verified as theirs.

    `certified` says that there is a certificate, `fetch_until` until when an export can be fetched; None where there is none.
    """

    ref: str
    right: str
    state: str
    stage: str
    waits_on: str
    verified: str
    received_at: datetime
    work_by: datetime
    extended: bool
    closed_at: datetime | None
    certified: bool
    fetch_until: datetime | None
    outcome: str = field(default="", repr=False)
    letters: tuple[KnownLetter, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None


def challenges_of_worker(ref: str) -> tuple[KnownChallenge, ...]:
    """Return every way that was offered for a request, the oldest first. Raises NotThere, KeyDestroyed."""
    with database_errors():
        request = Request.objects.filter(ref=ref).first()
        if request is None:
            raise NotThere("There is no such request", todo="Look through the list of requests.")
        rows = list(request.challenges.order_by("pk"))
    return tuple(_known(one, request) for one in rows)


def verified_at(ref: str) -> datetime | None:
    """Return when it was established whose request it is; None where it was not."""
    with database_errors():
        found: datetime | None = Request.objects.filter(ref=ref).values_list("verified_at", flat=True).first()
    return found


def link_state(secret: str, *, at: datetime) -> Standing:
    """Return how the challenge of a link stands; reading it changes nothing. Raises NotThere for a secret that is none."""
    return _standing(_challenge(secret, BY_LINK), at)


def points_asked(secret: str, *, at: datetime) -> AskedPoints:
    """Return the questions of a link. Raises NotThere for a secret that is none."""
    found = _challenge(secret, ("points",))
    return AskedPoints(asked=tuple(found.asked), left=max(0, MOST_TRIES - found.attempts), standing=_standing(found, at))


def followed_request(secret: str) -> Followed:
    """Return the request of a person's own link. Raises NotThere for a secret that is none."""
    one = _followed(secret)
    with database_errors():
        letters = list(one.letters.order_by("pk").only("kind", "incoming", "at"))
        bundle = getattr(one, "bundle", None)
    shown = bool(one.verified)
    return Followed(
        ref=one.ref,
        right=one.right,
        state=one.state,
        stage=one.stage,
        waits_on=one.waits_on,
        verified=one.verified,
        received_at=one.received_at,
        work_by=one.work_by,
        extended=bool(one.extended),
        closed_at=one.closed_at,
        certified=shown and hasattr(one, "certificate"),
        fetch_until=bundle.until if shown and bundle is not None and bundle.key else None,
        outcome=opened_key(one.key).open(one.outcome, "outcome") if one.key and (shown or one.closed_at) else "",
        letters=tuple(KnownLetter(kind=letter.kind, incoming=letter.incoming, at=letter.at) for letter in letters),
    )


def certificate_followed(secret: str) -> tuple[str, str]:
    """Return the reference and the signed certificate of a person's own link. Raises NotThere where there is none."""
    one = _followed(secret)
    if not one.verified or not hasattr(one, "certificate"):
        raise NotThere("There is no certificate of this request", todo="Look again once it is answered.")
    return one.ref, one.certificate.text


def _followed(secret: str) -> Request:
    with database_errors():
        found = (
            Request.objects.filter(link=secret_digest(secret)).select_related("certificate", "bundle").first() if secret else None
        )
    if found is None:
        raise NotThere("This link is not one of ours", todo="Copy the whole of it from our letter.")
    return found


def _challenge(secret: str, ways: tuple[str, ...]) -> Challenge:
    with database_errors():
        rows = Challenge.objects.filter(digest=secret_digest(secret), way__in=ways).select_related("request")
        found = rows.first() if secret else None
    if found is None:
        raise NotThere("This link is not one of ours", todo="Copy the whole of it from our letter.")
    return found


def _standing(found: Challenge, at: datetime) -> Standing:
    if found.passed_at:
        return "met"
    over = found.request.state not in OPEN or bool(found.request.verified) or at >= found.until
    if over or found.failed_at is not None:
        return "ended"
    return "waiting" if found.answers else "open"


def _known(one: Challenge, request: Request) -> KnownChallenge:
    said: dict[str, Any] = opened_key(request.key).open_facts(one.answers, SEALED_FOR) if one.answers else {}
    return KnownChallenge(
        id=one.pk,
        way=one.way,
        asked=tuple(one.asked),
        made_at=one.made_at,
        until=one.until,
        attempts=one.attempts,
        passed_at=one.passed_at,
        failed_at=one.failed_at,
        by_link=bool(one.digest),
        answers=said,
    )
