"""A passkey in a real browser, with an authenticator that the browser plays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.pages import FOLDER, ROOT
from tests.web.entry.live import Live, served

EMAIL = "noor@example.org"
STAFF = (sys.executable, "-c", "from kept.cli.main import main; main()", "staff", "add")
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served(FOLDER, tmp_path, environment=os.environ) as live:
        yield live


def test_somebody_signs_up_adds_a_passkey_and_comes_back_with_it(live: Live, browser: Browser) -> None:
    page = browser.new_page(locale="en-GB")
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    _give_authenticator(page)
    _sign_up(page, live)
    page.goto(f"{live.url}/account/2fa/webauthn/add/")
    page.get_by_label("Name", exact=True).fill("My telephone")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator("ul.codes li").count() == 10
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{live.url}/")

    subprocess.run([*STAFF, "--folder", str(live.folder), EMAIL], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    page.goto(f"{live.url}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{live.url}/console/")  # a passkey is both factors, so the role opens at once
    page.goto(f"{live.url}/account/2fa/webauthn/")
    assert "My telephone" in page.inner_text("main")
    assert wrong == []


def _give_authenticator(page: Page) -> None:
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def _sign_up(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/account/signup/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(live.newest_code())
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{live.url}/me/")
