"""Second factors: set up, sealed, used once, and not removed by whoever reads a mailbox."""

from __future__ import annotations

import json
import re
import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.test import Client

from kept.db.models import Account
from tests.web.entry.steps import by_code, code_of, factors_of, give_app, newest_code, secret_on, sign_up
from tests.web.site import Site

EMAIL = "noor@example.org"
BASE32 = re.compile(r"[A-Z2-7]{32}")
STRANGE = [
    "",
    "null",
    "[]",
    "{}",
    '"text"',
    "7",
    "{",
    '{"id": 1}',
    '{"response": []}',
    '{"id":"","rawId":"","type":"x","response":{}}',
]


def _in_two_steps(site: Site, account: Account, code: str) -> Client:
    client = site.visitor()
    assert by_code(site, client, account.email)["Location"] == "/account/2fa/authenticate/"
    client.post("/account/2fa/authenticate/", {"code": code})
    return client


def _enrol(client: Client) -> tuple[str, str]:
    """Set up an app, and return its secret and the code that was used for it."""
    secret = secret_on(client.get("/account/2fa/totp/activate/").content.decode())
    code = code_of(secret)
    assert client.post("/account/2fa/totp/activate/", {"code": code})["Location"] == "/account/2fa/recovery-codes/"
    return secret, code


def test_a_code_that_set_up_the_app_does_not_sign_in(any_site: Site) -> None:
    client = any_site.visitor()
    sign_up(any_site, client, EMAIL)
    secret, code = _enrol(client)
    account = Account.objects.get(email=EMAIL)
    assert _in_two_steps(any_site, account, code).get("/me/").status_code == 302
    fresh = code_of(secret, later=1)
    assert _in_two_steps(any_site, account, fresh).get("/me/").status_code == 200
    assert _in_two_steps(any_site, account, fresh).get("/me/").status_code == 302  # nor does any other code twice


def test_secrets_are_sealed_where_they_are_kept(site: Site) -> None:
    client = site.visitor()
    sign_up(site, client, EMAIL)
    secret, _ = _enrol(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        rows = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute("SELECT session_data FROM django_session")
        sessions = "".join(str(row[0]) for row in cursor.fetchall())
    assert len(rows) == 2
    assert not any(secret in row or BASE32.search(json.loads(row).get("secret", "")) for row in rows)
    assert secret not in sessions
    assert secret not in (site.folder / ".kept" / "state.sqlite3").read_bytes().decode("latin-1")


def test_a_recovery_code_signs_in_once(any_site: Site) -> None:
    client = any_site.visitor()
    sign_up(any_site, client, EMAIL)
    _enrol(client)
    codes = client.get("/account/2fa/recovery-codes/download/").content.decode().split()
    assert len(set(codes)) == 10
    account = Account.objects.get(email=EMAIL)
    assert _in_two_steps(any_site, account, codes[3]).get("/me/").status_code == 200
    assert _in_two_steps(any_site, account, codes[3]).get("/me/").status_code == 302
    client.post("/account/2fa/recovery-codes/generate/")
    assert _in_two_steps(any_site, account, codes[4]).get("/me/").status_code == 302  # new ones end the old ones


@pytest.mark.parametrize("path", ["totp/deactivate", "recovery-codes", "recovery-codes/generate", "recovery-codes/download"])
def test_a_factor_is_touched_only_with_the_factor(site: Site, path: str) -> None:
    account = site.account(role="owner")
    secret = give_app(account)
    RecoveryCodes.activate(account)
    client = site.signed_in(account, factor=True)
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] = time.time() - 3_600
    # What a code from the mailbox would have left, had it been asked for before the factor was set up:
    records = [*session[AUTHENTICATION_METHODS_SESSION_KEY], {"method": "code", "at": time.time(), "reauthenticated": True}]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = records
    session.save()
    answer = client.get(f"/account/2fa/{path}/")
    assert answer["Location"].startswith("/account/2fa/reauthenticate/")
    for weaker in ("reauthenticate", "reauthenticate/code"):
        assert client.get(f"/account/{weaker}/")["Location"].startswith("/account/2fa/reauthenticate/")
    assert factors_of(account) == {"totp", "recovery_codes"}
    assert client.post("/account/2fa/reauthenticate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/account/2fa/totp/deactivate/").status_code == 200
    client.post("/account/2fa/totp/deactivate/")
    assert factors_of(account) == set()
    assert "no longer asks for a code" in site.letters[-1]


def test_without_a_factor_a_code_is_asked_for_once_the_sign_in_is_old(site: Site) -> None:
    account = site.account(email=EMAIL)
    client = site.signed_in(account)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "code", "at": time.time() - 3_600}]
    session.save()
    answer = client.get("/account/2fa/totp/activate/")
    assert answer["Location"].startswith("/account/reauthenticate/code/")
    client.post("/account/reauthenticate/code/", {"recipient": EMAIL})
    assert client.post("/account/reauthenticate/code/confirm/", {"code": newest_code(site)}).status_code == 302
    assert client.get("/account/2fa/totp/activate/").status_code == 200


@pytest.mark.parametrize("credential", STRANGE)
def test_what_is_no_passkey_is_refused(site: Site, credential: str) -> None:
    account = site.account(email=EMAIL)
    client = site.signed_in(account)
    visitor = site.visitor()
    visitor.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"})
    assert visitor.post("/account/2fa/webauthn/login/", {"credential": credential}).status_code in (200, 302)
    assert visitor.get("/me/").status_code == 302
    client.get("/account/2fa/webauthn/add/")
    assert client.post("/account/2fa/webauthn/add/", {"name": "x", "credential": credential}).status_code == 200
    assert not Authenticator.objects.exists()


def test_another_accounts_passkey_is_not_there(site: Site) -> None:
    other = Authenticator.objects.create(user=site.account(email="other@example.org"), type="webauthn", data={"name": "theirs"})
    client = site.signed_in(site.account(email=EMAIL))
    for verb in ("edit", "remove"):
        for ask in (client.get, client.post):
            assert ask(f"/account/2fa/webauthn/keys/{other.pk}/{verb}/").status_code == 404
    assert Authenticator.objects.filter(pk=other.pk).exists()


def test_guessing_the_second_factor_is_slowed(site: Site) -> None:
    account = site.account(email=EMAIL)
    secret = give_app(account)
    client = site.visitor()
    by_code(site, client, EMAIL)
    for _ in range(6):
        page = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert "Too many tries" in page.content.decode()
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/me/").status_code == 302
