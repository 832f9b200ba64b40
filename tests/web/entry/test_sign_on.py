"""The company's sign-on, by a real OpenID Connect provider on loopback and by SAML responses that are really signed."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import pytest
import requests

from kept.db import configure
from kept.db.actions.accounts import make_staff
from kept.workflows.check import clock
from tests.pages import ROOT
from tests.web.entry.live import Live, free_port, listening, served
from tests.web.entry.provider.adapter import new_key
from tests.web.entry.saml import SamlProvider

CLIENT: Final = "kept"
SECRET: Final = "a secret between the two"
START = "import django; django.setup(); from tests.web.entry.provider.serve import main; main()"
WRONG = ("audience", "issuer", "nonce", "silence", "age", "subject", "key")
STAFF = ("owner@aurigen.example", "unverified@aurigen.example", *(f"wrong-{one}@aurigen.example" for one in WRONG))
STRANGER = "stranger@aurigen.example"
IDP = SamlProvider()
TOML = """
[web.sign_on.company]
kind = "oidc"
title = "Aurigen ID"
server = "{server}"
client = "kept"
secret = "env:KEPT_TEST_SIGN_ON"

[web.sign_on.house]
kind = "saml"
entity = "https://idp.aurigen.example/saml"
sso = "https://idp.aurigen.example/saml/sso"
certificate = "env:KEPT_TEST_CERTIFICATE"
"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(scope="module")
def site(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    home = tmp_path_factory.mktemp("sign-on")
    ours, theirs = free_port(), free_port()
    base = home / "base"
    shutil.copytree(founded, base)
    configure(base, whole=True)
    for email in STAFF:
        make_staff(email=email, role="owner", at=clock(), by="command line")
    people = [*(email.replace("unverified", "?unverified", 1) for email in STAFF), STRANGER]
    callback = f"http://localhost:{ours}/account/oidc/company/login/callback/"
    settings = {"DJANGO_SETTINGS_MODULE": "tests.web.entry.provider.settings", "IDP_HOME": str(home), "IDP_KEY": new_key()}
    command = [sys.executable, "-c", START, str(theirs), callback, *people]
    provider = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings)
    secrets = {"KEPT_TEST_SIGN_ON": SECRET, "KEPT_TEST_CERTIFICATE": IDP.certificate}
    try:
        listening(provider, theirs)
        toml = TOML.format(server=f"http://127.0.0.1:{theirs}")
        with served(base, home, environment=os.environ | secrets, toml=toml, port=ours) as live:
            yield live
    finally:
        provider.terminate()
        provider.wait()


def _to_provider(browser: requests.Session, site: Live, way: str) -> str:
    """Press the sign-on's button, and return where that leads."""
    page = browser.get(f"{site.url}/account/login/?next=/console/").text
    door = re.search(rf'action="(/account/{way}[^"]*)"', page)
    token = TOKEN.search(page)
    assert door, page
    assert token
    answer = browser.post(site.url + door[1].replace("&amp;", "&"), {"csrfmiddlewaretoken": token[1]}, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def _by_oidc(browser: requests.Session, site: Live, email: str) -> str:
    """Sign on as somebody, and return the address that the provider sends the browser to."""
    location = _to_provider(browser, site, "oidc/company")
    assert "code_challenge_method=S256" in location
    theirs = requests.Session()
    for _ in range(4):
        answer = theirs.get(location, cookies={"person": email}, allow_redirects=False)
        location = urljoin(location, answer.headers["Location"])
        if location.startswith(site.url):
            return location
    raise AssertionError(location)


def _signed_in(browser: requests.Session, site: Live) -> bool:
    return browser.get(f"{site.url}/console/", allow_redirects=False).status_code == 200


def test_openid_connect_brings_staff_to_the_console(site: Live) -> None:
    for _ in range(2):  # the second time the sign-on is connected already
        browser = requests.Session()
        answer = browser.get(_by_oidc(browser, site, "owner@aurigen.example"))
        assert answer.url == f"{site.url}/console/"
        assert answer.status_code == 200
        assert _signed_in(browser, site)


@pytest.mark.parametrize("one", WRONG)
def test_a_token_that_is_wrong_brings_nobody(site: Live, one: str) -> None:
    browser = requests.Session()
    answer = browser.get(_by_oidc(browser, site, f"wrong-{one}@aurigen.example"))
    assert answer.status_code in (401, 403)
    assert "You are not signed in" in answer.text
    assert not _signed_in(browser, site)


@pytest.mark.parametrize("email", [STRANGER, "unverified@aurigen.example"])
def test_who_is_not_known_as_staff_is_told_to_ask_an_owner(site: Live, email: str) -> None:
    browser = requests.Session()
    answer = browser.get(_by_oidc(browser, site, email))
    assert (answer.status_code, "Ask an owner" in answer.text) == (403, True)
    assert not _signed_in(browser, site)


def test_an_answer_counts_once_and_in_its_own_browser(site: Live) -> None:
    browser, other = requests.Session(), requests.Session()
    location = _by_oidc(browser, site, "owner@aurigen.example")
    assert other.get(location).status_code == 401
    forged = re.sub("state=[^&]+", "state=forged", location)
    assert browser.get(forged).status_code == 401
    assert not _signed_in(browser, site)
    assert browser.get(location).status_code == 200
    assert browser.get(location).status_code == 401
    for strange in ("", "?code=x", "?state=x", "?error=access_denied&state=x", "?code=x&state=x"):
        assert browser.get(f"{site.url}/account/oidc/company/login/callback/{strange}").status_code == 401
    assert requests.get(f"{site.url}/account/oidc/another/login/", timeout=9).status_code == 404


def _by_saml(browser: requests.Session, site: Live, response: str) -> requests.Response:
    return browser.post(f"{site.url}/account/saml/house/acs/", {"SAMLResponse": response, "RelayState": ""})


def test_saml_brings_staff_to_the_console_once(site: Live) -> None:
    browser = requests.Session()
    response = IDP.answer(_to_provider(browser, site, "saml/house"), "owner@aurigen.example")
    answer = _by_saml(browser, site, response)
    assert answer.url == f"{site.url}/console/"
    assert _signed_in(browser, site)
    assert _by_saml(browser, site, response).status_code == 403
    other = requests.Session()
    assert _by_saml(other, site, response).status_code == 403
    assert not _signed_in(other, site)


BAD_SAML = {
    "unsigned": {"signed": False},
    "for another": {"audience": "https://another.example/metadata"},
    "too old": {"age": timedelta(hours=1)},
    "to a request that was not made": {"request": "ONELOGIN_of_nobody"},
}


@pytest.mark.parametrize("case", [*BAD_SAML, "altered", "by another provider", "nothing", "no XML", "wrapped"])
def test_a_saml_response_that_is_wrong_brings_nobody(site: Live, case: str) -> None:
    browser = requests.Session()
    location = _to_provider(browser, site, "saml/house")
    email = "owner@aurigen.example"
    response = IDP.answer(location, email, **BAD_SAML.get(case, {}))  # type: ignore[arg-type]  # one dictionary of several kinds
    if case == "altered":
        response = base64.b64encode(base64.b64decode(response).replace(b"owner@", b"unverified@")).decode()
    if case == "by another provider":
        response = SamlProvider().answer(location, email)
    if case == "wrapped":
        inner = base64.b64decode(IDP.answer(location, STRANGER)).decode()
        forged = base64.b64decode(IDP.answer(location, email, signed=False)).decode()
        genuine = inner[inner.index("<saml:Assertion") : inner.index("</saml:Assertion>") + len("</saml:Assertion>")]
        xml = forged.replace("</samlp:Status>", f"</samlp:Status>{genuine}")
        response = base64.b64encode(xml.encode()).decode()
    response = {"nothing": "", "no XML": "bm9uc2Vuc2U="}.get(case, response)
    answer = _by_saml(browser, site, response)
    assert answer.status_code in (401, 403), answer.text
    assert not _signed_in(browser, site)


def test_a_stranger_by_saml_is_told_to_ask_an_owner(site: Live) -> None:
    browser = requests.Session()
    answer = _by_saml(browser, site, IDP.answer(_to_provider(browser, site, "saml/house"), STRANGER))
    assert (answer.status_code, "Ask an owner" in answer.text) == (403, True)


def test_saml_describes_itself(site: Live) -> None:
    answer = requests.get(f"{site.url}/account/saml/house/metadata/", timeout=9)
    assert answer.headers["Content-Type"] == "text/xml"
    assert f"{site.url}/account/saml/house/acs/" in answer.text
