"""Every page and letter of coming in is ours: none of allauth's bare ones can appear."""

from __future__ import annotations

from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from tests.web.entry.steps import give_app, sign_up
from tests.web.site import Site

THEIRS = Path(allauth.__file__).parent / "templates"
PARTS = ("account", "mfa", "socialaccount", "usersessions")
NO_PAGES = {"base", "snippets"}
"""Pieces that only allauth's own pages are made of."""
NEVER = {
    "account/confirm_phone_verification_code.html": "account_verify_phone",
    "account/email_confirm.html": "account_confirm_email",
    "account/messages/phone_verification_sent.txt": "account_verify_phone",
    "account/messages/phone_verified.txt": "account_verify_phone",
    "account/phone_change.html": "account_change_phone",
    "account/signup_by_passkey.html": "account_signup_by_passkey",
    "mfa/trust.html": "mfa_trust",
    "mfa/webauthn/signup_form.html": "mfa_signup_webauthn",
}
"""What cannot be shown, because the address that would show it does not exist."""
SETTLED = {
    "account/email_change.html": "ACCOUNT_CHANGE_EMAIL is off: account/email.html is shown",
    "account/verification_sent.html": "addresses are confirmed by code: confirm_email_verification_code.html is shown",
    "account/verified_email_required.html": "the same; and no page of ours asks for it",
}


def _origin(name: str) -> str:
    backend = engines["django"]
    assert isinstance(backend, DjangoTemplates)
    return str(backend.engine.get_template(name).origin.name)


def _all() -> list[str]:
    names = sorted(str(path.relative_to(THEIRS)) for part in PARTS for path in (THEIRS / part).rglob("*") if path.is_file())
    pages = [name for name in names if not NO_PAGES & {Path(name).stem.split("_")[0], Path(name).parent.name}]
    return [*pages, "account/email/base_message.txt", "account/email/base_notification.txt"]


@pytest.mark.parametrize("name", [name for name in _all() if name not in NEVER and name not in SETTLED])
def test_ours_is_shown(name: str) -> None:
    assert "kept/web/entry/templates" in _origin(name)


def test_what_is_left_out_cannot_be_shown() -> None:
    for address in NEVER.values():
        with pytest.raises(NoReverseMatch):
            reverse(address)
    for layout in ("base", "entrance", "manage"):
        assert "kept/web/entry" in _origin(f"allauth/layouts/{layout}.html")


QUERIES = 12
OUTSIDE = (
    "login",
    "signup",
    "login/code",
    "password/reset",
    "password/reset/done",
    "inactive",
    "3rdparty/login/error",
    "3rdparty/login/cancelled",
)
INSIDE = (
    "email",
    "password/set",
    "2fa",
    "2fa/totp/activate",
    "2fa/webauthn/add",
    "2fa/webauthn",
    "logout",
    "sessions",
    "3rdparty",
    "reauthenticate/code",
)
GUARDED = ("2fa", "2fa/totp/deactivate", "2fa/recovery-codes/generate", "2fa/reauthenticate")


def _look(client: Client, path: str) -> str:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/account/{path}/")
    assert len(queries) <= QUERIES, (path, len(queries))
    page: str = answer.content.decode()
    assert answer.status_code in (200, 401), (path, answer.status_code)
    assert page.count("<h1") == 1
    assert 'class="skip"' in page
    assert "style=" not in page
    assert "<script>" not in page
    assert len(page) < 100_000
    return page


def test_the_pages_outside_are_in_our_frame(site: Site) -> None:
    for path in OUTSIDE:
        _look(site.visitor(), path)


def test_the_pages_inside_are_in_our_frame(site: Site) -> None:
    client = site.visitor()
    sign_up(site, client, "noor@example.org")
    for path in INSIDE:
        _look(client, path)
    account = EmailAddress.objects.get(email="noor@example.org").user
    give_app(account)
    guarded = site.signed_in(account, factor=True)
    for path in GUARDED:
        _look(guarded, path)


def test_script_in_every_field_is_shown_as_text(site: Site) -> None:
    evil = "<script>alert(1)</script>"
    client = site.visitor()
    for path, field in (("login", "login"), ("signup", "email"), ("login/code", "email"), ("password/reset", "email")):
        page = client.post(f"/account/{path}/", {field: evil, "next": evil, "password": evil}).content.decode()
        assert evil not in page


def test_who_tries_too_often_sees_our_page(site: Site) -> None:
    client = site.visitor()
    with override_settings(ACCOUNT_RATE_LIMITS={"signup": "1/m/ip"}):
        answers = [client.post("/account/signup/", {"email": "no address"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Wait a minute and try again" in answers[1].content.decode()
    assert 'class="skip"' in answers[1].content.decode()
