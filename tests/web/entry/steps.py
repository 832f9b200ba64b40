"""The steps that somebody takes to come in, as Django's client takes them."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from kept.db.models import Account
from tests.web.entry.live import code_in
from tests.web.site import Site

__all__ = [
    "PERIOD",
    "STRONG",
    "ask_for_code",
    "by_code",
    "code_of",
    "factors_of",
    "give_app",
    "newest_code",
    "secret_on",
    "sign_up",
]

PERIOD = 30
STRONG = "nobody would guess this sentence"


def newest_code(site: Site) -> str:
    """Return the code that was sent last."""
    return code_in(site.letters[-1])


def ask_for_code(client: Client, email: str, *, goal: str = "") -> Any:
    """Ask for a code to sign in with, and return the answer."""
    return client.post("/account/login/", {"login": email, "next": goal} if goal else {"login": email})


def by_code(site: Site, client: Client, email: str, *, goal: str = "") -> Any:
    """Sign in with a code, and return the answer to it."""
    answer = ask_for_code(client, email, goal=goal)
    assert answer.status_code == 302, answer.content.decode()
    return client.post(answer["Location"], {"code": newest_code(site), "next": goal} if goal else {"code": newest_code(site)})


def sign_up(site: Site, client: Client, email: str) -> Any:
    """Make an account, and return the answer to its code."""
    answer = client.post("/account/signup/", {"email": email})
    return client.post(answer["Location"], {"code": newest_code(site)})


def give_app(account: Account) -> str:
    """Set up an authenticator app, and return its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(account, secret)
    return secret


def code_of(secret: str, *, later: int = 0) -> str:
    """Return the code an app shows, now or some periods later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + later)))


def secret_on(page: str) -> str:
    """Return the secret that the page for setting up an app shows."""
    found = re.search(r'class="secret">([A-Z2-7]+)<', page)
    assert found
    return found[1]


def factors_of(account: Account) -> set[str]:
    """Return the kinds of second factor that an account has."""
    return set(Authenticator.objects.filter(user=account).values_list("type", flat=True))
