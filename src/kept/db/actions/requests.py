"""What people ask for as their right: a request is opened, verified, and may be taken back. Answering is in `answering`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Account, Challenge, Request
from kept.db.models.request import RequestState
from kept.db.request_key import new_key, opened_key, subject_digest
from kept.db.terms import Terms, columns_of, dates_of, laws_of
from kept.rights.registry import right as right_of
from kept.rights.registry import rights

from .action import action, record

__all__ = [
    "CHANNELS",
    "LONGEST_NOTE",
    "OPEN",
    "RIGHTS",
    "Coming",
    "Particulars",
    "check_coming",
    "identify_request",
    "locked_request",
    "open_for",
    "open_request",
    "receive_request",
    "secret_digest",
    "take_back",
    "verify_request",
    "withdraw_request",
]

CHANNELS: Final = ("centre", "api", "email", "agent", "staff")
LONGEST_NOTE = 4_000
RIGHTS: Final = tuple(code for code in rights() if code != "contact")
"""What people can ask for as their right; a mere question is no right, and is answered all the same."""
SEVERAL: Final = ("complaint", "contact", "objection", "rectification", "withdrawal")
"""Rights of which somebody may have several requests open: each is about something else."""
OPEN: Final = (RequestState.RECEIVED, RequestState.WORKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What a request wants in particular: `wanted` without values of people (purposes, formats), `said` with them (sealed)."""

    wanted: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A request of somebody who may be anybody, as it comes in: where they can be reached, and what they wrote.

    `received_at` is when it reached the company on any channel; None means now.
    """

    right: str
    channel: str
    address: str = field(repr=False)
    note: str = field(default="", repr=False)
    language: str = ""
    received_at: datetime | None = None
    particulars: Particulars = field(default_factory=Particulars)


@action
def open_request(
    *,
    right: str,
    channel: str,
    terms: Terms,
    at: datetime,
    by: Who,
    note: str = "",
    account: str = "",
    particulars: Particulars | None = None,
) -> str:
    """Open a request and return its reference; where one of the same right is open already, that one's, and nothing changes.

    `account` is the reference of the account whose right it is, where staff write down what came by letter; else it is that of
    whoever asks, who is verified by being signed in. Raises NotAllowed, NotThere; Refused for what is no right, or a note that is
    too long.
    """
    coming = Coming(right=right, channel=channel, address="", note=note, received_at=at, particulars=particulars or Particulars())
    check_coming(coming)
    owner = _owner(account, by)
    return open_for(owner, coming, terms=terms, at=at, actor=by.actor, signed_in=owner.pk == by.account)


def open_for(owner: Account, coming: Coming, *, terms: Terms, at: datetime, actor: str, signed_in: bool = False) -> str:
    """Open a request of an account, which is locked, or return the one there is, in the transaction that is open.

    `signed_in` says that the person is there themselves. Raises Refused where nobody said when it came.
    """
    there = Request.objects.filter(account=owner, right=coming.right, state__in=OPEN).first()
    if there is not None and coming.right not in SEVERAL:
        return there.ref
    request = _opened(coming, terms, owner.language)
    key = opened_key(request.key)
    request.account = owner
    request.subject, request.subject_digest = key.seal(owner.subject, "subject"), subject_digest(owner.subject)
    request.address = key.seal(owner.email, "address")
    if signed_in:
        request.verified, request.verified_at = "signed-in", at
    request.save()
    _tell_opened(request, actor, at)
    return request.ref


@action
def receive_request(coming: Coming, *, terms: Terms, at: datetime, actor: str) -> str:
    """Open a request of somebody who is not signed in; return its reference.

    Whether their address is known is looked at later, and told to nobody. The clock starts when it was received, never after `at`.
    Raises Refused for what is no right, or a note that is too long.
    """
    check_coming(coming)
    request = _opened(replace(coming, received_at=min(coming.received_at or at, at)), terms, coming.language)
    request.address = opened_key(request.key).seal(coming.address, "address")
    request.changed_at = request.wake_at = at
    request.save()
    _tell_opened(request, actor, at)
    return request.ref


@action
def verify_request(*, ref: str, how: str, at: datetime, actor: str, subject: str = "", challenge: int = 0) -> None:
    """Say that it was established whose request it is, and wake it; nothing happens where it was before.

    `how` is signed-in, link, points, agent, guardian or staff; `subject` who they are, where that is known now. Raises NotThere;
    Refused where the request has ended.
    """
    request = locked_request(ref)
    if request.verified:
        return
    request.verified, request.verified_at = how, at
    if subject:
        key = opened_key(request.key)
        request.subject, request.subject_digest = key.seal(subject, "subject"), subject_digest(subject)
    request.waits_on, request.waits_for, request.wake_at, request.changed_at = "", "", at, at
    request.save()
    Challenge.objects.filter(pk=challenge, request=request).update(passed_at=at)
    record("request.verified", at=at, actor=actor, request=ref, right=request.right, how=how)


@action
def identify_request(*, ref: str, fence: int, subject: str, at: datetime) -> None:
    """Keep who a request is about in the stores, once that was looked up. Raises NotThere, Refused.

    The ledger, which anybody may read, does not say it: it would tell that the address is known.
    """
    request = locked_request(ref)
    if request.fence != fence:
        raise Refused(f"The request {ref} is another worker's by now", todo="Leave it to that one.")
    key = opened_key(request.key)
    request.subject, request.subject_digest = key.seal(subject, "subject"), subject_digest(subject)
    request.changed_at = at
    request.save(update_fields=["subject", "subject_digest", "changed_at"])


@action
def withdraw_request(*, ref: str, by: Who, at: datetime) -> None:
    """Take a request of one's own back. Raises NotThere; Refused where it has ended, or can be stopped no more."""
    request = Request.objects.select_for_update().filter(ref=ref, account_id=by.account).first() if by.account else None
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of your requests.")
    take_back(request, at=at, actor=by.actor)


def take_back(request: Request, *, at: datetime, actor: str) -> None:
    """End a request, whose row is locked, because its person wants that no more; what was hidden for it is shown again.

    Raises Refused where it has ended, or can be stopped no more.
    """
    if request.state not in OPEN:
        raise Refused("This request has ended", todo="Open a new one if you need it.")
    if request.sweep_id is not None:
        raise Refused("What you asked to be erased is being erased already", todo="Wait for the certificate.")
    request.state, request.changed_at, request.closed_at = RequestState.WITHDRAWN, at, at
    request.stage, request.wake_at, request.leased_until, request.waits_on, request.waits_for = "", None, None, "", ""
    request.fence += 1
    request.save()
    request.restraints.filter(until__isnull=True, kind="erasing").update(until=at)
    record("request.withdrawn", at=at, actor=actor, request=request.ref, right=request.right)


def _opened(coming: Coming, terms: Terms, language: str) -> Request:
    """Return a new request with its key and its dates, at its first stage, not saved yet."""
    key, right = new_key(), right_of(coming.right)
    received = coming.received_at
    if received is None:
        raise Refused("Nobody said when the request came", todo="Give the moment of its receipt.")
    return Request(
        right=right.code,
        channel=coming.channel,
        stage=right.after(""),
        key=key.wrapped(),
        note=key.seal(coming.note.strip(), "note"),
        said=key.seal_facts(coming.particulars.said, "said"),
        wanted=dict(coming.particulars.wanted),
        language=language,
        laws=[law.id for law in laws_of(terms, received)],
        verified="" if right.verified else "not-needed",
        received_at=received,
        changed_at=received,
        wake_at=received,
        **columns_of(dates_of(terms, right.code, received)),
    )


def _tell_opened(request: Request, actor: str, at: datetime) -> None:
    record(
        "request.opened",
        at=at,
        actor=actor,
        request=request.ref,
        right=request.right,
        channel=request.channel,
        answer_by=request.work_by.date().isoformat(),
        laws=list(request.laws),
    )


def check_coming(coming: Coming) -> None:
    """Raise Refused for what is no right, comes no known way, or whose note is none."""
    right_of(coming.right)
    if coming.channel not in CHANNELS:
        raise Refused("Requests do not come that way", todo=f"Name one of {', '.join(CHANNELS)}.")
    if len(coming.note) > LONGEST_NOTE or "\0" in coming.note:
        raise Refused(f"What you wrote is no text of at most {LONGEST_NOTE:,} characters", todo="Say it in fewer words.")


def _owner(ref: str, by: Who) -> Account:
    """Return the account whose request it is, locked, so that two requests of one right cannot be opened at once."""
    if not by.account:
        raise NotAllowed("Somebody who is not signed in cannot ask for this", todo="Sign in first.")
    if ref and ref != by.ref and not by.may("request.work"):
        raise NotAllowed("You may not ask for somebody else", todo="Ask for yourself.")
    accounts = Account.objects.select_for_update()
    owner = accounts.filter(ref=ref).first() if ref else accounts.filter(pk=by.account).first()
    if owner is None:
        raise NotThere("There is no such account", todo="Look the person up again.")
    return owner


def locked_request(ref: str) -> Request:
    """Return an open request, its row locked until the transaction ends. Raises NotThere; Refused where it has ended."""
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    if request.state not in OPEN:
        raise Refused(f"This request is {request.state} already", todo="Load its page again to see how it stands.")
    return request


def secret_digest(secret: str) -> str:
    """Return what is kept of a secret in a link."""
    return sha256(secret.encode()).hexdigest()
