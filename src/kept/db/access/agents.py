"""Authorised agents by the Data Rights Protocol: whose a token is, and how an agent's own requests stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kept.base.errors import NotAllowed
from kept.db.actions.requests import secret_digest
from kept.db.failures import database_errors
from kept.db.models import AgentRequest, AgentToken
from kept.db.request_key import opened_key

__all__ = ["AgentsRequest", "HeldToken", "message_known", "request_of_agent", "token_held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """Whose a token in force is, and the SHA-256 of the verifying key that it was made under."""

    agent: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsRequest:
    """A request as its agent may see it: how far it is, and nothing of what is held about anybody.

    `state` is received, working, answered, refused or withdrawn; `verified` how it was established whose it is; `ground` why it was
    refused; `extended` why it takes longer. `reference` is the agent's own name for it.
    """

    number: UUID
    right: str
    state: str
    stage: str
    waits_on: str
    verified: str
    ground: str
    extended: str
    received_at: datetime
    work_by: datetime
    closed_at: datetime | None
    reference: str = field(default="", repr=False)


def token_held(token: str) -> HeldToken | None:
    """Return whose a token is; None for one that is unknown or was replaced."""
    with database_errors():
        found = AgentToken.objects.filter(digest=secret_digest(token), ended_at=None).first() if token.isascii() else None
    return HeldToken(agent=found.agent, key=found.key) if found is not None else None


def message_known(message: str) -> bool:
    """Return whether a signed message was taken before, by the SHA-256 of it."""
    with database_errors():
        return AgentRequest.objects.filter(message=message).exists() or AgentToken.objects.filter(message=message).exists()


def request_of_agent(number: UUID, *, agent: str) -> AgentsRequest:
    """Return one request of an agent. Raises NotAllowed where there is none, or it is another's: the two read the same."""
    with database_errors():
        found = AgentRequest.objects.select_related("request").filter(number=number, agent=agent).first()
    if found is None:
        raise NotAllowed("This is none of this agent's requests", todo="Ask with the agent that opened it.")
    one = found.request
    said = opened_key(one.key).open_facts(one.said, "said") if one.key else {}
    return AgentsRequest(
        number=found.number,
        right=one.right,
        state=one.state,
        stage=one.stage,
        waits_on=one.waits_on,
        verified=one.verified,
        ground=one.ground,
        extended=one.extended,
        received_at=one.received_at,
        work_by=one.work_by,
        closed_at=one.closed_at,
        reference=str(said.get("agent", {}).get("reference", "")),
    )
