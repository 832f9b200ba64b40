"""Hand-over: the company's own application signs a person in with a token that lives for two minutes and opens once."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import jwt
from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET

from kept.base.errors import Refused
from kept.base.seals import subject_of
from kept.db.actions.handover import enter_by_handover
from kept.planning.belonging import kinds_of_people
from kept.web.shared.policy import current_policy

from .adapters import limit_session

__all__ = ["ALGORITHM", "LIFE_SECONDS", "handover", "subject_in"]

ALGORITHM: Final = "HS256"
LIFE_SECONDS: Final = 120
SKEW_SECONDS: Final = 5
"""How far the clocks of two machines may be apart."""
LEAST_SECRET: Final = 32
LONGEST_TOKEN, LONGEST_JTI, LONGEST_SUBJECT = 4096, 128, 200
CLAIMS: Final = ["iss", "aud", "sub", "iat", "exp", "jti"]
SUBJECT: Final = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*):([^\x00-\x20\x7f]+)")


class NoEntry(Exception):
    """The token opens nothing; why is nobody's business but the log's, and not even that holds the token."""


@require_GET
def handover(request: HttpRequest) -> HttpResponse:
    """Sign in the person whom a token names, and lead them to their privacy centre; for any other token, one calm page."""
    try:
        subject = subject_in(request.GET.get("token", ""), here=request.build_absolute_uri("/"))
        account = enter_by_handover(subject=subject, at=datetime.now(UTC))
    except (NoEntry, Refused):
        response = render(request, "entry/handover.html", status=403)
    else:
        login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
        limit_session(request)
        record_authentication(request, account, "handover")
        UserSession.objects.create_from_request(request)
        response = redirect("centre:home")
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response


def subject_in(token: str, *, here: str) -> str:
    """Return whom a token names, `account:42`, once it is certain that the company's application made it, for us, and just now.

    It counts as used from then on. Raises NoEntry.
    """
    claims = _claims(token, here)
    subject = _subject(claims["sub"])
    _use(claims["jti"])
    return subject


def _claims(token: str, here: str) -> dict[str, Any]:
    said = settings.KEPT.web.handover
    secret = os.environ.get(said.variable, "").encode() if said else b""
    if len(secret) < LEAST_SECRET or not 0 < len(token) <= LONGEST_TOKEN:
        raise NoEntry
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            leeway=SKEW_SECONDS,
            options={"require": CLAIMS, "verify_aud": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NoEntry from error
    begun, ends, meant = claims["iat"], claims["exp"], claims["aud"]
    if type(begun) is not int or type(ends) is not int or not 0 < ends - begun <= LIFE_SECONDS:
        raise NoEntry
    if not isinstance(meant, str) or meant.rstrip("/") not in _audiences(here) or not claims["iss"]:
        raise NoEntry
    return claims


def _audiences(here: str) -> set[str]:
    """Return what a token may be meant for: this site, by the address in kept.toml where there is one, or the company by name."""
    return {settings.KEPT.company.name, (settings.KEPT.web.url or here).rstrip("/")}


def _subject(named: object) -> str:
    """Return the person in the form the stores know them by. Raises NoEntry for a kind of person the map does not know."""
    found = SUBJECT.fullmatch(named) if isinstance(named, str) and len(named) <= LONGEST_SUBJECT else None
    if found is None or found[1] not in kinds_of_people(current_policy()):
        raise NoEntry
    return subject_of(found[1], found[2])


def _use(name: object) -> None:
    """Remember that a token was used, for longer than it lives; of two at once, one gets in. Raises NoEntry."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_JTI:
        raise NoEntry
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    if not caches["default"].add(f"handover:{digest}", 1, timeout=LIFE_SECONDS + 2 * SKEW_SECONDS + 1):
        raise NoEntry
