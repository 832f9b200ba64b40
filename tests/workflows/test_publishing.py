from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.company import ROOT, Company

TOMORROW = f"{datetime.now(UTC).date() + timedelta(days=1)}"
OLD = 'id: "1.2"\nversion: 2\neffective: 2026-09-01'


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A privacy folder without stores: publishing asks none."""
    made = Company(folder=tmp_path, urls={}, planted={})
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", made.privacy, ignore=shutil.ignore_patterns(".kept"))
    return made


def test_a_policy_is_published_changed_and_published_again(company: Company) -> None:
    first = company.kept("publish", "--yes")
    assert first.returncode == 0, first.stderr
    assert "The first text of Aurigen privacy policy: 38 clauses" in first.stdout
    assert "published as text 1, version 3.1; in force since 2026-09-01" in first.stdout
    again = company.kept("publish", "--yes")
    assert (again.returncode, "Nothing in the policy changed" in again.stderr) == (2, True)
    policy = company.privacy / "policy.md"
    text = (
        policy.read_text()
        .replace("first\nthree parts", "first\ntwo parts")
        .replace("its\nfirst three parts", "its\nfirst two parts")
    )
    policy.write_text(text)
    refused = company.kept("publish", "--yes")
    assert (refused.returncode, "still has version 2" in refused.stderr) == (2, True)
    policy.write_text(text.replace(OLD, f'id: "1.2"\nversion: 3\neffective: {TOMORROW}'))
    second = company.kept("publish", "--yes")
    assert "[-three-]{+two+} parts" in second.stdout
    assert "v2 → v3 changes what is promised" in second.stdout
    assert f"takes effect on {TOMORROW}" in second.stdout


def test_nobody_is_there_to_say_yes(company: Company) -> None:
    asked = company.kept("publish")
    assert asked.returncode not in (0, 1)
    assert "published as" not in asked.stdout
    assert company.kept("publish", "--yes").returncode == 0


def test_a_policy_that_cannot_be_read_is_not_published(company: Company) -> None:
    (company.privacy / "purposes.yaml").write_text("purposes: {}\n")
    refused = company.kept("publish", "--yes")
    assert refused.returncode == 2
    assert "purposes.yaml has no purpose" in refused.stderr
