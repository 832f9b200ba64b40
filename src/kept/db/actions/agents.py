"""What authorised agents do by the Data Rights Protocol: get a token, ask for a person, take back what they asked.

Every signed message works once. An agent's key says which agent it is, and nothing about the person: that is established as on any
other channel, unless the agent says that it verified the person's address (protocol section 3.04; 11 CCR 7063).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final, TypeVar
from uuid import UUID

from kept.base.errors import KeptError, NotAllowed, Refused
from kept.db.access.agents import agents_request, mark_of, message_known, status_of
from kept.db.models import AgentRequest, AgentToken, Request
from kept.db.models.request import RequestState
from kept.db.request_key import opened_key
from kept.db.terms import Terms
from kept.intake.drp import Exercise
from kept.policy.processors import over_tls
from kept.rights.registry import right as right_of

from .action import action, record
from .requests import Coming, Particulars, receive_request, secret_digest, take_back, verify_request
from .verifying import address_digest

__all__ = ["Asking", "News", "make_token", "news_told", "news_untold", "open_by_agent", "take_news", "withdraw_by_agent"]

SECRET_BYTES = 32
TAKEN = "This message was taken before"
MOST_LOOKED_AT: Final = 500
LOOK_AGAIN: Final = timedelta(minutes=1)
LEASE: Final = timedelta(minutes=5)
LONGEST_DELAY: Final = timedelta(hours=6)
MOST_TRIES: Final = 40
"""In vain, one after another: some eight days."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The agent that asks: the id it signs with, its name, the SHA-256 of its verifying key, and of the message it sent."""

    agent: str
    name: str
    key: str
    message: str

    @property
    def actor(self) -> str:
        """How the ledger names it."""
        return f"agent:{self.agent}"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How a request of an agent's stands by now: where it wants to be told, the message in JSON, and the digest of its state."""

    number: UUID
    agent: str
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    mark: str


def make_token(asking: Asking, *, at: datetime) -> str:
    """Make a token for an agent, in the place of the one it had, and return it; nobody can see it again.

    Raises Refused for a message that was taken before.
    """
    return _once(asking, lambda: _make_token(asking, at=at))


def open_by_agent(exercise: Exercise, asking: Asking, *, terms: Terms, at: datetime) -> UUID:
    """Open a request that an agent makes for a person; return the number by which the agent knows it.

    Raises Refused for a message that was taken before.
    """
    return _once(asking, lambda: _open_by_agent(exercise, asking, terms=terms, at=at))


@action
def withdraw_by_agent(*, number: UUID, agent: str, reason: str, at: datetime) -> None:
    """Take a request back, as its agent says the person wants; nothing happens where that was done before.

    `reason` is kept sealed. Raises NotAllowed where it is none of the agent's; Refused where it has ended, or cannot be stopped.
    """
    known = AgentRequest.objects.filter(number=number, agent=agent).first()
    if known is None:
        raise NotAllowed("This is none of this agent's requests", todo="Ask with the agent that opened it.")
    request = Request.objects.select_for_update().get(pk=known.request_id)
    if request.state == RequestState.WITHDRAWN:
        return
    if reason and request.key:
        key = opened_key(request.key)
        request.said = key.seal_facts({**key.open_facts(request.said, "said"), "withdrawn": reason}, "said")
    take_back(request, at=at, actor=f"agent:{agent}")


@action
def take_news(*, at: datetime, most: int) -> tuple[News, ...]:
    """Return what agents' addresses are to be told, no more than that, each leased to whoever took it.

    A request that has ended and was told, or whose key is gone, is looked at no more.
    """
    due = AgentRequest.objects.filter(tell_at__lte=at).select_related("request").order_by("tell_at", "id")
    found: list[News] = []
    for one in due.select_for_update(skip_locked=True, of=("self",))[:MOST_LOOKED_AT]:
        mark = mark_of(agents_request(one, opened=False)) if one.request.key else one.told
        if mark == one.told:
            over = one.request.closed_at is not None or not one.request.key
            one.tell_at = None if over else at + LOOK_AGAIN
        elif not (whole := agents_request(one)).callback:
            one.tell_at = None
        elif len(found) < most:
            body = json.dumps(status_of(whole), sort_keys=True).encode()
            found.append(News(number=one.number, agent=one.agent, url=whole.callback, body=body, mark=mark))
            one.tell_at = at + LEASE
        one.save(update_fields=["tell_at"])
    return tuple(found)


@action
def news_told(news: News, *, at: datetime) -> None:
    """Say that an agent's address took the news; what has happened since is told next."""
    one = AgentRequest.objects.select_for_update(of=("self",)).select_related("request").get(number=news.number)
    one.told, one.told_at, one.tries, one.tell_at = news.mark, at, 0, at + LOOK_AGAIN
    one.save(update_fields=["told", "told_at", "tries", "tell_at"])
    record("agent.told", at=at, actor=f"agent:{one.agent}", request=one.request.ref)


@action
def news_untold(news: News, *, at: datetime, again: bool = True) -> None:
    """Say that an agent's address did not take the news; it is told later each time, and after `MOST_TRIES` not any more."""
    one = AgentRequest.objects.select_for_update(of=("self",)).select_related("request").get(number=news.number)
    one.tries += 1
    over = one.tries >= MOST_TRIES or not again
    one.tell_at = None if over else at + min(LONGEST_DELAY, timedelta(minutes=2.0 ** min(one.tries, 10)))
    one.save(update_fields=["tries", "tell_at"])
    if over:
        record("agent.untold", at=at, actor=f"agent:{one.agent}", request=one.request.ref)


@action
def _make_token(asking: Asking, *, at: datetime) -> str:
    token = token_urlsafe(SECRET_BYTES)
    AgentToken.objects.filter(agent=asking.agent, ended_at=None).update(ended_at=at)
    AgentToken.objects.create(agent=asking.agent, digest=secret_digest(token), key=asking.key, message=asking.message, made_at=at)
    record("agent.token", at=at, actor=asking.actor)
    return token


@action
def _open_by_agent(exercise: Exercise, asking: Asking, *, terms: Terms, at: datetime) -> UUID:
    said = {
        "agent": {
            "id": asking.agent,
            "name": asking.name,
            "reference": exercise.reference,
            "callback": exercise.callback,
            "relationships": list(exercise.relationships),
        },
        "person": dict(exercise.person),
    }
    coming = Coming(
        right=exercise.right,
        channel="agent",
        address=exercise.email,
        particulars=Particulars(wanted=exercise.wanted, said=said),
    )
    ref = receive_request(coming, terms=terms, at=at, actor=asking.actor)
    request = Request.objects.get(ref=ref)
    Request.objects.filter(pk=request.pk).update(address_digest=address_digest(exercise.email))
    if exercise.vouched and right_of(exercise.right).verified:
        verify_request(ref=ref, how="agent", at=at, actor=asking.actor)
    made = AgentRequest.objects.create(request=request, agent=asking.agent, message=asking.message)
    if over_tls(exercise.callback):  # how it stands now is what the agent is answered at once
        request.refresh_from_db()
        made.told, made.tell_at = mark_of(agents_request(made, opened=False)), at
        made.save(update_fields=["told", "tell_at"])
    return made.number


def _once(asking: Asking, take: Callable[[], T]) -> T:
    """Return what comes of a message. Raises Refused where it was taken before, also in the same moment."""
    if message_known(asking.message):
        raise Refused(TAKEN, todo="Sign a new one.")
    try:
        return take()
    except KeptError as error:
        if message_known(asking.message):
            raise Refused(TAKEN, todo="Sign a new one.") from error
        raise
