"""The worker on a real folder: what a job comes to, and what stops it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from kept.base.roles import Who
from kept.db import access, configure
from kept.db.access.jobs import KnownJob, job_of_worker
from kept.db.actions.jobs import LEASE, ask_for_job
from kept.db.models import Job
from kept.workflows.working import work_once
from tests.company import KEPT, ROOT
from tests.states import lay_state

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
STAFF = Who(ref="abcdefghijkl", role="engineer", vouched=True)


@pytest.fixture
def privacy(tmp_path: Path) -> Path:
    folder = tmp_path / "privacy"
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", folder, ignore=shutil.ignore_patterns(".kept"))
    lay_state(folder, whole=True)
    configure(folder, whole=True)
    return folder


def done(folder: Path, kind: str = "check") -> KnownJob:
    ref = ask_for_job(kind=kind, key="whole", wanted={}, by=STAFF, at=NOW)
    assert work_once(folder)
    return job_of_worker(ref)


def test_a_check_is_recorded_as_by_whoever_asked(privacy: Path) -> None:
    job = done(privacy)
    assert job.state == "done", job.error
    last = access.last_run()
    assert last is not None
    assert job.result == {"kept": last.kept, "broken": last.broken, "unknown": last.unknown}
    assert last.unknown, "no store answers here, and that never counts as kept"
    assert last.actor == STAFF.actor
    assert not work_once(privacy)


def test_what_is_wrong_with_the_policy_stands_in_the_job(privacy: Path) -> None:
    (privacy / "purposes.yaml").write_text("nonsense: [", "utf-8")
    job = done(privacy)
    assert job.state == "failed"
    assert "purposes.yaml" in job.error


def test_a_defect_ends_the_job_and_not_the_worker(privacy: Path) -> None:
    job = done(privacy, kind="nothing-of-this-name")
    assert (job.state, "KeyError" in job.error) == ("failed", True)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_loses_nothing(privacy: Path, end: signal.Signals) -> None:
    ref = ask_for_job(kind="check", key="whole", wanted={}, by=STAFF, at=NOW)
    connections.close_all()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KEPT_")}
    worker = subprocess.Popen([*KEPT, "work", "--folder", str(privacy)], env=plain)
    ends = time.monotonic() + 60
    while Job.objects.get(ref=ref).state == "waiting":
        assert time.monotonic() < ends
        time.sleep(0.01)
    worker.send_signal(end)
    worker.wait(60)
    if end is signal.SIGTERM:
        assert (worker.returncode, job_of_worker(ref).state) == (0, "done"), "what is at hand comes to its end"
        return
    Job.objects.filter(ref=ref, state="running").update(leased_until=datetime.now(UTC) - LEASE - timedelta(seconds=1))
    work_once(privacy)
    assert job_of_worker(ref).state == "done"
