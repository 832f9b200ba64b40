"""What comes in from outside: a letter opens a request, joins one, or tells that one of ours did not arrive.

Each letter is written down in the transaction in which something comes of it, by a name that is the same however often it is handed
out; taken in a second time, nothing happens.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from django.db import IntegrityError as AlreadyThere

from kept.base.addresses import same_address
from kept.base.errors import KeptError, NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Account, Letter, Request
from kept.db.models.request import RequestState
from kept.db.request_key import opened_key
from kept.db.terms import Terms, columns_of, dates_of
from kept.intake.addresses import bare_address
from kept.rights.registry import right as right_of

from .action import action, record
from .letters import keep_letter, letter_name
from .requests import OPEN, Coming, check_coming, open_for, receive_request, secret_digest
from .restraints import call_off_lifting
from .verifying import address_digest

__all__ = [
    "MOST_LETTERS_A_DAY",
    "Incoming",
    "acknowledge_request",
    "ask_in_public",
    "confirm_right",
    "is_reachable",
    "keep_reply",
    "letter_bounced",
    "take_request",
    "write_down_request",
]

MOST_LETTERS_A_DAY: Final = 10
"""Acknowledgements that one address gets in a day, whoever has them written."""
DAY: Final = timedelta(days=1)
LONGEST_AGO: Final = timedelta(days=731)
GUESSED: Final = "guess"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A letter as it came: `key` tells it from all others (`kept.intake.letter.letter_key`), `raw` is the whole of it."""

    key: str
    raw: bytes = field(repr=False)
    attachments: int = 0


def take_request(coming: Coming, letter: Incoming, *, terms: Terms, at: datetime, actor: str) -> str:
    """Open a request from a letter, which is kept sealed with it; return its reference, or nothing where it was taken in before.

    Raises as `receive_request` does.
    """
    return _once(letter, lambda: _take_request(coming, letter, terms=terms, at=at, actor=actor)) or ""


@action
def ask_in_public(coming: Coming, *, terms: Terms, at: datetime, actor: str = "person") -> str:
    """Open a request of somebody who asks on the public page; return its reference, which they are told by letter alone.

    Raises as `receive_request` does.
    """
    if coming.address and not is_reachable(coming.address):
        raise Refused("That is no e-mail address", todo="Write it as name@example.org.")
    ref = receive_request(coming, terms=terms, at=at, actor=actor)
    Request.objects.filter(ref=ref).update(address_digest=address_digest(coming.address))
    return ref


def is_reachable(address: str) -> bool:
    """Return whether a text is one e-mail address that letters can be sent to; whether it is known is not looked at."""
    return bare_address(address) is not None


def keep_reply(*, ref: str, sender: str, letter: Incoming, at: datetime, actor: str) -> bool | None:
    """Keep a letter with the open request that it answers, and let somebody look at it; None where it was taken in before.

    False where it does not belong there: only a letter from the request's own address does. Nothing is said about which it was.
    A restriction that was about to be lifted stays, also where its request has ended: the letter may object to that.
    """
    return _once(letter, lambda: _keep_reply(ref=ref, sender=sender, letter=letter, at=at, actor=actor))


@action
def letter_bounced(*, message_id: str, recipient: str, permanent: bool, at: datetime, actor: str) -> bool:
    """Say that a letter of ours did not arrive; return whether it is one of ours, to that recipient.

    `message_id` has no brackets. Anybody can write such a report, so it ends nothing and changes no address: staff see it.
    """
    letter = Letter.objects.select_related("request").filter(name=letter_name(f"<{message_id}>"), incoming=False).first()
    if letter is None or letter.sent_at is None:
        return False
    request = Request.objects.select_for_update().get(pk=letter.request_id)
    if request.key and recipient and not same_address(opened_key(request.key).open(request.address, "address"), recipient):
        return False
    if permanent:
        announced = request.restraints.filter(lift_letter=letter.name)
        call_off_lifting(announced, request=request, why="bounce", at=at, actor=actor)
    bounced = {**request.wanted, "bounced": [*request.wanted.get("bounced", []), letter.kind][-10:]}
    request.wanted = bounced
    request.save(update_fields=["wanted"])
    record("letter.bounced", at=at, actor=actor, request=request.ref, what=letter.kind, permanent=permanent)
    return True


@action
def acknowledge_request(*, ref: str, to: str, at: datetime, post: Callable[[str], object]) -> bool:
    """Confirm that a request was received, once; return False where that was done, or `to` had enough letters today.

    `post(secret)` writes the letter, in the same transaction; the secret is that of the person's own link to how it stands. Raises
    NotThere.
    """
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    if request.letters.filter(kind="acknowledgement", incoming=False).exists():
        return False
    digest = address_digest(to)
    lately = Letter.objects.filter(request__address_digest=digest, kind="acknowledgement", incoming=False, at__gt=at - DAY).count()
    if lately >= MOST_LETTERS_A_DAY:
        return False
    secret = secrets.token_urlsafe(32)
    request.link, request.address_digest = secret_digest(secret), request.address_digest or digest
    request.save(update_fields=["link", "address_digest"])
    post(secret)
    return True


@action
def write_down_request(coming: Coming, *, account: str = "", terms: Terms, at: datetime, by: Who) -> str:
    """Open a request that staff write down for somebody who called or wrote; return its reference, or that of the one there is.

    It is of an account, by its reference, or of an address; whose it is must be established all the same. Its clock runs from when
    it was received. Raises NotAllowed, NotThere; Refused for a day to come or long gone, no address, or what `receive_request`
    refuses.
    """
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    received = coming.received_at or at
    if not at - LONGEST_AGO <= received <= at:
        raise Refused("It was received in the two years up to now, and not later", todo="Say the day on which it came.")
    coming = replace(coming, channel="staff", received_at=received.astimezone(UTC))
    if bool(account) == bool(coming.address):
        raise Refused("A request is of an account or of an address", todo="Give one of the two.")
    if coming.address:
        return ask_in_public(coming, terms=terms, at=at, actor=by.actor)
    owner = Account.objects.select_for_update().filter(ref=account).first()
    if owner is None:
        raise NotThere("There is no such account", todo="Look the person up again.")
    check_coming(coming)
    return open_for(owner, coming, terms=terms, at=at, actor=by.actor)


@action
def confirm_right(*, ref: str, right: str, terms: Terms, at: datetime, by: Who) -> None:
    """Say which right a letter asks for that no rule was sure about; its clock runs from its receipt all the same.

    Raises NotAllowed, NotThere; Refused where it is a question no longer, has ended, or there is no such right.
    """
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    if request.state not in OPEN or request.right != "contact":
        raise Refused("This is no open question any more", todo="Load its page again to see how it stands.")
    chosen = right_of(right)
    request.wanted = {name: value for name, value in request.wanted.items() if name != GUESSED}
    request.changed_at = at
    if chosen.code != request.right:
        _become(request, chosen.code, terms, at)
    request.save()
    record(
        "request.understood",
        at=at,
        actor=by.actor,
        request=ref,
        right=chosen.code,
        answer_by=request.work_by.date().isoformat(),
    )


def _become(request: Request, code: str, terms: Terms, at: datetime) -> None:
    """Turn a question into a request of a right, at its first stage; what was done for the question is done."""
    chosen = right_of(code)
    request.steps.exclude(state="done").update(state="done", ended_at=at)
    request.right, request.stage = chosen.code, chosen.after("")
    request.verified = "" if chosen.verified else "not-needed"
    if chosen.verified and request.account_id is not None and request.channel in ("centre", "api"):
        request.verified, request.verified_at = "signed-in", request.received_at
    for name, value in columns_of(dates_of(terms, chosen.code, request.received_at)).items():
        setattr(request, name, value)
    request.state = RequestState.RECEIVED
    request.waits_on, request.waits_for, request.wake_at, request.leased_until = "", "", at, None
    request.fence += 1


@action
def _take_request(coming: Coming, letter: Incoming, *, terms: Terms, at: datetime, actor: str) -> str:
    ref = receive_request(coming, terms=terms, at=at, actor=actor)
    _keep(ref, letter, "request", at, actor)
    Request.objects.filter(ref=ref).update(address_digest=address_digest(coming.address))
    return ref


@action
def _keep_reply(*, ref: str, sender: str, letter: Incoming, at: datetime, actor: str) -> bool:
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None or not request.key or not sender:
        return False
    if not same_address(opened_key(request.key).open(request.address, "address"), sender):
        return False
    call_off_lifting(request.restraints.all(), request=request, why="reply", at=at, actor=actor)
    if request.state not in OPEN:
        return False
    _keep(ref, letter, "reply", at, actor)
    request.changed_at = request.wake_at = at
    request.save(update_fields=["changed_at", "wake_at"])
    return True


def _keep(ref: str, letter: Incoming, kind: str, at: datetime, actor: str) -> None:
    """Keep a letter with a request. One that another worker took in a moment ago breaks the name's rule, and all is undone."""
    is_new = keep_letter(
        request=ref,
        incoming=True,
        message_id=letter.key,
        kind=kind,
        content=letter.raw,
        attachments=letter.attachments,
        at=at,
        actor=actor,
    )
    if not is_new:
        raise AlreadyThere


def _once(letter: Incoming, take: Callable[[], T]) -> T | None:
    """Return what came of taking a letter in; None where it is there already, also where that happened in the same moment."""
    if _known(letter):
        return None
    try:
        return take()
    except KeptError:
        if _known(letter):
            return None
        raise


def _known(letter: Incoming) -> bool:
    with database_errors():
        return Letter.objects.filter(name=letter_name(letter.key)).exists()
