"""What people ask for as their right: a request is opened, and may be taken back. Answering is the staff's (`answering`)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Account, Request
from kept.db.models.request import RequestState

from .action import action, record

__all__ = ["LONGEST_NOTE", "RIGHTS", "open_request", "withdraw_request"]

RIGHTS: Final = (
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "complaint",
)
"""The rights people have (GDPR Art. 7(3), 15 to 18, 20, 21 and 77, and their counterparts elsewhere)."""
CHANNELS: Final = ("centre", "api", "staff")
LONGEST_NOTE = 4_000
OPEN = (RequestState.RECEIVED, RequestState.WORKING)


@action
def open_request(*, right: str, channel: str, note: str = "", at: datetime, by: Who, account: str = "") -> str:
    """Open a request and return its reference; where one of the same right is open already, that one's, and nothing changes.

    `account` is the reference of the account whose right it is, where staff write down what came by letter; else it is that of
    whoever asks. Raises NotAllowed, NotThere; Refused for what is no right, or a note that is too long.
    """
    _check(right, channel, note)
    owner = _owner(account, by)
    there = Request.objects.filter(account=owner, right=right, state__in=OPEN).first()
    if there is not None:
        return there.ref
    request = Request.objects.create(account=owner, right=right, channel=channel, note=note.strip(), received_at=at, changed_at=at)
    record("request.opened", at=at, actor=by.actor, request=request.ref, right=right, channel=channel)
    return request.ref


@action
def withdraw_request(*, ref: str, by: Who, at: datetime) -> None:
    """Take a request of one's own back. Raises NotThere; Refused where it has ended."""
    request = Request.objects.select_for_update().filter(ref=ref, account_id=by.account).first() if by.account else None
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of your requests.")
    if request.state not in OPEN:
        raise Refused("This request has ended", todo="Open a new one if you need it.")
    request.state, request.changed_at, request.closed_at = RequestState.WITHDRAWN, at, at
    request.save(update_fields=["state", "changed_at", "closed_at"])
    record("request.withdrawn", at=at, actor=by.actor, request=ref, right=request.right)


def _check(right: str, channel: str, note: str) -> None:
    if right not in RIGHTS:
        raise Refused("There is no such right", todo=f"Choose one of {', '.join(RIGHTS)}.")
    if channel not in CHANNELS:
        raise Refused("Requests do not come that way", todo=f"Name one of {', '.join(CHANNELS)}.")
    if len(note) > LONGEST_NOTE or "\0" in note:
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
