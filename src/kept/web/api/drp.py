"""The door of the Data Rights Protocol: authorised agents ask here for people, and see how their requests stand.

It is the business's side of version 1.0 in its endpoints, and takes messages of 0.9 to 1.0. An agent is one of kept.toml's
`[requests.agents.ID]`; it signs for a token once, and then shows that token and signs what it asks. What is answered never says
whether somebody is known: no store is asked here, and whatever is asked for anybody reads the same.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from kept.base.errors import KeptError, Refused
from kept.db.access.agents import AgentsRequest, request_of_agent, status_of, token_held
from kept.db.actions.agents import Asking, make_token, open_by_agent, withdraw_by_agent
from kept.intake.drp import (
    LONGEST_TO_PAIR,
    LONGEST_WINDOW,
    MOST_BYTES,
    Envelope,
    Fault,
    Opened,
    business_id,
    checked,
    exercise_in,
    opened,
    reason_in,
)
from kept.policy.agents import verifying_key
from kept.policy.settings import Settings
from kept.web.shared.policy import current_policy, current_terms
from kept.web.shared.security_log import note

from .problems import ApiError, defect, outward, status_in
from .rates import count, count_stranger, too_often

__all__ = ["patterns"]

View = Callable[..., HttpResponse]
SCHEME: Final = "bearer"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="kept"'}


class _Told(Exception):
    """What an agent is told instead of what it asked for. It never leaves this file."""

    def __init__(self, fault: Fault, *, headers: Mapping[str, str] | None = None) -> None:
        """Keep both."""
        super().__init__(fault.message)
        self.fault = fault
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agent:
    """An agent of kept.toml: the id it signs with, its name, and its verifying key."""

    id: str
    name: str
    key: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of its verifying key."""
        return sha256(self.key).hexdigest()

    def asking(self, message: str) -> Asking:
        """Return it as actions know it, with the message that it sent."""
        return Asking(agent=self.id, name=self.name, key=self.digest, message=message)


def patterns() -> list[URLPattern]:
    """Return the addresses under the API's base, which a directory of the protocol calls `api_base`."""
    asked = "v1/data-rights-request"
    return [
        path(asked, _entered(_exercise, "POST")),
        path(f"{asked}/", _entered(_exercise, "POST")),  # as versions before 0.9.3 had it
        path(f"{asked}/<uuid:number>", _entered(_one_request, "GET", "DELETE")),
        path("v1/agent/<str:agent>", _entered(_one_agent, "GET", "POST")),
        re_path("", _entered(_nothing)),
    ]


def _entered(view: View, *methods: str) -> View:
    """Return the view behind the door, which tells errors as the protocol has them (section 3.06)."""

    @csrf_exempt
    @wraps(view)
    def entered(request: HttpRequest, **named: Any) -> HttpResponse:
        try:
            if methods and request.method not in methods:
                raise _Told(
                    Fault(status=405, message="This address does not take that method"), headers={"Allow": ", ".join(methods)}
                )
            response = view(request, **named)
        except _Told as told:
            response = _error(told.fault, told.headers)
        except (KeptError, ApiError) as error:
            response = _of_error(request, error)
        except Exception as error:
            response = _of_error(request, defect(request, error))
        response["Cache-Control"] = "no-store"
        return response

    return entered


def _exercise(request: HttpRequest) -> HttpResponse:
    """Take a request for somebody (section 2.01)."""
    agent, now = _asking(request), datetime.now(UTC)
    message = _message(request, agent)
    if wrong := checked(message.content, _envelope(agent, LONGEST_WINDOW), at=now):
        raise _Told(wrong)
    asked = exercise_in(message.content)
    if isinstance(asked, Fault):
        raise _Told(asked)
    try:
        number = open_by_agent(asked, agent.asking(message.digest), terms=current_terms(), at=now)
    except Refused as refused:
        raise _Told(Fault(status=409, message=refused.happened, fatal=True)) from refused
    return _standing(request_of_agent(number, agent=agent.id))


def _one_request(request: HttpRequest, *, number: UUID) -> HttpResponse:
    """Say how a request stands (section 2.02), or take it back (section 2.04)."""
    agent = _asking(request)
    if request.method == "DELETE":
        request_of_agent(number, agent=agent.id)
        reason = reason_in(_message(request, agent).content)
        if isinstance(reason, Fault):
            raise _Told(reason)
        withdraw_by_agent(number=number, agent=agent.id, reason=reason, at=datetime.now(UTC))
    return _standing(request_of_agent(number, agent=agent.id))


def _one_agent(request: HttpRequest, *, agent: str) -> HttpResponse:
    """Give an agent its token (section 2.05), or say that the one it has is good (section 2.06)."""
    if request.method == "POST":
        return _paired(request, agent)
    if _asking(request).id != agent:
        raise _Told(Fault(status=403, message="This is not the token of that agent", fatal=True))
    return JsonResponse({})


def _paired(request: HttpRequest, id: str) -> HttpResponse:
    """Make a token for whoever signs as this agent; where anything is wrong, say 403 and no word more."""
    count_stranger(request)
    now, agent = datetime.now(UTC), _known(id)
    message = opened(_body(request), agent.key) if agent is not None else None
    if agent is None or not isinstance(message, Opened) or checked(message.content, _envelope(agent, LONGEST_TO_PAIR), at=now):
        note("agent-refused")
        return HttpResponse(status=403)
    try:
        token = make_token(agent.asking(message.digest), at=now)
    except Refused:
        note("agent-refused")
        return HttpResponse(status=403)
    return JsonResponse({"agent-id": agent.id, "token": token})


def _nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """Say that there is nothing at an address."""
    raise _Told(Fault(status=404, message="There is nothing at this address"))


def _asking(request: HttpRequest) -> _Agent:
    """Return the agent whose token is shown, and count what it asks. Another key in kept.toml ends what was made under the last."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    held = token_held(token.strip()) if scheme.lower() == SCHEME else None
    agent = _known(held.agent) if held is not None else None
    if held is None or agent is None or not hmac.compare_digest(held.key, agent.digest):
        count_stranger(request)
        note("agent-refused")
        raise _Told(Fault(status=401, message="This needs a token in force; POST to /v1/agent/ID for one"), headers=CHALLENGE)
    rate = count(request, f"agent:{agent.id}")
    if rate.left < 0:
        raise too_often(rate)
    return agent


def _known(id: str) -> _Agent | None:
    """Return an agent of kept.toml; None for one that is not there, or whose key is none."""
    found = _settings().requests.agents.get(id)
    key = verifying_key(found.key) if found is not None else None
    return _Agent(id=id, name=found.name, key=key) if found is not None and key is not None else None


def _message(request: HttpRequest, agent: _Agent) -> Opened:
    message = opened(_body(request), agent.key)
    if isinstance(message, Fault):
        raise _Told(message)
    return message


def _body(request: HttpRequest) -> bytes:
    """Return what was sent, which is not read where it says that it is too long."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise _Told(Fault(status=413, message="The message is too large", fatal=True))
    return request.body


def _envelope(agent: _Agent, longest: timedelta) -> Envelope:
    settings = _settings()
    business = settings.requests.business or business_id(settings.company.name)
    return Envelope(agent=agent.id, business=business, longest=longest)


def _settings() -> Settings:
    return current_policy().settings


def _standing(one: AgentsRequest) -> HttpResponse:
    """Return how a request stands, as section 3.03 has it."""
    return JsonResponse(status_of(one))


def _of_error(request: HttpRequest, error: KeptError | ApiError) -> HttpResponse:
    told = outward(request, error)
    headers = error.headers if isinstance(error, ApiError) else {}
    return _error(Fault(status=status_in(error), message=told.happened), headers)


def _error(fault: Fault, headers: Mapping[str, str]) -> HttpResponse:
    said = {"code": str(fault.status), "message": fault.message, **({"fatal": True} if fault.fatal else {})}
    return JsonResponse(said, status=fault.status, headers=dict(headers))
