"""Authorised agents as tests run them: they sign with libsodium, as the protocol has it, and read what they are told.

`STATUS` and `ERROR` are sections 3.03 and 3.06 of the protocol's text (0.9.4) as JSON schemas. The OpenAPI document beside it is of
version 0.4, before signed messages; what it has in common with today's, these two shapes, is in them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from jsonschema import Draft202012Validator, FormatChecker
from nacl.encoding import Base64Encoder
from nacl.signing import SigningKey

from kept.web.api import drp

__all__ = ["BASE", "Agent", "said", "status_in", "urlpatterns"]

BASE = "/api/drp"
urlpatterns = [path("api/drp/", include(drp.patterns())), path("", include("kept.web.project.urls"))]

STATES = {"open", "in_progress", "fulfilled", "revoked", "denied", "expired"}
REASONS = {
    "need_user_verification",
    "suspected_fraud",
    "insuf_verification",
    "no_match",
    "claim_not_covered",
    "outside_jurisdiction",
    "too_many_requests",
    "other",
}
STATUS = {
    "type": "object",
    "required": ["request_id", "received_at", "expected_by", "status"],
    "properties": {
        "request_id": {"type": "string", "format": "uuid"},
        "agent_request_id": {"type": "string"},
        "received_at": {"type": "string", "format": "date-time"},
        "expected_by": {"type": "string", "format": "date-time"},
        "processing_details": {"type": "string"},
        "status": {"enum": sorted(STATES)},
        "reason": {"enum": sorted(REASONS)},
        "user_verification_url": {"type": "string", "format": "uri"},
        "expires_at": {"type": "string", "format": "date-time"},
    },
    "if": {"properties": {"reason": {"const": "need_user_verification"}}, "required": ["reason"]},
    "then": {"required": ["user_verification_url"]},
    "additionalProperties": False,
}
ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"pattern": "^[45][0-9]{2}$"}, "message": {"type": "string"}, "fatal": {"const": True}},
    "additionalProperties": False,
}


@dataclass(slots=True, kw_only=True)
class Agent:
    """One agent, with its key and the token that it got."""

    id: str = "PERMIT"
    key: SigningKey = field(default_factory=SigningKey.generate)
    token: str = ""
    name: str = "Permit"

    @property
    def toml(self) -> str:
        """What kept.toml says of it."""
        shown = self.key.verify_key.encode(Base64Encoder).decode()
        return f'\n[requests.agents.{self.id}]\nname = "{self.name}"\nkey = "{shown}"\n'

    def ask(self, method: str, address: str, body: bytes | str = b"", *, kind: str = "text/plain", token: str = "") -> HttpResponse:
        """Return what is answered to a body as it is."""
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        shown = token or self.token
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        kinds = {"content_type": kind} if body else {}
        answer: HttpResponse = client.generic(method, f"{BASE}{address}", body, headers=headers, **kinds)  # type: ignore[arg-type, assignment]  # the client's own
        return answer

    def signed(self, content: Any) -> bytes:
        """Return a message."""
        return bytes(self.key.sign(json.dumps(content).encode(), encoder=Base64Encoder))

    def about(self, **more: Any) -> dict[str, Any]:
        """Return what every message says, and more."""
        now = datetime.now(UTC)
        times = {"issued-at": now.isoformat(), "expires-at": (now + timedelta(minutes=10)).isoformat()}
        return {"agent-id": self.id, "business-id": "AURIGEN", "drp.version": "0.9.4", **times, **more}

    def pair(self) -> HttpResponse:
        """Ask for a token, and keep it where one is given."""
        answer = self.ask("POST", f"/v1/agent/{self.id}", self.signed(self.about()))
        if answer.status_code == 200:
            self.token = json.loads(answer.content)["token"]
        return answer

    def exercise(self, action: str = "deletion", email: str = "ada@people.example", **more: Any) -> HttpResponse:
        """Ask for somebody."""
        content = self.about(exercise=action, regime="ccpa", email=email, **more)
        return self.ask("POST", "/v1/data-rights-request", self.signed(content))

    def status(self, number: str) -> HttpResponse:
        """Ask how a request stands."""
        return self.ask("GET", f"/v1/data-rights-request/{number}")

    def revoke(self, number: str, reason: str = "changed my mind") -> HttpResponse:
        """Take a request back."""
        return self.ask("DELETE", f"/v1/data-rights-request/{number}", self.signed({"reason": reason}))


def status_in(answer: HttpResponse) -> dict[str, Any]:
    """Return the status that was answered, which is as section 3.03 has it."""
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "application/json", "no-store")
    found: dict[str, Any] = json.loads(answer.content)
    Draft202012Validator(STATUS, format_checker=FormatChecker()).validate(found)
    return found


def said(answer: HttpResponse) -> tuple[int, bool]:
    """Return the status of an error, which is as section 3.06 has it, and whether it is fatal."""
    found = json.loads(answer.content)
    Draft202012Validator(ERROR).validate(found)
    assert (found["code"], answer["Content-Type"]) == (str(answer.status_code), "application/json")
    return answer.status_code, found.get("fatal", False)
