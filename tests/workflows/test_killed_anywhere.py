"""An apply that dies anywhere and is run again ends where an undisturbed one ends, and its record says what happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.company import KEPT, TODAY, Company, copied, on_sqlite
from tests.warm import run

DYING = """
import itertools, os, sys
from kept.connectors.sql import connector
from kept.cli.main import main

deadly, when = int(sys.argv[1]), sys.argv[2]
calls = itertools.count()
perform = connector.SqlConnector.perform

def dies(self, change, **more):
    number = next(calls)
    if number == deadly and when == "before":
        os._exit(137)
    receipt = perform(self, change, **more)
    if number == deadly:
        os._exit(137)
    return receipt

connector.SqlConnector.perform = dies
sys.argv = ["kept", *sys.argv[3:]]
main()
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A small company with a plan that nobody has applied."""
    company = on_sqlite(tmp_path_factory.mktemp("planned"))
    company.plan("--allow-share", "1")
    return company


@pytest.fixture(scope="module")
def undisturbed(planned: Company, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """Every row after an apply that nothing disturbed."""
    company = copied(planned, tmp_path_factory.mktemp("undisturbed"))
    assert company.apply().returncode in (0, 1)
    return company.rows()


def record(company: Company) -> list[dict[str, Any]]:
    """Return the ledger's entries about steps, in order."""
    export = company.folder / "ledger"
    assert company.kept("ledger", "export", str(export)).returncode == 0
    assert company.kept("verify", str(export)).returncode == 0
    entries: list[dict[str, Any]] = []
    for bundle in sorted(path for path in (export / "tile" / "entries").rglob("*") if path.is_file()):
        raw = bundle.read_bytes()
        while raw:
            size = int.from_bytes(raw[:2])
            entries.append(json.loads(raw[2 : 2 + size]))
            raw = raw[2 + size :]
    return [{"kind": entry["kind"], **entry["facts"]} for entry in entries if entry["kind"].startswith("step.")]


def steps(company: Company) -> int:
    return len(json.loads((company.folder / "kept-plan.json").read_text())["plan"]["steps"])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75, 0.99])
def test_it_dies_around_a_change(
    planned: Company, undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path, part: float, when: str
) -> None:
    company = copied(planned, tmp_path)
    deadly = int(part * steps(company))
    command = [sys.executable, "-c", DYING, str(deadly), when, "apply", "--as-of", TODAY]
    ran = run(command, cwd=company.folder, env=company.environment)
    assert ran.returncode == 137, ran.stdout + ran.stderr
    again = company.apply()
    assert again.returncode in (0, 1), again.stdout + again.stderr
    assert company.rows() == undisturbed
    entries = record(company)
    done = [entry["position"] for entry in entries if entry["kind"] == "step.done"]
    assert sorted(done) == list(range(steps(company))), "every step has one receipt"
    for position in done:
        kinds = [entry["kind"] for entry in entries if entry["position"] == position]
        expected = ["step.intended"] * (2 if position == deadly else 1) + ["step.done"]
        assert kinds == expected, f"step {position}"


def test_a_real_kill_at_any_moment(planned: Company, undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path) -> None:
    company = copied(planned, tmp_path)
    moments = random.Random(11)
    killed = 0
    for _ in range(6):
        apply = subprocess.Popen(
            [*KEPT, "apply", "--as-of", TODAY],
            cwd=company.folder,
            env=company.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0.4, 2.0))
        if apply.poll() is None:
            os.kill(apply.pid, signal.SIGKILL)
            killed += 1
        apply.wait()
    assert killed, "no run was still at work when it was to be killed"
    assert company.apply().returncode in (0, 1)
    assert company.rows() == undisturbed
    entries = record(company)
    done = [entry["position"] for entry in entries if entry["kind"] == "step.done"]
    assert sorted(done) == list(range(steps(company)))


def test_two_at_once_do_not_meet(planned: Company, undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path) -> None:
    company = copied(planned, tmp_path)
    command = [*KEPT, "apply", "--as-of", TODAY]
    both = [
        subprocess.Popen(command, cwd=company.folder, env=company.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    told = [process.communicate()[1].decode() for process in both]
    refused = [text for process, text in zip(both, told, strict=True) if process.returncode == 2]
    assert len(refused) <= 1, told
    assert all("another apply is at work" in text for text in refused), told
    assert company.rows() == undisturbed
