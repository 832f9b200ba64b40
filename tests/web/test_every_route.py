"""Every address there is, asked by everybody: nobody, a person, another person with the first one's references, each staff role."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from kept.base.roles import ROLES
from kept.db.actions.api_keys import make_key
from kept.db.actions.choices import choose
from kept.db.actions.jobs import ask_for_job
from kept.db.actions.requests import open_request
from kept.db.terms import Terms
from tests.web.routes import named, routes
from tests.web.site import Site

NOW = datetime.now(UTC)
EVERYBODY = ("", "person", "other", *ROLES)
OWN = ("centre:receipt", "centre:request", "centre:job", "centre:key", "centre:request-file", "centre:receipt-file")
PUBLIC = ("public:", "favicon")
PROGRAMS = ("api:",)
ENTRY = ("entry:", "account_", "mfa_", "socialaccount_", "usersessions_", "openid_connect", "saml_")
SCRIPT = "<script>alert(1)</script>"


def browser(site: Site, role: str) -> Client:
    """Return somebody's browser, at an address of its own, because limits count by address."""
    people = {"person": "account:1", "other": "account:2"}
    client = site.visitor() if not role else site.person(people[role]) if role in people else site.staff(role)
    client.defaults["REMOTE_ADDR"] = f"10.1.0.{EVERYBODY.index(role)}"
    client.raise_request_exception = False
    return client


@pytest.fixture
def first(site: Site) -> dict[str, str]:
    """The references of what the first person has."""
    who = site.who(subject="account:1")
    choice = choose(purpose="communications", granted=True, edition=1, notice="0" * 64, channel="centre", by=who, at=NOW)
    request = open_request(right="access", terms=Terms(), channel="centre", by=who, at=NOW)
    job = ask_for_job(kind="holdings", key="held:account:1", wanted={"subject": "account:1"}, by=who, at=NOW)
    key = make_key(label="mine", scopes=["me.read"], by=who, at=NOW)
    ref = key.ref if hasattr(key, "ref") else str(key).split("_")[1]
    return {"choice": choice, "request": request, "job": job, "key": ref}


def test_no_address_breaks_or_shows_anything_to_whom_it_is_not_meant_for(site: Site, first: dict[str, str]) -> None:
    every = sorted(set(routes()))
    assert len(every) > 150, "the walk has found them all"
    wrong = []
    for role in EVERYBODY:
        asks = browser(site, role)
        for name, pattern in every:
            for ref in {*first.values(), "nothing"} if "<" in pattern and name.startswith("centre:") else {"nothing"}:
                path = named(
                    pattern, {"ref": ref, "number": "1", "index": "0", "clause": "5.2", "store": "app", "table": "accounts"}
                )
                wrong += [f"{role or 'nobody'} {name} {path}: {said}" for said in _wrong(asks, role, name, path, ref)]
    assert not wrong, "\n".join(wrong)


def _wrong(asks: Client, role: str, name: str, path: str, ref: str) -> list[str]:
    """Return what is wrong with the answer to one address."""
    answer = asks.get(path, {"q": SCRIPT, "next": "https://evil.example/", "mark": SCRIPT, "kind": SCRIPT})
    body = b"" if answer.streaming else answer.content
    said = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    said += ["the script came back"] if SCRIPT.encode() in body else []
    said += [f"leads to {answer['Location']}"] if answer.get("Location", "").startswith(("https://evil", "//")) else []
    shown = answer.status_code == 200
    if name.startswith("centre:") and not role and shown:
        said.append("a person's page is open to nobody")
    if name.startswith("centre:") and role != "person" and ref != "nothing" and shown:
        said.append("what is one person's is open to another")
    if name.startswith("console:") and role in ("", "person", "other") and shown:
        said.append("a page of the staff's is open to who is none")
    if name.startswith("api:") and "/v1/" not in path and not path.startswith(("/api/", "/scim/")):
        said.append("an address of the API stands elsewhere")
    return said


def test_whoever_has_lost_the_second_factor_is_led_to_one_from_every_page_of_the_staff(site: Site) -> None:
    account = site.account(role="owner")
    asks = site.signed_in(account, factor=False)
    for name, pattern in sorted(set(routes())):
        if name.startswith("console:"):
            answer = asks.get(named(pattern, {"index": "0", "number": "1"}))
            assert answer.status_code in (302, 404, 405), name
            if answer.status_code == 302:
                assert answer["Location"] == "/account/second-factor/", name


def test_a_body_that_is_too_large_is_refused_everywhere(site: Site) -> None:
    for role in ("", "person", "owner"):
        asks = browser(site, role)
        for name, pattern in sorted(set(routes())):
            if "<" in pattern:
                continue
            answer = asks.post(named(pattern, {}), b"a=" + b"x" * 300_000, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, (role, name)
