"""Stopped at any point and done again, a change ends where it would have ended."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.changes import Anonymise, Change, Coarsen, DeleteRows, Null, Redact
from kept.base.conditions import Everything, Finds, Missing, Not, Older, StartsWith, Uncoarse
from kept.base.errors import PlanIsStale, SourceError
from kept.base.ports import Connector
from kept.connectors import open_store
from tests.connectors.stores import NOW, Store, visit_columns, visits

ROWS = 4_000
OLD = Older(column="at", cutoff=NOW - timedelta(days=1_000))


def planned(store: Store, rows: int = ROWS) -> dict[str, tuple[Change, Any]]:
    """Every kind of change that walks, with the condition that is empty once it is done."""
    table = store.table("visits")
    return {
        "delete": (DeleteRows(table=table, where=OLD, rows=rows), OLD),
        "null": (Null(table=table, columns=("email",), where=Everything(), rows=rows), Not(what=Missing(column="email"))),
        "anonymise": (
            Anonymise(table=table, columns=("email",), where=Everything(), rows=rows, unique=True),
            Not(what=StartsWith(column="email", prefix="erased-")),
        ),
        "coarsen": (Coarsen(table=table, column="ip", kind="ip", where=Everything(), rows=rows), Uncoarse(column="ip", kind="ip")),
        "redact": (
            Redact(table=table, column="note", kinds=("ip",), where=Everything(), rows=rows),
            Finds(column="note", kinds=("ip",)),
        ),
    }


class Died(Exception):
    """The process is gone, as far as the connector can tell."""


def dies_at(connector: Connector, nth: int) -> None:
    """Make the connector's engine raise at its nth statement from now on, before it runs or, if odd, after it ran."""
    access = connector._access  # type: ignore[attr-defined]  # the fault is put under the connector, not into it
    engine = access._engine = access._engine or access.native.engine(access.url)
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == nth:
            raise Died

    sa.event.listen(engine, "after_cursor_execute" if nth % 2 else "before_cursor_execute", count)


@pytest.mark.parametrize("kind", ["delete", "null", "anonymise", "coarsen", "redact"])
def test_died_at_any_statement_and_done_again(store: Store, kind: str) -> None:
    store.create("visits", *visit_columns(), rows=visits(ROWS))
    change, left = planned(store)[kind]
    deaths = 0
    for nth in [*range(1, 40, 3), 60, 90]:
        dying = open_store("shop", store.url, timeout_seconds=60)
        dies_at(dying, nth)
        try:
            dying.perform(change)
        except Died:
            deaths += 1
        finally:
            dying.close()
    receipt = store.connector.perform(change)
    assert deaths > 5
    assert receipt.remaining == 0
    assert store.count("visits", left) == 0
    untouched = ROWS - sum(row["at"] is not None and row["at"] < OLD.cutoff.replace(tzinfo=None) for row in visits(ROWS))
    assert store.count("visits") == (untouched if kind == "delete" else ROWS)


KILLED = """
import signal
import sys
import time
from tests.connectors.stores import opened
from tests.connectors.test_faults import planned
with opened(sys.argv[1]) as store:
    change, _ = planned(store, int(sys.argv[3]))[sys.argv[2]]
    print("ready", flush=True)
    store.connector._access.native.first //= 6
    left = store.count("visits", change.where)

    def watched(what, done, total):
        print(done, flush=True)
        if 4 * done >= left:
            signal.pause()
        time.sleep(0.05)

    store.connector.perform(change, progress=watched)
"""


@pytest.mark.parametrize("kind", ["delete", "coarsen"])
def test_killed_in_the_middle_and_done_again(store: Store, kind: str) -> None:
    rows = 9_000
    store.create("visits", *visit_columns(), rows=visits(rows))
    change, left = planned(store, rows)[kind]
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", KILLED, store.url, kind, str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, b"")
        assert next(lines) == b"ready\n"
        next(lines)
        time.sleep(random.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)  # it waits for that before the end: a batch has at most twice as many rows as the last
    total = store.count("visits", left)
    assert process.returncode == -signal.SIGKILL
    assert total > 0
    receipt = store.connector.perform(change)
    assert (receipt.rows, receipt.remaining) == (total, 0)
    assert store.count("visits", left) == 0


def test_interrupted_by_the_one_who_watches(store: Store) -> None:
    store.create("visits", *visit_columns(), rows=visits(ROWS))
    change, left = planned(store)["delete"]
    before = store.count("visits", left)

    def stop(what: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.connector.perform(change, progress=stop)
    done = before - store.count("visits", left)
    assert done >= 0
    assert store.connector.perform(change).rows == before - done


def test_whoever_watches_may_take_their_time(store: Store) -> None:
    """A batch's time limit ends with the batch: it does not cut off what follows a slow watcher."""
    rows = 12_000
    store.create("visits", *visit_columns(), rows=visits(rows))
    change, left = planned(store, rows)["delete"]
    slept: list[int] = []

    def slow(what: str, done: int, total: int | None) -> None:
        if len(slept) < 2:
            slept.append(done)
            time.sleep(1.0)

    assert store.connector.perform(change, progress=slow).remaining == 0
    assert len(slept) > 1
    assert store.count("visits", left) == 0


def test_rows_that_arrive_while_it_runs_do_not_stretch_the_plan(store: Store) -> None:
    """New rows that meet the condition come in after the count; the batch that would be one row too many is taken back."""
    table = store.create("visits", *visit_columns(), rows=visits(ROWS))
    old = store.count("visits", OLD)
    late = [{**row, "id": row["id"] + 10 * ROWS} for row in visits(ROWS) if row["at"] is not None]
    came = False

    def arrive(what: str, done: int, total: int | None) -> None:
        nonlocal came
        if not came:
            came = True
            with store.engine.begin() as connection:
                connection.execute(table.insert(), late)

    change = DeleteRows(table=store.table("visits"), where=OLD, rows=old)
    with suppress(PlanIsStale):
        assert store.connector.perform(change, progress=arrive).rows == old
    gone = ROWS + len(late) - store.count("visits")
    assert gone <= old


def test_a_failure_half_way_says_how_much_was_done(store: Store) -> None:
    """The last row is pointed to, so the last batch is refused; the batches before it stay done."""
    data = sa.MetaData()
    parents = sa.Table("parents", data, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
    children = sa.Table(
        "children", data, sa.Column("id", sa.Integer, primary_key=True), sa.Column("of", sa.ForeignKey("parents.id"))
    )
    data.create_all(store.engine)
    with store.engine.begin() as connection:
        connection.execute(parents.insert(), [{"id": at} for at in range(20_000)])
        connection.execute(children.insert(), [{"id": 1, "of": 19_999}])
    with pytest.raises(SourceError, match=r"shop\.parents are still pointed to by shop\.children") as caught:
        store.connector.perform(DeleteRows(table=store.table("parents"), where=Everything(), rows=20_000))
    done = 20_000 - store.count("parents")
    assert 0 < done < 20_000
    assert caught.value.changed == f"{done} rows were changed before it"


def test_a_delete_over_an_index_less_clock_is_linear(store: Store) -> None:
    """Twice the rows take no more than about twice the statements' work: each stretch is met once."""
    store.create("visits", *visit_columns(), rows=visits(20_000))
    begun = time.monotonic()
    receipt = store.connector.perform(DeleteRows(table=store.table("visits"), where=OLD, rows=20_000))
    assert receipt.remaining == 0
    assert receipt.batches <= 60
    assert time.monotonic() - begun < 30
