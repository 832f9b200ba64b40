"""Authorised agents by the Data Rights Protocol: whose a token is, and how an agent's own requests stand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from kept.base.errors import NotAllowed
from kept.db.actions.requests import secret_digest
from kept.db.failures import database_errors
from kept.db.models import AgentRequest, AgentToken
from kept.db.request_key import opened_key
from kept.policy.processors import over_tls

__all__ = [
    "AgentsRequest",
    "HeldToken",
    "agents_request",
    "mark_of",
    "message_known",
    "request_of_agent",
    "status_of",
    "token_held",
]

STATES: Final = {
    "received": "open",
    "working": "in_progress",
    "answered": "fulfilled",
    "refused": "denied",
    "withdrawn": "revoked",
}
"""The protocol's words for where a request stands (section 3.02). `expired` is not among them: a request does not end by itself."""
UNVERIFIED: Final = ("identity", "nothing")
"""Grounds that an agent is not told apart, because the second says that somebody is not known."""
EXCESSIVE: Final = ("excessive", "unfounded", "repeated")
FRAUD: Final = "fraud"
DETAILS: Final = {
    "open": "The request was received.",
    "in_progress": "The request is being worked on.",
    "fulfilled": "The request was answered; the answer went to the person.",
    "revoked": "The request was taken back.",
    "denied": "The request was refused; the person was told why, and how to complain.",
}
UNTOLD: Final = "News goes to https addresses alone, and yours is none: ask here."
CONFIRMING: Final = "We wrote to the person, who has to confirm that the request is theirs."


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """Whose a token in force is, and the SHA-256 of the verifying key that it was made under."""

    agent: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsRequest:
    """A request as its agent may see it: how far it is, and nothing of what is held about anybody.

    `state` is received, working, answered, refused or withdrawn; `verified` how it was established whose it is; `ground` why it was
    refused; `extended` why it takes longer. `reference` is the agent's own name for it, `callback` where it wants to be told news.
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
    callback: str = field(default="", repr=False)


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
    return agents_request(found)


def agents_request(found: AgentRequest, *, opened: bool = True) -> AgentsRequest:
    """Return one request as its agent may see it; without `opened`, what is sealed (the agent's own name for it) is left out."""
    one = found.request
    said = opened_key(one.key).open_facts(one.said, "said") if one.key and opened else {}
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
        callback=str(said.get("agent", {}).get("callback", "")),
    )


def status_of(one: AgentsRequest) -> dict[str, str]:
    """Return how a request stands, as section 3.03 of the protocol has it.

    `need_user_verification` is not used: its link would let the agent confirm in the person's stead, so it goes to them by letter.
    """
    status = STATES[one.state]
    found = {
        "request_id": str(one.number),
        "received_at": _stamp(one.received_at),
        "expected_by": _stamp(one.work_by),
        "status": status,
        "processing_details": _details(one, status),
    }
    if one.reference:
        found["agent_request_id"] = one.reference
    if status == "denied":
        found["reason"] = _reason(one.ground)
    return found


def mark_of(one: AgentsRequest) -> str:
    """Return the SHA-256 of a status, by which news are known; the agent's own name of the request is no news."""
    return sha256(json.dumps(status_of(replace(one, reference="")), sort_keys=True).encode()).hexdigest()


def _details(one: AgentsRequest, status: str) -> str:
    text = DETAILS[status]
    if status in ("open", "in_progress") and one.stage == "verify" and one.waits_on == "person":
        text = CONFIRMING
    if one.callback and not over_tls(one.callback):
        text = f"{text} {UNTOLD}"
    return f"{text} It takes longer: {one.extended}" if one.extended and one.closed_at is None else text


def _reason(ground: str) -> str:
    """Return the protocol's word for the ground of a refusal.

    >>> _reason("us-ca-ccpa.unfounded_or_excessive"), _reason("eu-gdpr.legal_claims"), _reason("nothing")
    ('too_many_requests', 'claim_not_covered', 'insuf_verification')
    """
    name = ground.rpartition(".")[2]
    if name in UNVERIFIED:
        return "insuf_verification"
    if FRAUD in name:
        return "suspected_fraud"
    if any(word in name for word in EXCESSIVE):
        return "too_many_requests"
    return "claim_not_covered" if name else "other"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
