"""A company with a clock of the test's own, and people who write to it: what tests of requests have in common."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import sqlalchemy as sa
from django.db.models import QuerySet

from kept.base.roles import Who
from kept.db.access.cases import Case, case_of_worker
from kept.db.actions.request_steps import lease_request
from kept.db.actions.requests import Coming, Particulars, receive_request
from kept.db.models import Letter, Request
from kept.db.request_key import opened_key
from kept.vault import open_vault
from kept.workflows.requests import advance
from kept.workflows.world import World
from tests.company import Company
from tests.engines import engine_of

__all__ = ["ANNA", "STAFF", "START", "Town", "letter", "requests_as"]

ANNA = "anna.asks@example.eu"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAFF = Who(ref="abcdefghijkl", role="support", vouched=True)
LINK = re.compile(r"/ask/(?:confirm|points|follow)/([\w\-]+)/")


REQUESTS = re.compile(r"\n\[requests(?:\.[^\]]*)?\]\n(?:[^\[\n][^\n]*\n|\n)*")


@contextmanager
def requests_as(company: Company, *lines: str) -> Iterator[None]:
    """Let kept.toml say this about requests, and nothing else; put it back afterwards."""
    path = company.privacy / "kept.toml"
    before = path.read_text()
    path.write_text(REQUESTS.sub("\n", before) + "\n[requests]\n" + "".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        path.write_text(before)


@dataclass(slots=True)
class Town:
    """The company, a worker's world in it, and a clock that moves when it is told to."""

    company: Company
    at: datetime = START
    world: World = field(init=False)

    def __post_init__(self) -> None:
        """Give the worker the town's clock."""
        self.world = World(folder=self.company.privacy, now=lambda: self.at)

    def later(self, **how_long: float) -> None:
        """Let time pass."""
        self.at += timedelta(**how_long)

    def asks(self, right: str = "access", *, address: str = ANNA, channel: str = "centre", **said: Any) -> str:
        """Let somebody ask; return the reference."""
        coming = Coming(right=right, channel=channel, address=address, particulars=Particulars(said=said))
        return receive_request(coming, terms=self.world.terms, at=self.at, actor="test")

    def step(self, ref: str) -> Case:
        """Let a worker look at a request once, if it is due; return how it stands."""
        leased = lease_request(at=self.at, ref=ref)
        if leased is not None:
            advance(self.world, *leased)
        return case_of_worker(ref)

    def steps(self, ref: str, *, until: str = "find") -> Case:
        """Let workers look at a request for as long as it is due, up to a stage; return how it stands."""
        case = case_of_worker(ref)
        for _ in range(10):
            if case.stage in ("", until) or Request.objects.filter(ref=ref, wake_at__gt=self.at).exists():
                break
            case = self.step(ref)
        return case

    def waits(self, ref: str) -> tuple[str, str]:
        """Return on whom a request waits, and for what."""
        row = Request.objects.get(ref=ref)
        return row.waits_on, row.waits_for

    def letters(self, ref: str, *, incoming: bool = False) -> list[EmailMessage]:
        """Return the letters of a request, the oldest first, but for the one that says that it was received."""
        rows = Letter.objects.filter(request__ref=ref, incoming=incoming).exclude(kind="acknowledgement").order_by("pk")
        return self._opened(ref, rows)

    def all_letters(self, ref: str, *, incoming: bool = False) -> list[EmailMessage]:
        """Return every letter of a request, the oldest first."""
        return self._opened(ref, Letter.objects.filter(request__ref=ref, incoming=incoming).order_by("pk"))

    def receipts(self, ref: str) -> list[EmailMessage]:
        """Return the letters that say that a request was received: one, or none."""
        return self._opened(ref, Letter.objects.filter(request__ref=ref, kind="acknowledgement"))

    def _opened(self, ref: str, rows: QuerySet[Letter]) -> list[EmailMessage]:
        key = opened_key(Request.objects.get(ref=ref).key)
        raws = [key.open_bytes(bytes(one.sealed), "letter") for one in rows]
        return [email.message_from_bytes(raw, policy=SMTP) for raw in raws]

    def text(self, letter: EmailMessage) -> str:
        """Return what a letter says."""
        return str(letter.get_content())

    def secret(self, ref: str, at: int = -1) -> str:
        """Return the secret in the link of a letter."""
        found = LINK.search(self.text(self.letters(ref)[at]))
        assert found is not None
        return found[1]

    def move_in(self, key: int, address: str) -> None:
        """Give somebody of the company an address, as the application would: sealed, with its blind index."""
        vault = open_vault(self.company.privacy)
        sealed = vault.field("app.accounts.email").seal_text(f"account:{key}", address)
        index = vault.index("app.accounts.email", "email").of(address)
        vault.close()
        self.change("UPDATE accounts SET email = :email, email_index = :index WHERE id = :id", email=sealed, index=index, id=key)

    def change(self, statement: str, store: str = "app", **values: Any) -> None:
        """Change one of the company's databases."""
        engine = engine_of(self.company.urls[store])
        with engine.begin() as connection:
            assert connection.execute(sa.text(statement), values).rowcount
        engine.dispose()


def letter(text: str, *, sender: str = f"Anna Asks <{ANNA}>", subject: str = "My data", more: str = "") -> bytes:
    """Return a letter as a mail server hands it over; the same words are the same letter."""
    name = f"{abs(hash((text, sender, subject, more)))}@example.eu"
    head = f"From: {sender}\r\nTo: privacy@aurigen.example\r\nSubject: {subject}\r\nMessage-ID: <{name}>\r\n"
    return f"{head}Date: Mon, 2 Mar 2026 08:59:00 +0000\r\n{more}\r\n{text}\r\n".encode()
