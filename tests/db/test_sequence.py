"""Many processes writing to one ledger, some of them killed: nothing that was acknowledged is lost, nothing stands twice."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from kept.base.errors import TamperedLedger
from kept.base.questions import CheckLedger, LedgerState
from kept.db import access, actions
from kept.db.actions.action import action, record
from kept.db.actions.sequence import post
from kept.db.models import Checkpoint, Outbox
from kept.db.registers import Registers
from kept.ledger import Entry, verify_folder
from tests.company import ROOT
from tests.warm import Started, run

from .test_actions import AT, POLICY
from .worker import WORKER


def body(number: int) -> bytes:
    return Entry(kind="test", at=AT, actor="cli", facts={"number": number}).body()


def numbers() -> list[int]:
    return [json.loads(entry)["facts"]["number"] for entry in access.entries()]


def state() -> LedgerState:
    found = Registers().answer([CheckLedger()]).of(CheckLedger())
    assert isinstance(found, LedgerState)
    return found


def test_entries_keep_their_order_and_a_group_gets_one_signature(folder: Path) -> None:
    with transaction.atomic():
        post(*[body(number) for number in range(300)])
    assert access.pending() == 300
    assert actions.flush() == 300
    assert actions.append_group([body(number) for number in range(300, 700)]) == 300
    assert numbers() == list(range(700))
    assert list(Checkpoint.objects.values_list("size", flat=True).order_by("size")) == [300, 700]
    assert state().faults == ()


def test_a_group_goes_behind_what_was_pending(folder: Path) -> None:
    with transaction.atomic():
        post(body(0), body(1))
    assert actions.append_group([body(2)]) == 2
    assert numbers() == [0, 1, 2]
    assert actions.append_group([]) == 3
    assert actions.flush() == 0


def test_an_action_that_fails_leaves_no_entry(folder: Path) -> None:
    @action
    def fails() -> None:
        record("test", at=AT, actor="cli")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert (access.pending(), actions.flush()) == (0, 0)


def test_entries_are_sequenced_after_the_outermost_commit(folder: Path) -> None:
    with transaction.atomic():
        actions.record_run(policy=POLICY, findings=(), at=AT, actor="cli")
        assert (Outbox.objects.count(), state().size) == (1, 0)
    assert (Outbox.objects.count(), state().size) == (0, 1)


def test_a_rolled_back_group_is_not_trusted_afterwards(folder: Path) -> None:
    actions.append_group([body(0)])
    with transaction.atomic():
        actions.append_group([body(99)])
        transaction.set_rollback(True)
    actions.append_group([body(1)])
    assert numbers() == [0, 1]
    assert state().faults == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE kept_checkpoint SET note = replace(note, 'a', 'b')",
        "UPDATE kept_checkpoint SET edge = root, root = edge",
        "UPDATE kept_checkpoint SET size = size + 1",
    ],
)
def test_nothing_is_added_to_a_checkpoint_that_was_changed(folder: Path, change: str) -> None:
    actions.append_group([body(number) for number in range(3)])
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(TamperedLedger, match="will not add"):
        actions.append_group([body(3)])
    assert access.newest_checkpoint() is not None
    assert len(numbers()) == 3


def test_an_entry_that_cannot_be_placed_waits_and_the_error_says_so(folder: Path) -> None:
    actions.append_group([body(0)])
    note = access.newest_checkpoint()
    Checkpoint.objects.update(note="not what was signed")
    with pytest.raises(TamperedLedger, match="is saved, and its ledger entry waits in the outbox"):
        actions.record_run(policy=POLICY, findings=(), at=AT, actor="cli")
    assert (len(access.history()), access.pending(), state().size) == (1, 1, 1)
    Checkpoint.objects.update(note=note)
    assert actions.flush() == 1
    assert (access.pending(), state().size, state().faults) == (0, 2, ())


def test_a_database_put_back_to_an_older_state_is_not_signed_on(folder: Path, tmp_path: Path) -> None:
    actions.append_group([body(0)])
    actions.append_group([body(1)])
    assert state().faults == ()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kept_checkpoint WHERE size = 2")
        cursor.execute('DELETE FROM kept_ledgerentry WHERE "index" = 1')
    done = run(worker(folder, "group", 1, 0), cwd=ROOT)
    assert "it has 1 entries, and had 2 when it was last seen whole" in done.stderr
    assert numbers() == [0]
    assert state().faults == ("the ledger was cut: it had 2 entries when it was last seen whole, and has 1",)


def worker(folder: Path, how: str, times: int, name: int) -> list[str]:
    return [*WORKER, str(folder), how, str(times), str(name)]


def start(folder: Path, how: str, times: int, name: int) -> Started:
    return Started(worker(folder, how, times, name), cwd=ROOT)


def check_everything(folder: Path, tmp_path: Path, acknowledged: list[str]) -> None:
    """Compare the log with what the workers said, with the rows, with the signature, and with itself."""
    actions.flush()
    found = [json.loads(entry) for entry in access.entries()]
    runs = Counter(entry["actor"] for entry in found if entry["kind"] == "run.recorded")
    groups = Counter(entry["actor"] for entry in found if entry["kind"] == "group")
    assert runs == Counter(run.actor for run in access.history(limit=1_000_000))
    assert set(runs.values()) <= {1}
    assert set(groups.values()) <= {3}
    assert set(acknowledged) <= set(runs) | set(groups)
    assert (state().faults, state().size) == ((), len(found))
    exported = actions.export_ledger(tmp_path / "export")
    assert verify_folder(tmp_path / "export", access.verifier_key()).size == exported.size == len(found)


def test_processes_write_side_by_side(folder: Path, tmp_path: Path) -> None:
    workers = [start(folder, how, 30, number) for number, how in enumerate(["run", "group", "run", "group"])]
    written, codes = zip(*(one.rest() for one in workers), strict=True)
    acknowledged = [line for one in written for line in one.decode().split()]
    assert codes == (0,) * 4
    assert len(acknowledged) == 120
    check_everything(folder, tmp_path, acknowledged)


def test_processes_killed_at_any_moment_lose_and_double_nothing(folder: Path, tmp_path: Path) -> None:
    chance = random.Random(20260301)
    acknowledged: list[str] = []
    running = [start(folder, chance.choice(["run", "group"]), 100_000, number) for number in range(3)]
    for number in range(3, 12):
        acknowledged += kill_at_work(running.pop(chance.randrange(len(running))), after=chance.uniform(0, 0.1))
        running.append(start(folder, chance.choice(["run", "group"]), 100_000, number))
    for one in running:
        acknowledged += kill_at_work(one, after=chance.uniform(0, 0.1))
    assert len({line.partition("-")[0] for line in acknowledged}) == 12
    check_everything(folder, tmp_path, acknowledged)


def kill_at_work(worker: Started, *, after: float) -> list[str]:
    """Kill a worker some time after it did something; return every action that it said was done."""
    first = worker.line()
    time.sleep(after)
    worker.kill()
    rest, code = worker.rest()
    assert code == -signal.SIGKILL
    printed = (first + rest).decode()
    return printed[: printed.rfind("\n") + 1].split()


def test_the_time_of_a_checkpoint_is_now(folder: Path) -> None:
    before = datetime.now(UTC)
    actions.append_group([body(0)])
    signed_at = state().signed_at
    assert signed_at is not None
    assert before <= signed_at <= datetime.now(UTC)
