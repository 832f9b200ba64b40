"""Nobody learns from the doors who has an account: the same page, and about the same time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.test import Client, override_settings

from tests.web.entry.steps import STRONG
from tests.web.site import Site, unlimited

KNOWN, UNKNOWN = "known@example.org", "nobody@example.org"
ROUNDS, COSTLY = 30, 8
TIMES = 2.0
"""How many times longer one median may be than the other: the noise of a machine at work, not a scrypt hash or a letter."""
ANSWER = re.compile(r'value="[A-Za-z0-9]{64}"|nobody|known|nonce="[^"]*"')

FORMS: dict[str, Callable[[str], dict[str, str]]] = {
    "/account/login/": lambda email: {"login": email},
    "/account/login/code/": lambda email: {"email": email},
    "/account/signup/": lambda email: {"email": email},
    "/account/password/reset/": lambda email: {"email": email},
    "/account/login/?with=password": lambda email: {"login": email, "password": "a wrong password"},
}


def _seconds(client: Client, path: str, email: str) -> float:
    begun = time.perf_counter()
    client.post(path, FORMS[path](email))
    return time.perf_counter() - begun


def _ask(site: Site, path: str, email: str) -> list[tuple[int, str, str]]:
    """Post a form and follow it; return what was seen, without what differs by itself."""
    client = site.visitor()
    answers: list[Any] = [client.post(path, FORMS[path](email))]
    if answers[0].status_code == 302:
        answers.append(client.get(answers[0]["Location"]))
        answers.append(client.post(answers[0]["Location"], {"code": "XXXX-XXXX"}))
    return [(answer.status_code, answer.headers.get("Location", ""), ANSWER.sub("", answer.content.decode())) for answer in answers]


@pytest.mark.parametrize("path", FORMS)
def test_known_and_unknown_addresses_look_alike(site: Site, path: str) -> None:
    account = site.account(email=KNOWN)
    account.set_password(STRONG)
    account.save()
    with override_settings(KEPT=unlimited(), ACCOUNT_RATE_LIMITS=False):
        first, second = _ask(site, path, KNOWN), _ask(site, path, UNKNOWN)
    assert first == second
    assert len(site.letters) in (0, 2)  # a letter for both, or for neither


@pytest.mark.parametrize("path", FORMS)
def test_known_and_unknown_addresses_take_as_long(site: Site, path: str) -> None:
    account = site.account(email=KNOWN)
    account.set_password(STRONG)
    account.save()
    times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    with override_settings(KEPT=unlimited(), ACCOUNT_RATE_LIMITS=False):
        _ask(site, path, KNOWN)
        _ask(site, path, UNKNOWN)
        for turn in range(COSTLY if path.endswith("=password") else ROUNDS):
            unknown = f"{turn}-{UNKNOWN}"
            for kind, email in ((KNOWN, KNOWN), (UNKNOWN, unknown)):
                times[kind].append(_seconds(site.visitor(), path, email))
    slow, fast = sorted((median(times[KNOWN]), median(times[UNKNOWN])), reverse=True)
    assert slow < TIMES * fast, f"{slow * 1000:.1f} ms and {fast * 1000:.1f} ms"


def test_a_suspended_account_looks_as_one_that_is_not_there(site: Site) -> None:
    account = site.account(email=KNOWN)
    account.is_active = False
    account.save()
    for path in ("/account/login/", "/account/login/code/", "/account/password/reset/"):
        caches["default"].clear()
        assert _ask(site, path, KNOWN) == _ask(site, path, UNKNOWN)


def test_the_limits_count_in_the_shared_cache() -> None:
    assert isinstance(caches["default"], DatabaseCache)
