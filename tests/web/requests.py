"""A request with something of everything, as the worker, processors and staff leave it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO

from kept.base.roles import Who
from kept.bundles import Written
from kept.bundles.sealing import SealedWriter
from kept.db.access.bundles import bundle_folder
from kept.db.actions.bundles import keep_bundle
from kept.db.actions.letters import keep_letter
from kept.db.actions.orders import open_order, order_answered
from kept.db.actions.request_steps import Held, begin_step, end_step, lease_request, wait_step
from kept.db.actions.requests import Particulars, open_request
from kept.db.models import Certificate, Remainder, Request, Sweep
from kept.db.terms import Terms
from tests.web.site import Site

__all__ = ["SCRIPT", "TERMS", "Export", "advanced", "asked", "export_of", "furnished", "letter", "officer"]

SCRIPT = "<script>alert('x')</script>"
TERMS = Terms(jurisdictions=("eu", "uk", "us-ca", "in"), zone="Europe/Dublin", country="IE")
WAYS = [
    {"table": "app.accounts", "path": "account", "kind": "self", "rows": 1, "does": "deleted"},
    {"table": "app.tickets", "path": "app.tickets.account_id → account", "kind": "owned", "rows": 3, "does": "kept for now"},
    {
        "table": "app.ticket_messages",
        "path": "app.ticket_messages.ticket_id → app.tickets.account_id → account",
        "kind": "owned",
        "rows": 12,
        "does": "deleted",
    },
]


def asked(
    site: Site,
    right: str = "access",
    *,
    days: int = 3,
    subject: str = "account:7",
    note: str = "",
    particulars: Particulars | None = None,
    terms: Terms = TERMS,
) -> str:
    """Open a request some days ago, and return its reference."""
    at = datetime.now(UTC) - timedelta(days=days)
    by = site.who(subject=subject)
    return open_request(right=right, channel="centre", terms=terms, at=at, by=by, note=note, particulars=particulars)


def advanced(ref: str, *stages: str, told: dict[str, object] | None = None) -> None:
    """Do these steps of a request as the worker does, one after another."""
    for stage in stages:
        at = datetime.now(UTC)
        leased = lease_request(at=at, ref=ref)
        assert leased is not None
        held = Held(ref=ref, fence=leased[1], name=stage)
        begin_step(held, at=at, actor="worker")
        end_step(held, told=(told or {}) if stage == "find" else {}, at=at, actor="worker")


def waits(ref: str, stage: str, on: str, what: str) -> None:
    """Let a request wait at a stage."""
    at = datetime.now(UTC)
    leased = lease_request(at=at, ref=ref)
    assert leased is not None
    held = Held(ref=ref, fence=leased[1], name=stage)
    begin_step(held, at=at, actor="worker")
    wait_step(held, on=on, what=what, until=at + timedelta(days=1), at=at, actor="worker")


def furnished(site: Site, *, subject: str = "account:7") -> str:
    """Return an erasure that was found, is swept in two stores, has a processor, remainders, a letter and a certificate."""
    ref, at = asked(site, "erasure", subject=subject, note=f"Please {SCRIPT}"), datetime.now(UTC)
    advanced(ref, "verify", "identify", "restrain", "find", told={"rows": 16, "tables": 3, "ways": WAYS})
    stores = {
        "app": {"state": "proved", "planned": {"app.accounts": 5}, "done": {"app.accounts": 5}, "error": ""},
        "billing": {"state": "intended", "planned": {"billing.invoices": 2}, "error": "the store is away"},
    }
    request = Request.objects.get(ref=ref)
    request.sweep = Sweep.objects.create(people=4, stores=stores, made_at=at)
    request.stage = "processors"
    request.save(update_fields=["sweep", "stage"])
    waits(ref, "processors", "processor", "postmark to say that it is done")
    order = open_order(request=ref, processor="postmark", way="http", due=at + timedelta(days=9), at=at, actor="worker")
    order_answered(ref=order, state="accepted", theirs="x", raw=b"{}", facts={}, look_at=at, at=at, actor="worker")
    Remainder.objects.create(
        request=request, table="billing.invoices", why="law", rule=f"TCA s.886 {SCRIPT}", rows=7, until=at + timedelta(days=900)
    )
    Remainder.objects.create(request=request, table="app.tickets", why="hold", rule="audit-2026", rows=3)
    letter(ref)
    Certificate.objects.create(request=request, text="kept certificate v1\nsigned\n", made_at=at)
    return ref


def letter(ref: str, text: str = f"Hello {SCRIPT}") -> None:
    """Let a letter come."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", "privacy@aurigen.example", f"My data {SCRIPT}"
    mail.set_content(text)
    keep_letter(
        request=ref,
        incoming=True,
        message_id=f"<{secrets.token_hex(8)}@example.org>",
        kind="request",
        content=bytes(mail),
        at=datetime.now(UTC),
        actor="worker",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that was made: its content, and of which request."""

    ref: str
    content: bytes


def export_of(ref: str, size: int = 300_000, *, until: timedelta = timedelta(days=1)) -> Export:
    """Seal an export of random bytes for a request, as collecting does."""
    content, key, target = secrets.token_bytes(size), secrets.token_bytes(32), BytesIO()
    writer = SealedWriter(key, target)
    writer.write(content)
    writer.finish()
    folder = bundle_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{ref}.kept").write_bytes(target.getvalue())
    at = datetime.now(UTC)
    written = Written(manifest_json=b"{}", size=size, sha256=writer.digest, rows=5, files=1)
    keep_bundle(request=ref, file=f"{ref}.kept", key=key, written=written, until=at + until, at=at, actor="worker")
    return Export(ref=ref, content=content)


def officer(site: Site) -> Who:
    """Return somebody who works on requests and may change holds."""
    return replace(site.who(role="privacy-officer"), vouched=True)
