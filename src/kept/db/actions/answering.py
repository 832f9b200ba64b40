"""What staff do with people's requests: take one up, answer it, refuse it with a ground."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Request
from kept.db.models.request import RequestState

from .action import action, record

__all__ = ["GROUNDS", "LONGEST_ANSWER", "answer_request", "refuse_request", "take_up_request"]

GROUNDS: Final[Mapping[str, str]] = {
    "identity": "We could not establish that it is you who asks.",
    "unfounded": "The request is manifestly unfounded or excessive.",
    "law": "A law requires us to keep or process this.",
    "others": "It would harm the rights of somebody else.",
    "nothing": "We hold nothing that the request could be about.",
}
"""Why a request may be refused (GDPR Art. 11(2), 12(2), 12(5), 15(4), 17(3)), with what the person reads."""

LONGEST_ANSWER = 10_000
OPEN = (RequestState.RECEIVED, RequestState.WORKING)


@action
def take_up_request(*, ref: str, at: datetime, by: Who) -> None:
    """Say that somebody is at a request. Raises NotAllowed, NotThere; Refused where it is not new."""
    request = _still(ref, by, RequestState.RECEIVED)
    request.state, request.changed_at = RequestState.WORKING, at
    request.save(update_fields=["state", "changed_at"])
    record("request.taken", at=at, actor=by.actor, request=ref, right=request.right)


@action
def answer_request(*, ref: str, answer: str, at: datetime, by: Who) -> None:
    """End a request with an answer that the person reads. Raises NotAllowed, NotThere; Refused where it is over or empty."""
    request = _still(ref, by, *OPEN)
    _end(request, RequestState.ANSWERED, outcome=_written(answer), at=at)
    record("request.answered", at=at, actor=by.actor, request=ref, right=request.right)


@action
def refuse_request(*, ref: str, ground: str, answer: str, at: datetime, by: Who) -> None:
    """End a request with a refusal: one of GROUNDS, and what the person reads beside it.

    Raises NotAllowed, NotThere; Refused where it is over, the ground is not known, or nothing is said.
    """
    request = _still(ref, by, *OPEN)
    if ground not in GROUNDS:
        raise Refused("That is no ground for a refusal", todo=f"Choose one of {', '.join(GROUNDS)}.")
    _end(request, RequestState.REFUSED, outcome=f"{GROUNDS[ground]}\n\n{_written(answer)}", at=at)
    record("request.refused", at=at, actor=by.actor, request=ref, right=request.right, ground=ground)


def _still(ref: str, by: Who, *states: RequestState) -> Request:
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    if request.state not in states:
        raise Refused(f"This request is {request.state} already", todo="Load its page again to see how it stands.")
    return request


def _end(request: Request, state: RequestState, *, outcome: str, at: datetime) -> None:
    request.state, request.outcome, request.changed_at, request.closed_at = state, outcome, at, at
    request.save(update_fields=["state", "outcome", "changed_at", "closed_at"])


def _written(text: str) -> str:
    if not text.strip():
        raise Refused("The person must be told something", todo="Write what they will read.")
    if len(text) > LONGEST_ANSWER:
        raise Refused(f"The answer is longer than {LONGEST_ANSWER:,} characters", todo="Say it in fewer words.")
    return text.strip()
