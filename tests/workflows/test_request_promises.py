"""The promises about requests on a running company: each is kept, breaks when something is broken on purpose, and mends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kept.base.verdicts import Mark
from kept.db.actions.requests import verify_request
from kept.db.models import Certificate, Remainder, Request
from kept.workflows.check import check
from kept.workflows.requests import work_requests
from tests.company import Company, on_sqlite
from tests.workflows.asking import ANNA, Town

CLAUSES = """clauses:
  "2.1":
    promises:
      - promise: answered-in-time
      - promise: verified-before-fulfilled
      - promise: outcome-proved
      - promise: no-trace-of-erased
      - promise: restriction-honoured
        tables: [telemetry.usage_events]
      - promise: contact-answered
"""
EVENT = "INSERT INTO usage_events (account_id, feature, duration_ms, status_code, network, agent, region, at) VALUES"
EVENTS = "telemetry.usage_events.account_id"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = on_sqlite(tmp_path_factory.mktemp("company"), pages=True)
    (company.privacy / "promises.yaml").write_text(CLAUSES)
    return company


def marks(town: Town) -> Mapping[str, Mark]:
    """Return the mark of each finding, by its promise and what it is about."""
    report = check(town.company.privacy, now=town.at, actor="test")
    return {f"{one.code} {one.about}": one.verdict.mark for one in report.findings}


def broken(town: Town) -> list[str]:
    found = marks(town)
    assert Mark.UNKNOWN not in found.values(), found
    return sorted(name for name, mark in found.items() if mark is Mark.BROKEN)


def asks(town: Town, right: str, key: int) -> str:
    ref = town.asks(right, address=ANNA, channel="staff")
    verify_request(ref=ref, how="staff", subject=f"account:{key}", at=town.at, actor="test")
    work_requests(town.world)
    return ref


def event(town: Town, key: int) -> None:
    """Let the company's service note a use of the person, now."""
    town.company.execute("telemetry", f"{EVENT} ({key}, 'x', 1, 200, '192.0.2.0', 'x', 'eu', '{town.at:%Y-%m-%d %H:%M:%S}')")


def with_invoices(town: Town) -> int:
    """Return an account with invoices, which a law keeps."""
    engine = sa.create_engine(town.company.urls["billing"])
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT max(account_id) FROM invoices WHERE issued_at > '2025-01-01'")).scalar_one()
    engine.dispose()
    return int(found)


def test_an_erasure_with_rows_that_a_law_keeps_leaves_no_trace_until_somebody_comes_back(town: Town) -> None:
    key = with_invoices(town)
    ref = asks(town, "erasure", key)
    assert Request.objects.get(ref=ref).state == "answered"
    assert Remainder.objects.filter(request__ref=ref, table="billing.invoices").exists()
    assert broken(town) == []
    event(town, key)
    assert broken(town) == ["no-trace-of-erased app.accounts.id"]
    town.company.execute("telemetry", f"DELETE FROM usage_events WHERE account_id = {key}")
    assert broken(town) == []
    Remainder.objects.filter(request__ref=ref).update(until=town.at - timedelta(seconds=1))
    assert "no-trace-of-erased what stays" in broken(town)
    Certificate.objects.filter(request__ref=ref).delete()
    assert "outcome-proved requests" in broken(town)


def test_what_is_written_about_somebody_who_restricted_it_breaks_the_promise(town: Town) -> None:
    assert Request.objects.get(ref=asks(town, "restriction", 21)).state == "answered"
    assert broken(town) == []
    town.later(hours=1)
    event(town, 22)
    assert broken(town) == []
    event(town, 21)
    town.later(seconds=1)
    assert broken(town) == [f"restriction-honoured {EVENTS}"]
    town.company.execute("telemetry", "DELETE FROM usage_events WHERE feature = 'x'")
    assert broken(town) == []


def test_a_date_that_passes_breaks_the_promise_until_the_answer(town: Town) -> None:
    ref = town.asks("contact", channel="email")
    work_requests(town.world)
    assert broken(town) == []
    town.later(days=28)
    assert broken(town) == ["answered-in-time requests"]
    Request.objects.filter(ref=ref).update(escalated_at=town.at)
    assert broken(town) == []
    town.later(days=3)
    assert broken(town) == ["answered-in-time requests", "contact-answered contact"]
    Request.objects.filter(ref=ref).update(state="answered", closed_at=town.at, stage="")
    assert broken(town) == []


def test_a_copy_for_somebody_unverified_breaks_the_promise(town: Town) -> None:
    ref = asks(town, "access", 23)
    assert broken(town) == []
    Request.objects.filter(ref=ref).update(verified="", verified_at=None)
    assert broken(town) == ["verified-before-fulfilled requests"]
