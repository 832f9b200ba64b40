"""A company that is served: Aurigen with its stores filled and checked, `kept serve` over it, and people who are signed in."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext

from kept.db import configure
from kept.db.access.holdings import holdings_key
from kept.db.access.jobs import job_of_worker
from kept.db.actions.choices import choose
from kept.db.actions.jobs import ask_for_job
from kept.db.actions.requests import open_request
from kept.db.actions.viewings import open_person
from kept.db.models import Account
from kept.db.page_secret import page_secret
from kept.db.terms import Terms
from tests.browser.asked import PERSON, Pages, furnish
from tests.cli.test_serve import free_port
from tests.company import KEPT, Company, on_sqlite
from tests.web.site import Site

__all__ = ["PERSON", "Town", "founded"]

PATIENCE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Where the pages are, and over which company."""

    company: Company
    url: str
    asked: Pages
    """Where requests are seen, by whom, with a word for what is different there."""

    @property
    def site(self) -> Site:
        """The same company for Django's own client, and for making accounts."""
        return Site(folder=self.company.privacy)

    def account(self, role: str = "", *, subject: str = "") -> Account:
        """Return an account: a person of the stores, or staff with a role."""
        with _at(self.company.privacy):
            return self.site.account(role=role, subject=subject)

    def entered(self, browser: Browser, account: Account | None, *, factor: bool = False, **options: object) -> BrowserContext:
        """Return a browser's context in which an account is signed in, or nobody."""
        context = browser.new_context(base_url=self.url, locale="en-GB", reduced_motion="reduce", **options)  # type: ignore[arg-type]  # Playwright's own names
        context.set_default_timeout(PATIENCE * 1000)
        if account is not None:
            with _at(self.company.privacy):
                client = self.site.signed_in(account, factor=factor)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        return context


@contextmanager
def _at(folder: Path) -> Iterator[None]:
    """Use the company's state, and its secret, so that its server takes the sessions that are made."""
    configure(folder, whole=True)
    secret = page_secret(folder).derived("django").hex()
    with override_settings(FOLDER=folder, HOME=folder / ".kept", SECRET_KEY=secret):
        yield
    connections.close_all()


def _live(town: Town) -> None:
    """Let people and staff do what leaves something to look at, and wait for the work that they asked for."""
    now = datetime.now(UTC)
    with _at(town.company.privacy):
        person, owner = town.site.who(subject=PERSON), town.site.who(role="owner")
        choose(purpose="communications", granted=True, edition=1, notice="0" * 64, channel="centre", by=person, at=now)
        open_request(right="access", terms=Terms(), channel="centre", note="Everything, please.", by=person, at=now)
        open_person(subject=PERSON, reason="A question about an invoice, by letter", at=now, by=owner)
        wanted = {"subject": PERSON}
        jobs = [
            ask_for_job(kind="holdings", key=holdings_key(PERSON), wanted=wanted, by=person, at=now),
            ask_for_job(kind="plan", key="whole", wanted={"proposer": owner.ref, "share": 1.0}, by=owner, at=now),
        ]
        ends = time.monotonic() + PATIENCE
        while any(not job_of_worker(ref).ended for ref in jobs):
            assert time.monotonic() < ends, [job_of_worker(ref) for ref in jobs]
            time.sleep(0.2)
        assert {job_of_worker(ref).state for ref in jobs} == {"done"}, [job_of_worker(ref).error for ref in jobs]


@contextmanager
def founded(folder: Path) -> Iterator[Town]:
    """Make the company, check it once, and serve it on a port of its own."""
    company = on_sqlite(folder, pages=True)
    company.kept("check")
    with _at(company.privacy):
        pages = furnish(Site(folder=company.privacy))
    port = free_port()
    command = [*KEPT, "serve", "--folder", str(company.privacy), "--port", str(port)]
    log = folder / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=company.folder, env=company.environment, stdout=out, stderr=out)
    try:
        town = Town(company=company, url=f"http://localhost:{port}", asked=pages)
        _wait(town.url, server, log)
        _live(town)
        yield town
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = datetime.now(UTC).timestamp() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{url}/account/login/", timeout=PATIENCE):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert datetime.now(UTC).timestamp() < ends, log.read_text()
            time.sleep(0.1)
