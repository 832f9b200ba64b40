"""Rows of people leaving a store, streamed: one selection, or the many of one person's access request in as few turns as it takes.

Where the store can (PostgreSQL), selections are asked together in one round trip, as far as they are small; what turns out to be
large is streamed by itself. Elsewhere they share a connection and a transaction, and are streamed in their turn. Either way a
selection that fails spoils no other, and memory does not grow with the number of rows nor with their size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from kept.base.errors import CannotAnswer, KeptError
from kept.base.names import Table
from kept.base.personal import Personal
from kept.base.ports import Row, Selection

from .access import Access
from .counting import FETCHED, STREAMED
from .native import value_name
from .repeated import Chosen, NotLooked, Repeated, Statements, chosen, tables_of
from .residual import Residual, split
from .where import Where

__all__ = ["Reader"]

Rows = Generator[Row, None, None]
Fetched = Sequence[Any]

TOGETHER = 32
"""How many selections are asked in one round trip."""
AT_FIRST = 50
HELD = 4 * 2**20
"""Bytes of text and binary values that one handful of a stream should hold."""
SAMPLED = 50


class Reader:
    """Reads rows of one store; each value comes wrapped, and opened where its column is sealed."""

    def __init__(self, access: Access) -> None:
        """Read nothing yet."""
        self._access = access
        self._statements = Statements(access)

    def read(self, selection: Selection) -> Rows:
        """Yield the rows of one selection, in a transaction of their own. Raises SourceError, SealBroken, UnknownKey."""
        with self._access.reading(str(selection.table)) as connection:
            yield from self._streamed(self._access.where(connection), selection)

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Yield each selection, in order, with its rows; see `kept.base.ports.Connector.read_many`."""
        if not self._access.native.pipelines:
            yield from self._in_turn(selections)
            return
        for begin in range(0, len(selections), TOGETHER):
            some = selections[begin : begin + TOGETHER]
            for selection, fetched in zip(some, self._together(some), strict=True):
                yield from _lent(selection, self.read(selection) if fetched is None else _rows(*fetched))

    def _together(self, selections: Sequence[Selection]) -> list[tuple[Chosen, list[Fetched]] | None]:
        """Fetch what is small in one round trip; None for what must be read by itself, for whatever reason: that then says so."""
        access, native = self._access, self._access.native
        with access.connected(access.store) as connection:
            asked = self._asked(connection, selections)
            statements = [(one[0].statement, one[1], one[0].chosen.most + 1) for one in asked if one is not None]
            fetched = native.in_one_trip(connection, statements, seconds=access.seconds) if statements else []
        if fetched is None:
            access.look_anew()
            return [None] * len(selections)
        rows = iter(fetched)
        return [None if one is None else _small(one[0], next(rows)) for one in asked]

    def _asked(self, connection: sa.Connection, selections: Sequence[Selection]) -> list[tuple[Repeated, list[Any]] | None]:
        """Return the statement and values of each selection; what was not looked at yet is looked at first, all at once."""
        where = self._access.where(connection)
        try:
            return [self._ready(where, one, looked=False) for one in selections]
        except NotLooked:
            with self._access.looking(connection):
                self._access.look(connection, _tables(selections))
        return [self._ready(where, one) for one in selections]

    def _ready(self, where: Where, selection: Selection, *, looked: bool = True) -> tuple[Repeated, list[Any]] | None:
        try:
            return self._statements.of(where, selection)
        except CannotAnswer:
            return None
        except NotLooked:
            if not looked:
                raise
            return None

    def _in_turn(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Stream one after another, in one transaction; once one has failed, those after it stand alone."""
        left, failed = deque(selections), list[Selection]()
        with self._access.reading(self._access.store) as connection:
            self._access.look(connection, _tables(selections))
            where = self._access.where(connection)
            while left and not failed:
                selection = left.popleft()
                yield from _lent(selection, self._told(where, selection, failed))
        for selection in left:
            yield from _lent(selection, self.read(selection))

    def _told(self, where: Where, selection: Selection, failed: list[Selection]) -> Rows:
        try:
            with self._access.told(str(selection.table)):
                yield from self._streamed(where, selection, repeated=True)
        except KeptError:
            failed.append(selection)
            raise

    def _streamed(self, where: Where, selection: Selection, *, repeated: bool = False) -> Rows:
        """Stream a selection on a connection that is in a transaction already."""
        ready = self._ready(where, selection) if repeated else None
        if ready is not None:
            given = {value_name(at): value for at, value in enumerate(ready[1])}
            for handful in _handfuls(where.connection, ready[0].statement, given):
                yield from _rows(ready[0].chosen, handful)
            return
        shape, parts = where.shape(selection.table), split(selection.where)
        fetched = chosen(where, shape, selection.columns)
        residual = None if parts.rest is None else Residual.of(where, shape, parts.rest)
        every = [*fetched.selected, *(residual.selected if residual else ())]
        labelled = [column.label(f"kept_{at}") for at, column in enumerate(every)]
        statement = sa.select(*labelled).select_from(shape.source).where(where.clause(shape, parts.stored))
        for handful in _handfuls(where.connection, statement, {}):
            rows = handful if residual is None else residual.chosen(handful, len(fetched.selected))
            yield from _rows(fetched, rows)


def _lent(selection: Selection, rows: Rows) -> Iterator[tuple[Selection, Iterator[Row]]]:
    """Lend the rows until whoever reads goes on to the next."""
    try:
        yield selection, rows
    finally:
        rows.close()


def _tables(selections: Sequence[Selection]) -> Iterable[Table]:
    return dict.fromkeys(table for one in selections for table in tables_of(one))


def _small(repeated: Repeated, rows: list[Fetched]) -> tuple[Chosen, list[Fetched]] | None:
    return (repeated.chosen, rows) if len(rows) <= repeated.chosen.most else None


def _handfuls(connection: sa.Connection, statement: sa.Select[Any], values: dict[str, Any]) -> Iterator[list[Any]]:
    """Yield a statement's rows in handfuls of a few megabytes at most, as far as the rows before them tell."""
    size = AT_FIRST
    with connection.execute(statement, values, execution_options=STREAMED) as result:
        while rows := result.fetchmany(size):
            yield list(rows)
            heaviest = max(map(_weight, rows[:: len(rows) // SAMPLED + 1]))
            size = max(1, min(FETCHED, 4 * size, HELD // (heaviest + 1)))


def _weight(row: Sequence[Any]) -> int:
    return sum(len(value) for value in row if isinstance(value, (str, bytes)))


def _rows(fetched: Chosen, rows: Sequence[Fetched]) -> Rows:
    """Yield what was fetched as rows of wrapped values; the sealed values of one column are opened together."""
    names = fetched.names
    if fetched.sealed:
        rows = list(zip(*(_column(fetched, name, at, rows) for name, at in zip(names, fetched.places, strict=True)), strict=True))
    for row in rows:
        yield dict(zip(names, map(Personal, row), strict=False))


def _column(fetched: Chosen, name: str, at: int, rows: Sequence[Fetched]) -> Sequence[Any]:
    sealed = fetched.sealed.get(name)
    if sealed is None:
        return list(map(itemgetter(at), rows))
    return sealed.opened([sealed.cell(row[at:]) for row in rows])
