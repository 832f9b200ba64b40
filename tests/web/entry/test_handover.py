"""Hand-over from the company's own application: what opens, what does not, and that nothing opens twice."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import override_settings

from kept.db.access.ledger import entries
from kept.db.models import Account
from kept.policy.settings import EnvReference
from tests.pages import ROOT
from tests.web.site import Site

SECRET = "a-secret-that-both-sides-know-and-nobody-else-which-is-long-enough-for-every-hash"
GUIDE = ROOT / "docs" / "how-to" / "hand-over.md"
KEPT = "https://privacy.aurigen.example"


@pytest.fixture
def open_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that takes hand-overs, at an address of its own."""
    monkeypatch.setenv("SHOP_HANDOVER_SECRET", SECRET)
    web = replace(settings.KEPT.web, url=KEPT, handover=EnvReference(variable="SHOP_HANDOVER_SECRET"))
    with override_settings(KEPT=replace(settings.KEPT, web=web)):
        yield site


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": "shop", "aud": KEPT, "sub": "account:42", "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    return {name: value for name, value in {**made, **other}.items() if value is not None}


def token(secret: str = SECRET, algorithm: str = "HS256", **other: Any) -> str:
    return jwt.encode(claims(**other), secret, algorithm=algorithm)


def test_a_person_comes_in_and_has_an_account_from_then_on(open_site: Site) -> None:
    browser = open_site.visitor()
    answer = browser.get("/account/handover/", {"token": token()})
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    account = Account.objects.get(subject="account:42")
    assert (account.email, account.role, account.has_usable_password()) == ("", "", False)
    assert browser.get("/me/").status_code == 200
    assert [one["method"] for one in browser.session["account_authentication_methods"]] == ["handover"]
    assert b'"kind":"account.linked"' in b"".join(entries())
    again = open_site.visitor()
    assert again.get("/account/handover/", {"token": token()}).status_code == 302
    assert Account.objects.filter(subject="account:42").count() == 1


def test_a_token_opens_once(open_site: Site) -> None:
    made = token()
    assert open_site.visitor().get("/account/handover/", {"token": made}).status_code == 302
    assert open_site.visitor().get("/account/handover/", {"token": made}).status_code == 403


REFUSED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "x" * 40,
    "too long": lambda: "x" * 5000,
    "forged": lambda: token(secret="another-secret-that-nobody-shares-with-us-at-all-not-even-by-chance"),
    "no signature": lambda: jwt.encode(claims(), "", algorithm="none"),
    "cut signature": lambda: token()[:-2],
    "another algorithm": lambda: token(algorithm="HS512"),
    "expired": lambda: token(iat=int(time.time()) - 300, exp=int(time.time()) - 200),
    "from the future": lambda: token(iat=int(time.time()) + 60, exp=int(time.time()) + 100),
    "lives too long": lambda: token(exp=int(time.time()) + 3600),
    "ends before it begins": lambda: token(iat=int(time.time()) + 4, exp=int(time.time()) + 4),
    "broken seconds": lambda: token(iat=time.time(), exp=time.time() + 60),
    "for somebody else": lambda: token(aud="https://shop.example"),
    "for several": lambda: token(aud=[KEPT, "https://shop.example"]),
    "no audience": lambda: token(aud=None),
    "no issuer": lambda: token(iss=None),
    "empty issuer": lambda: token(iss=""),
    "no name": lambda: token(jti=None),
    "empty name": lambda: token(jti=""),
    "long name": lambda: token(jti="x" * 129),
    "no subject": lambda: token(sub=None),
    "no start": lambda: token(iat=None),
    "no end": lambda: token(exp=None),
    "another kind": lambda: token(sub="robot:42"),
    "no kind": lambda: token(sub="42"),
    "no key": lambda: token(sub="account:"),
    "spaces": lambda: token(sub="account:42 43"),
    "two lines": lambda: token(sub="account:42\naccount:43"),
    "long subject": lambda: token(sub="account:" + "4" * 200),
}


@pytest.mark.parametrize("why", REFUSED)
def test_whatever_is_wrong_gets_the_same_calm_page_and_no_account(open_site: Site, why: str) -> None:
    before = Account.objects.count()
    browser = open_site.visitor()
    answer = browser.get("/account/handover/", {"token": REFUSED[why]()})
    assert answer.status_code == 403, why
    assert "This link opens nothing" in answer.content.decode()
    assert Account.objects.count() == before
    assert browser.get("/me/").status_code == 302
    plain = re.sub(r'value="[^"]*"', "", answer.content.decode())
    reference = re.sub(r'value="[^"]*"', "", browser.get("/account/handover/", {"token": "?"}).content.decode())
    assert plain == reference


def test_the_companys_name_is_an_audience_too(open_site: Site) -> None:
    assert open_site.visitor().get("/account/handover/", {"token": token(aud="Aurigen")}).status_code == 302


def test_staff_and_suspended_people_are_not_opened(open_site: Site) -> None:
    staff = Account.objects.create(email="staff@aurigen.example", subject="account:7", role="support")
    gone = Account.objects.create(email="gone@aurigen.example", subject="account:8", is_active=False)
    for account in (staff, gone):
        browser = open_site.visitor()
        assert browser.get("/account/handover/", {"token": token(sub=account.subject)}).status_code == 403
        assert browser.get("/me/").status_code == 302


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_it_is_closed_without_a_secret_or_with_a_short_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.visitor().get("/account/handover/", {"token": token(aud="Aurigen")}).status_code == 403
    web = replace(settings.KEPT.web, handover=EnvReference(variable="SHOP_HANDOVER_SECRET"))
    for secret in ("", "short"):
        monkeypatch.setenv("SHOP_HANDOVER_SECRET", secret)
        with override_settings(KEPT=replace(settings.KEPT, web=web)):
            made = jwt.encode(claims(aud="Aurigen"), secret or "x", algorithm="HS256")
            assert site.visitor().get("/account/handover/", {"token": made}).status_code == 403


def test_a_form_cannot_be_made_to_hand_over(open_site: Site) -> None:
    assert open_site.visitor().post("/account/handover/", {"token": token()}).status_code == 405


def example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_examples_of_the_guide_sign_in(open_site: Site, tmp_path: Path, language: str) -> None:
    if language == "python":
        script = tmp_path / "shop.py"
        script.write_text(f'{example(language)}\nprint(handover_address("{KEPT}", "42"))\n')
        command = [sys.executable, str(script)]
    else:
        node = shutil.which("node")
        if node is None:
            pytest.skip("there is no node on this machine")
        script = tmp_path / "shop.mjs"
        script.write_text(f'{example(language)}\nconsole.log(handoverAddress("{KEPT}", "42"));\n')
        command = [node, str(script)]
    environment = {"SHOP_HANDOVER_SECRET": SECRET, "PATH": "/usr/bin:/bin"}
    made = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=60)
    address = made.stdout.strip()
    assert address.startswith(f"{KEPT}/account/handover/?token=")
    browser = open_site.visitor()
    assert browser.get(address.removeprefix(KEPT)).status_code == 302
    assert Account.objects.filter(subject="account:42").exists()
