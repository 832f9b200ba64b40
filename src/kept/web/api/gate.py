"""The gate: may this use of a person's data happen?"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from kept.db.access.standing import standing_of
from kept.gate import Rules, Use, decide
from kept.web.shared.policy import current_policy

from .keys import Needs, caller_of
from .shapes_of_requests import Decided
from .wishes import NAME

__all__ = ["router"]

router = Router(tags=["Gate"])


class UseAsked(Schema):
    """A use of one person's data."""

    subject: str = Field(
        max_length=200,
        pattern=r"^[a-z0-9][a-z0-9_-]*:[^\x00-\x1f\x7f]+$",
        description="Whose data, as the map names people: their kind, and their key.",
        examples=["account:42"],
    )
    purpose: str = Field(max_length=100, pattern=NAME, description="What for: a purpose's short name.", examples=["research"])
    recipient: str = Field(
        "", max_length=100, pattern=r"^[a-z0-9_-]*$", description="Who outside is given it; empty for nobody.", examples=[""]
    )
    sensitive: bool = Field(False, description="Whether it is sensitive: GDPR Art. 9(1), Cal. Civ. Code 1798.140(ae).")
    jurisdiction: str = Field(
        "", max_length=20, pattern=r"^[a-z-]*$", description="Whose legal bases hold for them; empty for the general ones."
    )


@router.get("/decisions", response=Decided, auth=Needs("gate.ask"), operation_id="decide", summary="May this use happen?")
def decision(request: HttpRequest, use: Annotated[UseAsked, Query(...)]) -> dict[str, Any]:
    """Whether a use may happen now, and why. Whatever a person asked for counts from the moment it is written down."""
    at, rules = datetime.now(UTC), _rules(current_policy().digest)
    who = caller_of(request).who
    standing = standing_of(use.subject, purposes=rules.everywhere, jurisdiction=use.jurisdiction, by=who)
    asked = Use(purpose=use.purpose, at=at, recipient=use.recipient, sensitive=use.sensitive)
    found = decide(asked, standing, rules)
    return {
        "allowed": found.allowed,
        "code": found.code,
        "reason": found.reason,
        "basis": found.basis,
        "clause": found.clause,
        "at": at,
    }


@lru_cache(maxsize=4)
def _rules(digest: str) -> Rules:  # noqa: ARG001 - what the rules are remembered by
    return Rules.of(current_policy())
