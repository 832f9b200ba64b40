"""Signing in, up and out: what opens, and what stays shut."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.test import Client, override_settings

from kept.db.actions.accounts import suspend_account
from kept.db.models import Account
from tests.pages import FOLDER, ROOT
from tests.web.entry.live import free_port
from tests.web.entry.steps import STRONG, ask_for_code, by_code, code_of, give_app, newest_code, sign_up
from tests.web.site import Site

EMAIL = "noor@example.org"


def test_somebody_signs_up_and_in_with_a_code(any_site: Site) -> None:
    client = any_site.visitor()
    assert sign_up(any_site, client, EMAIL)["Location"] == "/account/arrived/"
    assert client.get("/account/arrived/")["Location"] == "/me/"
    assert client.post("/account/logout/")["Location"] == "/"
    assert client.get("/me/").status_code == 302
    assert by_code(any_site, client, EMAIL.upper())["Location"] == "/account/arrived/"
    assert Account.objects.filter(email=EMAIL).count() == 1


def test_a_code_is_good_once_in_its_own_browser_and_three_tries(site: Site) -> None:
    site.account(email=EMAIL)
    client, other = site.visitor(), site.visitor()
    ask_for_code(client, EMAIL)
    code = newest_code(site)
    assert other.post("/account/login/code/confirm/", {"code": code})["Location"] == "/account/login/code/"
    assert client.post("/account/login/code/confirm/", {"code": code}).status_code == 302
    client.post("/account/logout/")
    assert client.post("/account/login/code/confirm/", {"code": code})["Location"] == "/account/login/code/"
    ask_for_code(other, EMAIL)
    code = newest_code(site)
    for _ in range(3):
        other.post("/account/login/code/confirm/", {"code": "XXXX-XXXX"})
    assert other.post("/account/login/code/confirm/", {"code": code})["Location"] == "/account/login/code/"


def test_a_password_is_set_used_and_changed(site: Site) -> None:
    client, elsewhere, visitor = site.visitor(), site.visitor(), site.visitor()
    sign_up(site, client, EMAIL)
    weak = client.post("/account/password/set/", {"password1": "password1234", "password2": "password1234"})
    assert weak.status_code == 200
    assert client.post("/account/password/set/", {"password1": STRONG, "password2": STRONG}).status_code == 302
    assert elsewhere.post("/account/login/", {"login": EMAIL, "password": STRONG})["Location"] == "/account/arrived/"
    assert visitor.post("/account/login/", {"login": EMAIL, "password": "wrong"}).status_code == 200
    longer = f"{STRONG} again"
    fields = {"oldpassword": STRONG, "password1": longer, "password2": longer}
    assert client.post("/account/password/change/", fields).status_code == 302
    assert client.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302  # the change ended every other session


def test_a_forgotten_password_is_replaced_with_a_code(site: Site) -> None:
    account = site.account(email=EMAIL)
    inside, client = site.signed_in(account), site.visitor()
    answer = client.post("/account/password/reset/", {"email": EMAIL})
    answer = client.post(answer["Location"], {"code": newest_code(site)})
    assert client.post(answer["Location"], {"password1": STRONG, "password2": STRONG}).status_code == 302
    assert inside.get("/me/").status_code == 302
    assert site.visitor().post("/account/login/", {"login": EMAIL, "password": STRONG}).status_code == 302


def test_a_suspended_account_is_out_with_its_next_request(site: Site) -> None:
    account = site.account(email=EMAIL)
    account.set_password(STRONG)
    account.save()
    client = site.signed_in(account)
    assert client.get("/me/").status_code == 200
    suspend_account(ref=account.ref, at=datetime.now(UTC), by=site.who(role="owner"))
    assert client.get("/me/").status_code == 302
    assert site.visitor().post("/account/login/", {"login": EMAIL, "password": STRONG})["Location"] == "/account/inactive/"
    ask_for_code(site.visitor(), EMAIL)
    assert "There is no account" in site.letters[-1]


def test_the_session_changes_at_sign_in_and_ends_by_itself(site: Site) -> None:
    site.account(email=EMAIL)
    client = site.visitor()
    ask_for_code(client, EMAIL)
    before = client.session.session_key
    client.post("/account/login/code/confirm/", {"code": newest_code(site)})
    after = client.session.session_key
    assert before != after
    assert not Session.objects.filter(session_key=before).exists()
    ends = client.session.get_expiry_date()
    assert abs(ends - datetime.now(UTC) - timedelta(days=14)) < timedelta(minutes=1)
    session = client.session
    session["something"] = "used"
    session.save()  # using it does not lengthen it
    assert client.session.get_expiry_date() == ends
    session.set_expiry(datetime.now(UTC) - timedelta(seconds=1))
    session.save()
    assert client.get("/me/").status_code == 302


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(site: Site) -> None:
    client = site.visitor()
    sign_up(site, client, EMAIL)
    session, token = client.cookies[settings.SESSION_COOKIE_NAME], client.cookies[settings.CSRF_COOKIE_NAME]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    assert (token["httponly"], token["samesite"]) == (True, "Strict")


@pytest.mark.parametrize("value", ["", "nonsense", "a" * 5_000, "../../etc/passwd", "\u00e9", "';--"])
def test_a_garbled_session_cookie_is_no_session(site: Site, value: str) -> None:
    client = site.visitor()
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    assert client.get("/me/").status_code == 302
    assert client.get("/account/login/").status_code == 200


def test_a_session_whose_content_is_garbled_is_no_session(site: Site) -> None:
    client = site.person()
    Session.objects.update(session_data="not what was written")
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "https://localhost@evil.example/",
        "http://127.0.0.1:9/",
        "\thttps://evil.example",
    ],
)
def test_signing_in_leads_to_no_other_site(site: Site, goal: str) -> None:
    site.account(email=EMAIL)
    assert by_code(site, site.visitor(), EMAIL, goal=goal)["Location"] == "/account/arrived/"
    assert site.visitor().post("/account/looks/", {"next": goal})["Location"] == "/"


def test_signing_in_leads_to_where_somebody_wanted_to_go(site: Site) -> None:
    site.account(email=EMAIL)
    assert by_code(site, site.visitor(), EMAIL, goal="/me/?part=1")["Location"] == "/me/?part=1"


@pytest.mark.parametrize("path", ["login", "signup", "logout", "password/reset", "login/code"])
def test_a_form_of_another_site_signs_nobody_in_or_out(site: Site, path: str) -> None:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    answer = client.post(f"/account/{path}/", {"login": EMAIL, "email": EMAIL})
    assert answer.status_code == 403
    assert "This form could not be taken" in answer.content.decode()


def test_an_unfinished_second_step_ends_at_the_door(site: Site) -> None:
    account = site.account(email=EMAIL)
    secret = give_app(account)
    client = site.visitor()
    assert by_code(site, client, EMAIL)["Location"] == "/account/2fa/authenticate/"
    assert client.get("/me/").status_code == 302  # not in yet
    session = client.session
    session[LOGIN_SESSION_KEY]["initiated_at"] = time.time() - 3_600
    session.save()
    answer = client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert answer["Location"] == "/account/login/"
    assert client.get("/me/").status_code == 302


def test_guessing_is_slowed(site: Site) -> None:
    account = site.account(email=EMAIL)
    account.set_password(STRONG)
    account.save()
    client = site.visitor()
    for _ in range(5):
        client.post("/account/login/", {"login": EMAIL, "password": "wrong"})
    page = client.post("/account/login/", {"login": EMAIL, "password": STRONG})
    assert "Too many tries" in page.content.decode()
    caches["default"].clear()
    assert client.post("/account/login/", {"login": EMAIL, "password": STRONG}).status_code == 302
    for _ in range(4):
        page = ask_for_code(site.visitor(), "other@example.org")
    assert "Too many tries" in page.content.decode()


def test_an_address_of_another_account_is_not_given_away(site: Site) -> None:
    site.account(email="taken@example.org")
    client = site.visitor()
    sign_up(site, client, EMAIL)
    answers = [
        client.post("/account/email/", {"action_add": "", "email": email}) for email in ("taken@example.org", "free@example.org")
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/account/confirm-email/")}
    assert EmailAddress.objects.filter(email="taken@example.org").count() == 1


def test_mail_that_nobody_takes_is_a_calm_page(site: Site) -> None:
    site.account(email=EMAIL)
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=free_port()):
        answers = [ask_for_code(site.visitor(), email) for email in (EMAIL, "nobody@example.org")]
    assert {answer.status_code for answer in answers} == {503}
    assert "The letter could not be sent" in answers[0].content.decode()


def test_over_tls_the_cookies_are_this_hosts_alone() -> None:
    names = "SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE, SECURE_HSTS_SECONDS, LANGUAGE_COOKIE_NAME"
    told = f"from kept.web.project.settings import *; print({names})"
    environment = os.environ | {"KEPT_TLS": "1", "KEPT_FOLDER": str(FOLDER)}
    said = subprocess.run([sys.executable, "-c", told], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["__Host-kept-session", "True", "True", "31536000", "__Host-kept-language"]


def test_passwords_may_be_long_and_hold_anything_but_the_companys_name(site: Site) -> None:
    client = site.visitor()
    sign_up(site, client, EMAIL)
    named = "my aurigen sentence for mornings"
    assert "company" in client.post("/account/password/set/", {"password1": named, "password2": named}).content.decode()
    long = " ünd päß 'or' 1=1 <b> " * 8
    assert client.post("/account/password/set/", {"password1": long, "password2": long}).status_code == 302
    assert site.visitor().post("/account/login/", {"login": EMAIL, "password": long}).status_code == 302
    assert site.visitor().post("/account/login/", {"login": EMAIL, "password": long.upper()}).status_code == 200


def test_an_address_is_added_only_after_a_fresh_sign_in(site: Site) -> None:
    client = site.signed_in(site.account(email=EMAIL))
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "code", "at": time.time() - 3_600}]
    session.save()
    answer = client.post("/account/email/", {"action_add": "", "email": "new@example.org"})
    assert answer["Location"].startswith("/account/reauthenticate/")


def test_what_is_shown_inside_stays_in_no_cache(site: Site) -> None:
    client = site.signed_in(site.account(email=EMAIL))
    for path in ("/account/2fa/", "/account/2fa/totp/activate/", "/account/email/", "/account/sessions/"):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_the_security_log_names_accounts_and_nobody(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    security = logging.getLogger("kept.security")
    security.addHandler(caplog.handler)
    try:
        client = site.visitor()
        sign_up(site, client, EMAIL)
        client.get("/console/")
        client.post("/account/logout/")
        client.post("/account/login/", {"login": EMAIL, "password": "a wrong one"})
        ask_for_code(client, EMAIL)
        client.post("/account/login/code/confirm/", {"code": "XXXX-XXXX"})
    finally:
        security.removeHandler(caplog.handler)
    ref = Account.objects.get(email=EMAIL).ref
    told = [record.getMessage() for record in caplog.records if record.name == "kept.security"]
    assert told == [
        f"signed-in account={ref} by=code",
        f"not-allowed account={ref} page=console:board",
        f"signed-out account={ref}",
        "password-refused account=unknown",
        f"code-refused account={ref}",
    ]
