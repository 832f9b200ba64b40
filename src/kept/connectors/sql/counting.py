"""Counting rows, and counting people who came back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from kept.base.conditions import AllOf, Condition, Key, Not, Older, OneOf, Uncoarse
from kept.base.names import Table
from kept.base.ports import Progress, silent
from kept.base.questions import CountReturned, CountSeals
from kept.base.registers import CountSince
from kept.base.seals import SealState

from .native import Native
from .residual import Residual, split
from .sealing import the_sealed_column
from .shape import Shape
from .where import Where

__all__ = ["STREAMED", "count_returned", "count_rows", "count_seals", "count_since", "streamed"]

FETCHED = 2_000
"""Rows that are fetched at once."""
STREAMED: Final = {"stream_results": True, "max_row_buffer": FETCHED}
"""How a statement is executed whose rows are streamed. Set on a connection it would hold for the ROLLBACK too, which then fails."""
REMEMBERED = 100_000


def streamed(connection: sa.Connection, statement: sa.Select[Any]) -> Iterable[Sequence[sa.Row[Any]]]:
    """Yield a statement's rows in handfuls, with memory that does not grow with their number."""
    with connection.execute(statement, execution_options=STREAMED) as result:
        yield from result.partitions(FETCHED)


def count_rows(where: Where, table: Table, condition: Condition, progress: Progress = silent) -> int:
    """Return how many rows of a table meet the condition, exactly."""
    shape = where.shape(table)
    parts = split(condition)
    clause = where.clause(shape, parts.stored)
    if parts.rest is None:
        counted = where.connection.execute(sa.select(sa.func.count()).select_from(shape.source).where(clause)).scalar_one()
        return int(counted)
    residual = Residual.of(where, shape, parts.rest)
    return _judged(where, shape, sa.select().where(clause), residual, progress, grouped=_coarse_only(parts.rest))


def _judged(where: Where, shape: Shape, statement: sa.Select[Any], residual: Residual, progress: Progress, *, grouped: bool) -> int:
    """Count by streaming the values; where the store groups well and values repeat, each distinct value once."""
    together = grouped and where.native.groups and not residual.sealed
    if together:
        keys = [where.native.exactly(column).label(f"kept_{at}") for at, column in enumerate(residual.selected)]
        statement = statement.add_columns(*keys, sa.func.count()).group_by(*keys)
    else:
        statement = statement.add_columns(*residual.selected, sa.literal(1))
    matched = seen = 0
    for rows in streamed(where.connection, statement.select_from(shape.source)):
        seen += sum(row[-1] for row in rows)
        matched += sum(row[-1] for row in residual.chosen(rows))
        progress(str(shape.table), seen, shape.info.rows)
    return matched


def _coarse_only(condition: Condition) -> bool:
    """Addresses and agents repeat; free text does not, and grouping it would only make the store sort it."""
    parts = getattr(condition, "parts", (condition,))
    return all(isinstance(part, Uncoarse) for part in parts)


def count_returned(native: Native, where: Where, question: CountReturned, progress: Progress = silent) -> int:
    """Return how many rows carry the key of an erased person."""
    shape = where.shape(question.column.table)
    info = shape.described(question.column.name)
    readable = native.readable(shape.column(info.name), info) if info.type not in ("integer", "uuid") else shape.column(info.name)
    known: dict[object, bool] = {}
    returned = seen = 0
    for rows in streamed(where.connection, sa.select(readable).where(readable.is_not(None)).select_from(shape.source)):
        for (value,) in rows:
            back = known.get(value)
            if back is None:
                if len(known) >= REMEMBERED:
                    known.clear()
                text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
                back = known[value] = question.erased.has(text)
            returned += back
        seen += len(rows)
        progress(str(shape.table), seen, shape.info.rows)
    return returned


def count_since(native: Native, where: Where, question: CountSince, progress: Progress = silent) -> int:
    """Return how many rows of restricted people are newer than their restriction.

    The keys of new rows are streamed, each once, and looked up by their keyed hashes; the rows of those that are found are counted
    in the store, one statement for all that are restricted since the same moment.
    """
    first = question.people.first
    if first is None:
        return 0
    shape = where.shape(question.column.table)
    info = shape.described(question.column.name)
    key = native.readable(shape.column(info.name), info) if info.type not in ("integer", "uuid") else shape.column(info.name)
    since: dict[datetime, list[Key]] = defaultdict(list)
    new = where.clause(shape, _between(question, first))
    seen = 0
    for rows in streamed(where.connection, sa.select(key).distinct().where(new, key.is_not(None)).select_from(shape.source)):
        for (value,) in rows:
            plain = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
            moment = question.people.since(question.kind, plain)
            if moment is not None:
                since[moment].append(plain if isinstance(plain, int) else str(plain))
        seen += len(rows)
        progress(str(shape.table), seen, shape.info.rows)
    return sum(
        count_rows(where, shape.table, AllOf(parts=(OneOf(column=info.name, keys=tuple(keys)), _between(question, moment))))
        for moment, keys in since.items()
    )


def _between(question: CountSince, since: datetime) -> Condition:
    """Return which rows have a time after that moment, the slack of clocks aside, and not after the question's."""
    new = Not(what=Older(column=question.clock, cutoff=since + question.slack, unit=question.unit))
    return AllOf(parts=(Older(column=question.clock, cutoff=question.until, unit=question.unit), new))


def count_seals(where: Where, question: CountSeals, progress: Progress = silent) -> Mapping[SealState, int]:
    """Return how many values of a column are in each state, every one opened; NULLs and empty texts are not counted."""
    shape = where.shape(question.column.table)
    sealed = the_sealed_column(where, shape, question.column.name)
    counts: Counter[SealState] = Counter()
    seen = 0
    labelled = [part.label(f"kept_{at}") for at, part in enumerate(sealed.selected)]
    statement = sa.select(*labelled).select_from(shape.source)
    for rows in streamed(where.connection, statement.where(shape.column(sealed.name).is_not(None))):
        cells = [cell for cell in map(sealed.cell, rows) if cell.value]
        counts.update(sealed.seals.states(sealed.by, cells))
        seen += len(rows)
        progress(str(shape.table), seen, shape.info.rows)
    return dict(counts)
