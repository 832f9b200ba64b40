"""The canary lives on the example company's own stores: made, exported, erased, and looked for."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kept.base.errors import Refused
from kept.base.ports import silent
from kept.base.registers import CanaryState, ReadCanary
from kept.db import access
from kept.db.actions.canary import ask_for_canary
from kept.db.actions.jobs import end_job, fail_job, take_job
from kept.db.actions.orders import order_answered
from kept.db.models import Job, Order, Request
from kept.db.registers import Registers
from kept.policy.settings import CanarySettings
from kept.workflows.canaries import due_canary
from kept.workflows.jobs import canary
from kept.workflows.working import kinds, work_once
from tests.workflows.asking import Town, requests_as

MARK = "canary-mark-4711"
SIGN_UP = """
import sqlite3, sys
con = sqlite3.connect(sys.argv[1])
now = "2026-11-01 00:00:00"
row = ("canary-" + sys.argv[3] + "@example.eu", "Canary", "active", "eu", "{}", "x", now, now)
columns = "email, full_name, status, data_region, settings, password_hash, adult_confirmed_at, created_at"
key = con.execute(f"INSERT INTO accounts ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
con.execute("UPDATE accounts SET organisation = ? WHERE id = ?", (sys.argv[2], key))
con.commit()
print(f"account:{key}")
"""


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "LIVING_SECONDS", 20)


def signing_up(town: Town, name: str, *, leaves: str = MARK) -> str:
    """Return kept.toml's words for a canary that signs up like this."""
    script = town.company.folder / "sign_up.py"
    script.write_text(SIGN_UP)
    database = town.company.urls["app"].removeprefix("sqlite:///")
    words = ", ".join(f'"{word}"' for word in (sys.executable, str(script), database, leaves, name))
    return f'[requests.canary]\nmake = [{words}]\nmark = "{MARK}"\nevery = "7 days"'


def live(town: Town, **wanted: Any) -> Any:
    return canary.run(town.company.privacy, wanted, actor="worker", progress=silent)


def test_it_is_exported_and_erased(town: Town) -> None:
    with requests_as(town.company, signing_up(town, "well")):
        result = live(town)
    assert result["failed"] == []
    assert result["rows"] == 1
    rights = dict(Request.objects.values_list("right", "state"))
    assert rights == {"access": "answered", "erasure": "answered"}
    *_, lived = [entry for entry in map(json.loads, access.entries()) if entry["kind"] == "canary.lived"]
    assert (lived["facts"]["well"], lived["facts"]["rows"]) == (True, 1)


def test_a_worker_lives_it_when_it_is_due(town: Town) -> None:
    with requests_as(town.company, signing_up(town, "due")):
        assert due_canary(town.world)
        assert "canary" in kinds()
        assert work_once(town.company.privacy)
    state = Registers().answer([ReadCanary()]).of(ReadCanary())
    assert isinstance(state, CanaryState)
    assert (state.failed, state.rows) == ((), 1)


def test_a_mark_that_is_not_in_the_export_is_told(town: Town) -> None:
    with requests_as(town.company, signing_up(town, "mark", leaves="something else")):
        assert live(town)["failed"] == ["its mark was not in its export"]


def test_what_comes_back_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something signs the canary up again while it is erased, so its erasure is never proved."""
    monkeypatch.setattr(canary, "LIVING_SECONDS", 6)
    again = "INSERT INTO sessions (account_id, token_hash, network, agent, created_at, expires_at) VALUES"
    values = "(old.id, 'x', '192.0.2.0', 'x', '2026-11-01', '2026-11-01')"
    on, off = f"CREATE TRIGGER back AFTER DELETE ON accounts BEGIN {again} {values}; END", "DROP TRIGGER back"
    town.company.execute("app", on)
    try:
        with requests_as(town.company, signing_up(town, "back")):
            [failed] = live(town)["failed"]
    finally:
        town.company.execute("app", off)
    assert failed == "its erasure did not come further than the stage erase"


def test_a_life_waits_for_a_processor_and_goes_on(town: Town) -> None:
    path = town.company.privacy / "processors.yaml"
    before = path.read_text()
    asked = "    erasure: {way: email, address: privacy@lanternpost.example, knows: [{kind: subject}]}\n"
    path.write_text(before.replace("  lanternpost:\n", f"  lanternpost:\n{asked}"))
    try:
        with requests_as(town.company, signing_up(town, "waits")):
            first = live(town)
            assert set(first) == {"waits"}
            for order in Order.objects.all():
                order_answered(ref=order.ref, state="done", theirs="", raw=b"", facts={}, look_at=None, at=town.at, actor="test")
            Request.objects.filter(right="erasure").update(wake_at=town.at)
            result = live(town, **first["waits"])
    finally:
        path.write_text(before)
    assert (result["failed"], result["rows"]) == ([], 1)
    assert result["seconds"] > first["waits"]["seconds"]


@pytest.mark.parametrize(
    "words",
    [
        "print('somebody@example.org')",
        "print('account:1\\naccount:2')",
        "raise SystemExit(3)",
        "import sys; sys.stdout.buffer.write(b'\\xff')",
    ],
)
def test_a_command_that_makes_nobody_is_refused_without_its_words(tmp_path: Path, words: str) -> None:
    with pytest.raises(Refused, match="canary's command") as refused:
        canary.made(CanarySettings(make=(sys.executable, "-c", words), mark=MARK), tmp_path)
    assert "example.org" not in str(refused.value)


def test_a_command_that_is_not_there_or_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="FileNotFoundError"):
        canary.made(CanarySettings(make=("/nowhere/sign-up",), mark=MARK), tmp_path)
    monkeypatch.setattr(canary, "MAKING_SECONDS", 0.2)
    with pytest.raises(Refused, match="TimeoutExpired"):
        canary.made(CanarySettings(make=(sys.executable, "-c", "import time; time.sleep(60)"), mark=MARK), tmp_path)


def test_without_a_canary_there_is_nothing_to_live(town: Town) -> None:
    with requests_as(town.company):
        assert not due_canary(town.world)
        with pytest.raises(Refused, match="no canary"):
            live(town)


def ends(town: Town, result: dict[str, Any] | None) -> None:
    """Let the job that was asked for end like this, now."""
    ref = take_job(at=town.at)
    assert ref is not None
    if result is None:
        fail_job(ref=ref, attempt=1, error="It stopped.", at=town.at)
    else:
        end_job(ref=ref, attempt=1, result=result, at=town.at)


def test_when_it_lives_again(town: Town) -> None:
    with requests_as(town.company, signing_up(town, "again")):
        assert due_canary(town.world)
        assert not due_canary(town.world)  # one is under way
        ends(town, {"failed": [], "rows": 1, "seconds": 1})
        town.later(days=6, hours=23)
        assert not due_canary(town.world)
        town.later(hours=1)
        assert due_canary(town.world)
        ends(town, None)
        town.later(hours=23)
        assert not due_canary(town.world)
        town.later(hours=1)  # a life that failed is tried again the next day
        assert due_canary(town.world)
        ends(town, {"waits": {"erasure": "abc", "rows": 3, "seconds": 2.0}})
        town.later(minutes=59)
        assert not due_canary(town.world)
        town.later(minutes=1)
        assert due_canary(town.world)
        assert Job.objects.latest("pk").wanted == {"erasure": "abc", "rows": 3, "seconds": 2.0}


def test_one_life_at_a_time(town: Town) -> None:
    assert ask_for_canary(wanted={}, at=town.at, actor="worker")
    assert not ask_for_canary(wanted={}, at=town.at + timedelta(days=1), actor="worker")
