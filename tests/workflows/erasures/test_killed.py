"""A real worker, killed by the system at a moment of its work; another one ends what it had begun, and its record says what was."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kept.db import disconnect
from kept.db.models import Certificate, LedgerEntry, Request
from tests.company import ROOT
from tests.warm import run

from .desk import Desk
from .test_ownership import CHAIN, CHAINED

WORKER = """
import importlib, os, signal, sys
from datetime import datetime
from pathlib import Path
from kept.db import configure
state, folder, now, where, name, when = sys.argv[1:7]
configure(Path(state), whole=True)
from kept.workflows.requests import work_requests
from kept.workflows.world import World
thing = importlib.import_module(where)
*path, last = name.split(".")
for part in path:
    thing = getattr(thing, part)
real = getattr(thing, last)

def dies(*words, **more):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*words, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(thing, last, dies)
at = datetime.fromisoformat(now)
work_requests(World(folder=Path(folder), now=lambda: at))
"""
MOMENTS = [
    ("kept.workflows.requests", "end_step"),
    ("kept.workflows.sweeping", "begin_sweep"),
    ("kept.workflows.sweeping", "intend_store"),
    ("kept.connectors.sql.connector", "SqlConnector.perform_together"),
    ("kept.workflows.sweeping", "end_store"),
    ("kept.workflows.sweeping", "_Sweep._prove"),
    ("kept.workflows.sweeping", "close_sweep"),
    ("kept.workflows.steps.answer", "erase_account"),
    ("kept.workflows.requests", "close_request"),
]
BOTH = [("sqlite", "sqlite"), pytest.param("postgres", "postgres", marks=pytest.mark.service)]
"""Kept's own database and the company's store."""
Found = Callable[..., Desk]


@pytest.mark.parametrize(("state", "shared"), BOTH, indirect=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("where", "name"), MOMENTS)
def test_a_worker_is_killed(state: Path, desk: Found, where: str, name: str, when: str) -> None:
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    disconnect()
    words = [str(state), str(one.town.folder), one.at.isoformat(), where, name, when]
    ran = run([sys.executable, "-c", WORKER, *words], cwd=ROOT)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    one.in_order(ref)
    one.later(seconds=31)
    one.work()
    assert one.stands(ref)[0] == "answered", "what it had in hand is another's after its lease"
    one.in_order(ref)
    assert [one.town.ids(table) for table in ("accounts", "addresses", "phones", "calls")] == [[2, 3], [21], [211], [2111]]
    assert Certificate.objects.filter(request__ref=ref).count() == 1
    entries = [entry for entry in LedgerEntry.objects.order_by("pk") if ref.encode() in bytes(entry.body)]
    kinds = [
        kind
        for kind in ("erasure.proved", "erasure.certified", "request.answered")
        for entry in entries
        if kind.encode() in bytes(entry.body)
    ]
    assert kinds == ["erasure.proved", "erasure.certified", "request.answered"], "each once"
    row = Request.objects.get(ref=ref)
    assert row.sweep is not None
    assert row.sweep.stores["app"]["done"] == {"app.calls": 2, "app.phones": 3, "app.addresses": 2, "app.accounts": 1}
