"""The loop on a real company: checked, planned, approved by another, applied; and somebody found by a sealed address."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client, override_settings

from kept.db import configure
from kept.db.access.marks import current_marks
from kept.db.models import Job, LedgerEntry
from kept.workflows.working import work_once
from tests.company import Company, on_sqlite
from tests.web.site import Site


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """The example company as of today, on SQLite, with the pages over its privacy folder."""
    made = on_sqlite(tmp_path, "--as-of", f"{datetime.now(UTC):%Y-%m-%d}", pages=True)
    for store, url in made.urls.items():
        monkeypatch.setenv(f"AURIGEN_{store.upper()}_URL", url)
    configure(made.privacy, whole=True)
    caches["process"].clear()
    home = made.privacy / ".kept"
    with override_settings(FOLDER=made.privacy, HOME=home, EMAIL_FILE_PATH=str(home / "mail")):
        yield made


def people_of(company: Company) -> list[tuple[int, str, str]]:
    """Return the key, address and name of every account, as they stand before anything is sealed."""
    with sqlite3.connect(company.folder / "app.sqlite3") as connection:
        return connection.execute("SELECT id, email, full_name FROM accounts ORDER BY id").fetchall()


def test_the_loop(company: Company) -> None:
    people, site = people_of(company), Site(folder=company.privacy)
    engineer, officer, support = (site.staff(role) for role in ("engineer", "privacy-officer", "support"))
    engineer.post("/console/check/")
    assert work_once(company.privacy)
    assert {current_marks().by_clause[clause].mark.value for clause in ("1.2", "3.2")} == {"broken"}

    engineer.post("/console/plans/make/")
    assert work_once(company.privacy)
    path = f"/console/plans/{(Job.objects.get(kind='plan').result or {})['plan']}/"
    seen = officer.get(path).content.decode()
    assert "masked samples" in seen
    assert not [one for one in people if one[1] in seen or f">{one[2]}<" in seen]
    assert "/console/plans/" in officer.get("/console/clause/3.2/").content.decode()

    assert engineer.post(f"{path}approve/").status_code == 403
    assert officer.post(f"{path}approve/").status_code == 302
    assert work_once(company.privacy)
    assert "Applied" in officer.get(path).content.decode(), Job.objects.get(kind="apply").error
    assert {current_marks().by_clause[clause].mark.value for clause in ("1.2", "3.2")} == {"kept"}
    assert "1 thing owed" in officer.get("/console/").content.decode()

    find_by_a_sealed_address(company, support, people)


def find_by_a_sealed_address(company: Company, support: Client, people: list[tuple[int, str, str]]) -> None:
    key, address, _name = next(one for one in people_of(company) if str(one[1]).startswith("kept1:"))
    address = next(one[1] for one in people if one[0] == key)
    found = support.post("/console/people/search/", {"by": "email", "term": f" {address.upper()} "})["Location"]
    assert work_once(company.privacy)
    seen = support.get(found).content.decode()
    assert f"account:{key}" in seen
    assert address not in seen
    assert Job.objects.get(kind="find").wanted == {}
    told = json.dumps([str(bytes(entry.body)) for entry in LedgerEntry.objects.all()])
    assert address not in told
    assert f"account:{key}" not in told

    person = f"/console/people/of/account:{key}/"
    assert support.post(person, {"reason": "They asked what we hold"}).status_code == 302
    assert work_once(company.privacy)
    assert "app.accounts" in support.get(person).content.decode()
