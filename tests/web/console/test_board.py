"""The board with a year behind it: what it shows, how many queries it takes, and how long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kept.base.verdicts import Mark
from kept.db.actions.obligations import open_obligation
from kept.db.actions.runs import Found, record_run
from kept.db.models import Finding, LedgerEntry, Obligation, Run, Turn
from kept.web.shared.policy import current_policy
from tests.web.console.test_reach import READ
from tests.web.site import Site

MOST_QUERIES = 12
PROMISES, YEAR = 500, 365
SCRIPT = "<script>alert('x')</script>"


def found(clause: str, code: str, about: str, mark: Mark, reason: str = "seen") -> Found:
    return Found(clause=clause, code=code, about=about, mark=mark, reason=reason)


def year_of_checks() -> None:
    """Put a year of daily checks of 500 promises into the state: every hundredth finding is broken, some of them turn."""
    now = datetime.now(UTC)
    clauses = list(dict.fromkeys(bound.clause for bound in current_policy().bound))
    places = [(clauses[at % len(clauses)], f"promise-{at // len(clauses)}", f"app.table_{at}") for at in range(PROMISES)]
    runs = Run.objects.bulk_create(
        Run(at=now - timedelta(days=YEAR - at), policy="0" * 64, kept=495, broken=5, unknown=0, digest="0" * 64, actor="night")
        for at in range(YEAR)
    )
    marks = ["broken" if at % 100 == 0 else "kept" for at in range(PROMISES)]
    Finding.objects.bulk_create(
        Finding(run=runs[0], position=at, clause=clause, code=code, about=about, mark=marks[at], reason="a sentence with numbers")
        for at, (clause, code, about) in enumerate(places)
    )
    named = "position, clause, code, about, mark, reason"
    each = "SELECT run.id, position, clause, code, about, mark, reason FROM kept_finding, kept_run AS run WHERE run.id <> run_id"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO kept_finding (run_id, {named}) {each}")
    Turn.objects.bulk_create(
        Turn(run=run, at=run.at, clause=clause, mark="kept" if (run.pk + at) % 2 else "broken")
        for run in runs[::30]
        for at, clause in enumerate(clauses)
    )


@pytest.fixture
def checked(site: Site) -> Site:
    """A site with two checks, of which the second turned one clause."""
    now = datetime.now(UTC)
    for at, mark in ((now - timedelta(days=2), Mark.KEPT), (now, Mark.BROKEN)):
        findings = [
            found("5.2", "retention", "telemetry.usage_events", mark, f"1,200 rows {SCRIPT}"),
            found("5.1", "retention", "app.accounts", Mark.KEPT),
        ]
        record_run(policy="0" * 64, findings=findings, at=at, actor="test")
    return site


def test_the_board_shows_marks_promises_owners_and_what_is_owed(checked: Site) -> None:
    due = datetime.now(UTC).date()
    open_obligation(
        finding="5.2 retention telemetry.usage_events",
        title="Look at it",
        owner="dpo",
        due=due,
        wanted="a note",
        at=datetime.now(UTC),
        actor="test",
    )
    seen = checked.staff("support").get("/console/").content.decode()
    row = seen.split('href="/console/clause/5.2/"')[1].split("</ul>")[0]
    assert "broken" in row
    assert "1 thing owed" in row
    assert "data engineering" in row
    assert "retention" in row
    assert "<rect" in row
    only = checked.staff("support").get("/console/?mark=broken").content.decode()
    assert 'href="/console/clause/5.2/"' in only
    assert 'href="/console/clause/5.1/"' not in only


def test_a_clause_shows_its_evidence_as_text(checked: Site) -> None:
    seen = checked.staff("auditor").get("/console/clause/5.2/").content.decode()
    assert "1,200 rows &lt;script&gt;" in seen
    assert SCRIPT not in seen
    assert "telemetry.usage_events" in seen
    assert checked.staff("auditor").get("/console/clause/99/").status_code == 404


def test_what_is_owed_is_closed_with_evidence_and_only_with_it(checked: Site) -> None:
    now = datetime.now(UTC)
    named = {"finding": "5.2 retention x", "title": f"Do it {SCRIPT}", "owner": "dpo", "wanted": "a note"}
    open_obligation(**named, due=now.date(), at=now, actor="test")
    asks = checked.staff("engineer")
    page = asks.get("/console/clause/5.2/").content.decode()
    assert SCRIPT not in page
    key = page.split('name="owed" value="')[1].split('"')[0]
    for body, status in (({"owed": key, "evidence": " "}, 302), ({"owed": "no", "evidence": "x"}, 404)):
        assert asks.post("/console/clause/5.2/close/", body).status_code == status
        assert Obligation.objects.filter(closed_at=None).count() == 1
    assert asks.post("/console/clause/5.1/close/", {"owed": key, "evidence": "x"}).status_code == 404
    assert asks.post("/console/clause/5.2/close/", {"owed": key, "evidence": "ticket 12"}).status_code == 302
    assert Obligation.objects.get().evidence == "ticket 12"
    assert b"obligation.closed" in bytes(LedgerEntry.objects.order_by("-index")[0].body)


def test_asking_twice_for_a_check_asks_once(site: Site) -> None:
    asks = site.staff("privacy-officer")
    assert [asks.post("/console/check/").status_code for _ in range(2)] == [302, 302]
    seen = asks.get("/console/").content.decode()
    assert "Waiting for its turn" in seen
    ref = seen.split('id="job-')[1].split('"')[0]
    part = asks.get(f"/console/jobs/{ref}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    assert LedgerEntry.objects.count() == 1
    assert site.person().get(f"/console/jobs/{ref}/").status_code == 403


def test_five_hundred_promises_and_a_year_are_quick(site: Site) -> None:
    year_of_checks()
    asks = site.staff("owner")
    asks.get("/console/")
    answer, took = _quickest(asks, "/console/")
    assert took < 0.2
    assert answer.content.count(b"<use href") == PROMISES
    assert len(answer.content) < 100_000
    answer, took = _quickest(asks, "/console/clause/5.2/")
    assert answer.status_code == 200
    assert took < 0.4


def _quickest(asks: Any, path: str) -> tuple[Any, float]:
    """Return an answer, and the seconds that the quickest of three took: what a busy machine adds is not there each time."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        answer = asks.get(path)
        took.append(time.perf_counter() - began)
    return answer, min(took)


def test_no_page_makes_more_than_twelve_queries(checked: Site) -> None:
    asks = checked.staff("owner")
    asks.get("/console/")
    for path in READ:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            asks.get(path)
        assert len(queries) <= MOST_QUERIES, (path, [one["sql"][:90] for one in queries])
