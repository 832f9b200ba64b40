"""Staff: a role opens with a second factor, for some hours."""

from __future__ import annotations

import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY

from kept.base.errors import NotThere
from kept.db.actions.accounts import make_staff
from kept.db.actions.factors import forget_factors
from kept.db.models import Account
from kept.workflows.check import clock
from tests.web.entry.steps import by_code, code_of, give_app, secret_on
from tests.web.site import Site

EMAIL = "owner@aurigen.example"


@pytest.fixture
def owner(site: Site) -> Account:
    make_staff(email=EMAIL, role="owner", at=clock(), by="command line")
    return Account.objects.get(email=EMAIL)


def test_the_console_opens_when_a_factor_was_set_up(site: Site, owner: Account) -> None:
    client = site.visitor()
    by_code(site, client, owner.email)
    assert client.get("/account/arrived/")["Location"] == "/console/"
    assert client.get("/console/")["Location"] == "/account/second-factor/"
    page = client.get("/account/second-factor/").content.decode()
    assert "/account/2fa/totp/activate/" in page
    assert "/account/2fa/webauthn/add/" in page
    secret = secret_on(client.get("/account/2fa/totp/activate/").content.decode())
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    assert client.get("/console/").status_code == 200


def test_the_console_opens_after_two_steps_and_not_after_one(site: Site, owner: Account) -> None:
    secret = give_app(owner)
    client = site.visitor()
    by_code(site, client, owner.email)
    assert client.get("/console/").status_code == 302
    assert client.post("/account/2fa/authenticate/", {"code": code_of(secret)})["Location"] == "/account/arrived/"
    assert client.get("/console/").status_code == 200


def test_after_eight_hours_the_factor_is_asked_for_again(site: Site, owner: Account) -> None:
    secret = give_app(owner)
    client = site.signed_in(owner, factor=True)
    assert client.get("/console/").status_code == 200
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time() - 8 * 3_600 - 1}]
    session.save()
    assert client.get("/console/")["Location"] == "/account/second-factor/"
    answer = client.get("/account/second-factor/")
    assert answer["Location"] == "/account/2fa/reauthenticate/?next=%2Faccount%2Farrived%2F"
    answer = client.post("/account/2fa/reauthenticate/", {"code": code_of(secret), "next": "/account/arrived/"})
    assert answer["Location"] == "/account/arrived/"
    assert client.get("/console/").status_code == 200


def test_records_of_another_account_open_nothing(site: Site, owner: Account) -> None:
    client = site.signed_in(owner, factor=True)
    session = client.session
    session["account_authentication_methods_user"] = str(owner.pk + 1)
    session.save()
    assert client.get("/console/").status_code == 302


def test_a_person_without_a_role_is_not_asked_for_a_factor(site: Site) -> None:
    client = site.person()
    assert client.get("/account/arrived/")["Location"] == "/me/"
    assert client.get("/account/second-factor/")["Location"] == "/me/"
    assert client.get("/console/").status_code == 403


def test_taking_the_role_away_closes_the_console_at_once(site: Site, owner: Account) -> None:
    client = site.signed_in(owner, factor=True)
    Account.objects.filter(pk=owner.pk).update(role="")
    assert client.get("/console/").status_code == 403


def test_lost_factors_are_forgotten_and_sessions_end(any_site: Site) -> None:
    make_staff(email=EMAIL, role="owner", at=clock(), by="command line")
    account = Account.objects.get(email=EMAIL)
    give_app(account)
    client = any_site.signed_in(account, factor=True)
    assert client.get("/console/").status_code == 200
    assert forget_factors(email=EMAIL.upper(), at=clock(), by="command line") == 1
    assert client.get("/console/")["Location"].startswith("/account/login/")
    fresh = any_site.visitor()
    assert by_code(any_site, fresh, EMAIL)["Location"] == "/account/arrived/"
    assert fresh.get("/console/")["Location"] == "/account/second-factor/"
    with pytest.raises(NotThere):
        forget_factors(email="nobody@example.org", at=clock(), by="command line")
