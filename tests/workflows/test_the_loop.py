"""Check, plan, apply, check on the example company: what was planted is found, mended, and stays mended."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.company import TODAY, Company, counts


def number(text: str) -> int:
    found = re.search(r"\d[\d,]*", text)
    assert found, text
    return int(found[0].replace(",", ""))


def planted(company: Company, code: str) -> dict[str, int]:
    return dict(company.planted["planted"][code])


def test_what_was_planted_is_found_mended_and_stays_mended(anywhere: Company) -> None:
    before = anywhere.report()
    overdue = {about: number(reason) for about, reason in counts(before, "retention").items()}
    assert overdue == planted(anywhere, "retention")
    coarse = {about: number(reason) for about, reason in counts(before, "coarse-network").items()}
    assert coarse == planted(anywhere, "coarse-network")
    clocks = set(counts(before, "clock-present"))
    assert clocks == {column.rsplit(".", 1)[0] for column in planted(anywhere, "clock-present")}

    plan = anywhere.plan("--allow-share", "1")["plan"]
    touched: dict[str, int] = {}
    for step in plan["steps"]:
        if step["change"]["change"] == "DeleteRows":
            name = f"{step['change']['table']['store']}.{step['change']['table']['name']}"
            touched[name] = max(touched.get(name, 0), step["touched"])
    assert touched == planted(anywhere, "retention")

    size = {name: len(rows) for name, rows in anywhere.rows().items()}
    applied = anywhere.apply()
    assert applied.returncode in (0, 1), applied.stdout + applied.stderr
    after = anywhere.report()
    assert not counts(after, "retention")
    assert not counts(after, "coarse-network")
    now = {name: len(rows) for name, rows in anywhere.rows().items()}
    assert {name: size[name] - now[name] for name in size if size[name] != now[name]} == planted(anywhere, "retention")

    rows = anywhere.rows()
    again = anywhere.apply()
    assert again.returncode in (0, 1), again.stdout + again.stderr
    assert anywhere.rows() == rows


def test_obligations_open_with_the_plan_and_close_with_the_promise(company: Company) -> None:
    company.plan("--allow-share", "1")
    company.apply()
    status = json.loads(company.kept("status", "--format", "json").stdout)
    owed = [one for one in status["obligations"] if "clock-present telemetry.web_logs" in one["finding"]]
    assert len(owed) == 1
    assert date.fromisoformat(owed[0]["due"]) == date.fromisoformat(TODAY) + timedelta(days=30)
    assert company.execute("telemetry", "UPDATE web_logs SET at = '2026-11-01 00:00:00' WHERE at IS NULL") > 0
    company.report()
    status = json.loads(company.kept("status", "--format", "json").stdout)
    assert len([one for one in status["obligations"] if "clock-present telemetry.web_logs" in one["finding"]]) == 1, "imagined"
    company.kept("check")
    status = json.loads(company.kept("status", "--format", "json").stdout)
    assert not [one for one in status["obligations"] if "clock-present telemetry.web_logs" in one["finding"]]


def test_a_person_who_comes_back_is_noticed(company: Company) -> None:
    backup = company.folder / "backup.sqlite3"
    shutil.copy(company.folder / "app.sqlite3", backup)
    company.plan("--allow-share", "1")
    company.apply()
    assert not counts(company.report(), "erased-people-stay-gone")
    with closing(sqlite3.connect(company.folder / "app.sqlite3")) as store:
        store.execute("ATTACH ? AS backup", (str(backup),))
        gone = "SELECT id FROM backup.accounts EXCEPT SELECT id FROM accounts"
        store.execute(f"INSERT INTO accounts SELECT * FROM backup.accounts WHERE id IN ({gone} LIMIT 1)")
        store.commit()
    noticed = "erased people are back: 1 row in app.accounts.id"
    assert counts(company.report(), "erased-people-stay-gone") == {"app.accounts.id": noticed}


def test_a_hold_keeps_its_rows_and_lifting_it_lets_them_go(company: Company) -> None:
    held = dict(company.planted["held"])
    assert held
    company.plan("--allow-share", "1")
    company.apply()
    kept = {name: len(rows) for name, rows in company.rows().items()}
    holds = company.privacy / "holds.yaml"
    holds.write_text("holds: {}\n")
    company.plan("--allow-share", "1")
    company.apply()
    now = {name: len(rows) for name, rows in company.rows().items()}
    gone = {name: kept[name] - now[name] for name in kept if kept[name] != now[name]}
    assert {name: gone.get(name, 0) for name in held} == held


def test_a_plan_for_another_policy_is_refused(company: Company) -> None:
    company.plan("--allow-share", "1")
    rows = company.rows()
    policy = company.privacy / "policy.md"
    policy.write_text(policy.read_text() + "\nOne more sentence.\n")
    ran = company.apply()
    assert ran.returncode == 2
    assert "the privacy folder changed after the plan was made; nothing was changed" in ran.stderr
    assert company.rows() == rows


def test_a_plan_that_would_touch_more_rows_is_refused_before_anything(company: Company) -> None:
    company.plan("--allow-share", "1")
    company.execute(
        "telemetry",
        "UPDATE usage_events SET at = '2020-01-01 00:00:00' "
        "WHERE id IN (SELECT id FROM usage_events WHERE at > '2026-01-01' LIMIT 3)",
    )
    rows = company.rows()
    ran = company.apply()
    assert ran.returncode == 2
    assert "would now touch" in ran.stderr
    assert company.rows() == rows


def test_an_edited_plan_is_refused(company: Company) -> None:
    company.plan("--allow-share", "1")
    file = company.folder / "kept-plan.json"
    file.write_text(file.read_text().replace('"touched": ', '"touched": 1', 1))
    ran = company.apply()
    assert ran.returncode == 2
    assert "changed after it was made" in ran.stderr


def test_a_large_share_needs_a_yes(company: Company) -> None:
    company.execute("telemetry", "UPDATE usage_events SET at = '2020-01-01 00:00:00' WHERE at IS NOT NULL")
    ran = company.kept("plan", "--as-of", TODAY)
    assert ran.returncode == 2
    assert "telemetry.usage_events" in ran.stderr
    assert "--allow-share" in ran.stderr
    assert not (company.folder / "kept-plan.json").exists()
    assert company.kept("plan", "--as-of", TODAY, "--allow-share", "1").returncode == 1


def test_the_record_of_it_all_verifies_and_a_tampered_one_does_not(company: Company, tmp_path: Path) -> None:
    company.plan("--allow-share", "1")
    company.apply()
    export = tmp_path / "export"
    assert company.kept("ledger", "export", str(export)).returncode == 0
    key = company.kept("ledger", "key").stdout.strip()
    verified = company.kept("verify", str(export), "--key", key)
    assert verified.returncode == 0, verified.stderr
    bundle = next(path for path in sorted((export / "tile" / "entries").rglob("*")) if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b"step.done", b"step.dome", 1))
    assert company.kept("verify", str(export), "--key", key).returncode == 2


def test_a_tampered_state_database_breaks_the_promise(company: Company) -> None:
    company.report()
    state = company.privacy / ".kept" / "state.sqlite3"
    tampered = Company(folder=company.folder, urls={"state": f"sqlite:///{state}"}, planted={})
    assert tampered.execute("state", "UPDATE kept_ledgerentry SET body = replace(body, 'run', 'fun') WHERE \"index\" = 1") == 1
    assert "ledger" in counts(company.report(), "ledger-intact")


@pytest.mark.parametrize("store", ["app", "telemetry"])
def test_a_store_that_is_away_is_unknown_and_never_kept(company: Company, store: str) -> None:
    ran = company.kept(
        "check",
        "--as-of",
        TODAY,
        "--format",
        "json",
        **{f"AURIGEN_{store.upper()}_URL": "postgresql://nobody:hush@127.0.0.1:9/none"},
    )
    report = json.loads(ran.stdout)
    about = [one for one in report["findings"] if one["promise"] == "retention" and one["about"].startswith(store + ".")]
    assert {one["mark"] for one in about} == {"unknown"}
    assert "hush" not in ran.stdout + ran.stderr


def test_a_plan_that_a_new_policy_makes_useless_is_closed(company: Company) -> None:
    company.plan("--allow-share", "1")
    company.execute("billing", "CREATE TRIGGER no BEFORE DELETE ON crm_contacts BEGIN SELECT raise(ABORT, 'no'); END")
    assert company.apply().returncode == 2
    unfinished = json.loads(company.kept("status", "--format", "json").stdout)["unfinished_plans"]
    assert len(unfinished) == 1
    company.execute("billing", "DROP TRIGGER no")
    policy = company.privacy / "policy.md"
    policy.write_text(policy.read_text() + "\nOne more sentence.\n")
    company.plan("--allow-share", "1")
    assert company.apply().returncode in (0, 1)
    assert json.loads(company.kept("status", "--format", "json").stdout)["unfinished_plans"] == []
