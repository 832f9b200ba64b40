"""What authorised agents do by the Data Rights Protocol: get a token, ask for a person, take back what they asked.

Every signed message works once. An agent's key says which agent it is, and nothing about the person: that is established as on any
other channel, unless the agent says that it verified the person's address (protocol section 3.04; 11 CCR 7063).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import TypeVar
from uuid import UUID

from kept.base.errors import KeptError, NotAllowed, Refused
from kept.db.access.agents import message_known
from kept.db.models import AgentRequest, AgentToken, Request
from kept.db.models.request import RequestState
from kept.db.request_key import opened_key
from kept.db.terms import Terms
from kept.intake.drp import Exercise
from kept.rights.registry import right as right_of

from .action import action, record
from .requests import Coming, Particulars, receive_request, secret_digest, take_back, verify_request
from .verifying import address_digest

__all__ = ["Asking", "make_token", "open_by_agent", "withdraw_by_agent"]

SECRET_BYTES = 32
TAKEN = "This message was taken before"
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
    return AgentRequest.objects.create(request=request, agent=asking.agent, message=asking.message).number


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
