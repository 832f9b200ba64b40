"""Dropping a partition."""

from __future__ import annotations

import time

from kept.base.changes import DropPartition
from kept.base.conditions import Everything
from kept.base.errors import CannotAnswer, PlanIsStale
from kept.base.ports import Preview, Receipt

from .access import Access, LostBatch
from .counting import count_rows
from .failures import Trouble
from .where import Where

__all__ = ["drop_partition", "preview_partition"]

LOCK_SECONDS = 0.9
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.1


def preview_partition(where: Where, change: DropPartition) -> Preview:
    """Return how many rows the table and the partition have. Raises CannotAnswer when the table has no such partition."""
    rows = where.native.part_rows(where.connection, where.shape(change.table), change.partition)
    if rows is None:
        happened = f"{change.table} has no partition {change.partition}"
        raise CannotAnswer(happened, store=change.table.store, todo="Make a new plan.")
    return Preview(total=count_rows(where, change.table, Everything()), touched=rows)


def drop_partition(access: Access, change: DropPartition) -> Receipt:
    """Drop the partition with its rows; one that is already gone is done. Raises PlanIsStale when it has more rows than planned."""
    what = str(change.table)
    with access.reading(what) as connection:
        shape = access.where(connection).shape(change.table)
        rows = access.native.part_rows(connection, shape, change.partition)
    if rows is None:
        return Receipt(rows=0, batches=0, remaining=0)
    if rows > change.rows:
        happened = f"the partition {change.partition} of {what} has {rows} rows, more than the {change.rows} of the plan"
        raise PlanIsStale(happened, todo="Make a new plan and look at it.")
    waited = 0.0
    with access.connected(what) as connection:
        while True:
            begun = time.monotonic()
            try:
                with access.batch(connection, LOCK_SECONDS if waited < PATIENCE_SECONDS else access.seconds):
                    access.native.drop_part(connection, shape, change.partition)
                return Receipt(rows=rows, batches=1, remaining=0, slowest_batch=time.monotonic() - begun)
            except LostBatch as lost:
                waited += time.monotonic() - begun + PAUSE_SECONDS
                if lost.troubled.trouble not in (Trouble.LOCKED, Trouble.CLASH, Trouble.TIMEOUT) or waited > PATIENCE_SECONDS:
                    raise access.failed(lost.troubled, what) from None
            time.sleep(PAUSE_SECONDS)
