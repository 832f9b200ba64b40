"""Changing rows, in batches that are small enough for others not to notice.

A change walks its table once. Each stretch is one transaction of about a quarter of a second; the size of the next follows
from how long the last one took. Because the condition of a change leaves out the rows it has done, a killed walk is simply
walked again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from kept.base.changes import DeleteRows, selection_of
from kept.base.conditions import AnyOf
from kept.base.errors import NOTHING_CHANGED, KeptError, PlanIsStale, SourceError
from kept.base.names import Table
from kept.base.ports import Progress, Receipt, silent

from .access import Access, LostBatch
from .assigning import RowChange
from .counting import count_rows
from .failures import Trouble, Troubled
from .native import Span
from .residual import is_judged
from .where import Where
from .work import Work, compose

__all__ = ["LOCK_SECONDS", "PATIENCE_SECONDS", "PAUSE_SECONDS", "change_rows", "pointing"]

TARGET_SECONDS = 0.25
LOCK_SECONDS = 0.9
"""A batch that holds its locks longer is taken back and tried smaller."""
GROWTH = 2.0
PASSES = 3
PATIENCE_SECONDS = 10.0
"""How long to try again while another session holds a lock."""
PAUSE_SECONDS = 0.05


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was done so far, against what was planned."""

    what: str
    planned: int
    rows: int = 0
    batches: int = 0
    slowest: float = 0.0

    @property
    def changed(self) -> str:
        """Return the part of an error that says what was changed before it."""
        return f"{self.rows} rows were changed before it" if self.rows else NOTHING_CHANGED

    def within_plan(self, more: int) -> None:
        """Raise PlanIsStale when so many more rows would be more than was planned."""
        if self.rows + more > self.planned:
            happened = f"{self.what} has more rows to change than the {self.planned} of the plan"
            raise PlanIsStale(happened, todo="Make a new plan and look at it.", changed=self.changed)


def change_rows(access: Access, change: RowChange, progress: Progress = silent) -> Receipt:
    """Do a change until no row is left that meets its selection.

    Raises PlanIsStale before more rows than planned are touched, SourceError when the store fails; both say how many rows were
    changed before, which stay changed. The rows are counted first where the store can do that alone, so that a stale plan
    usually changes nothing at all.
    """
    tally = Tally(what=str(change.table), planned=change.rows)
    try:
        return _told(access, change, tally, progress)
    except KeptError as error:
        error.rows = tally.rows
        raise


def _told(access: Access, change: RowChange, tally: Tally, progress: Progress) -> Receipt:
    """Do the change; what goes wrong says what was changed before it."""
    try:
        with access.connected(tally.what) as connection:
            where = access.where(connection)
            return _until_done(access, where, change, tally, progress)
    except LostBatch as lost:
        troubled = lost.troubled
        if troubled.trouble is Trouble.FOREIGN_KEY:
            troubled = Troubled(trouble=troubled.trouble, detail=pointing(access, change.table, troubled))
        raise access.failed(troubled, tally.what, tally.changed) from None
    except SourceError as error:
        error.changed = tally.changed
        raise


def _until_done(access: Access, where: Where, change: RowChange, tally: Tally, progress: Progress) -> Receipt:
    """Walk until everything is done. When as many rows were touched as were counted before, there is no need to count again."""
    counted = None if is_judged(selection_of(change)) else _count(access, where, change)
    tally.within_plan(counted or 0)
    remaining = counted or 0
    if counted != 0:
        for _ in range(PASSES):
            before = tally.rows
            for part in _one_by_one(change):
                with access.looking(where.connection):
                    work = compose(where, part)
                while not _stretches(access, work, tally, progress) and work.plain is not None:
                    work = work.plain
            remaining = 0 if tally.rows == counted else _count(access, where, change)
            if not remaining or tally.rows == before:
                break
    return Receipt(rows=tally.rows, batches=tally.batches, remaining=remaining, slowest_batch=tally.slowest)


def _one_by_one(change: RowChange) -> tuple[RowChange, ...]:
    """Return a deletion by one of several ways as a deletion by each way.

    Joined by OR, PostgreSQL gathers everything that one of the ways leads to anew for each stretch; docs/explain/oscar.md has the
    figures.
    """
    match change:
        case DeleteRows(where=AnyOf(parts=parts)) if parts:
            return tuple(replace(change, where=part) for part in parts)
        case _:
            return (change,)


def _count(access: Access, where: Where, change: RowChange) -> int:
    with access.looking(where.connection):
        return count_rows(where, change.table, selection_of(change))


def _stretches(access: Access, work: Work, tally: Tally, progress: Progress) -> bool:
    """Do every stretch; return False when one by keys is too much for one batch and the table must be walked instead."""
    start: Any = None
    size, waited = work.first, 0.0
    while (span := _next(access, work, start, size)) is not None:
        begun = time.monotonic()
        try:
            touched = _batch(access, work, span, tally, LOCK_SECONDS if size > 1 else access.seconds)
        except LostBatch as lost:
            trouble = lost.troubled.trouble
            if trouble is Trouble.TIMEOUT and size > 1:
                size = max(1, size // 8)
                if size == 1 and work.plain is not None:
                    return False
                continue
            waited += time.monotonic() - begun + PAUSE_SECONDS
            if trouble not in (Trouble.LOCKED, Trouble.CLASH) or waited > PATIENCE_SECONDS:
                raise
            time.sleep(PAUSE_SECONDS)
            continue
        waited = 0.0
        if span.limit is None or touched < span.limit:
            start = span.end
        size = max(1, int(size * min(GROWTH, TARGET_SECONDS / max(time.monotonic() - begun, 1e-4))))
        progress(tally.what, tally.rows, tally.planned)
    return True


def _next(access: Access, work: Work, start: Any, size: int) -> Span | None:
    """Find the next stretch as a question: under its time limit, not under a batch's.

    Whoever is in it gets a key before it is locked.
    """
    with access.looking(work.connection):
        span = work.span(start, size)
        people = work.people(span) if span is not None else []
    work.admit(people)
    return span


def _batch(access: Access, work: Work, span: Span, tally: Tally, seconds: float) -> int:
    """Do one stretch in one transaction; return how many rows it touched."""
    begun = time.monotonic()
    with access.batch(work.connection, seconds):
        if not work.shape.transactional:
            tally.within_plan(work.count(span))
        touched = work.do(span)
        tally.within_plan(touched)
    tally.slowest = max(tally.slowest, time.monotonic() - begun)
    tally.rows += touched
    tally.batches += 1
    return touched


def pointing(access: Access, table: Table, troubled: Troubled) -> str:
    """Name who still points to the rows."""
    with access.reading(str(table)) as connection:
        shape = access.where(connection).shape(table)
        return access.native.pointing_here(connection, shape, troubled)
