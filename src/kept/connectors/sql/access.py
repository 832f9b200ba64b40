"""Transactions on one store: every statement of the connector runs inside one of these two."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from kept.base.errors import NOTHING_CHANGED, SourceError
from kept.base.names import Table
from kept.base.seals import NoSeals, Seals

from .failures import Trouble, Troubled, sentence
from .native import Native
from .shape import Shape
from .where import Where

__all__ = ["Access", "LostBatch"]


HELD_SECONDS = 60.0
"""How long a store that says cheaply that its tables look as they did is believed; how many rows they have is no part of that."""


class LostBatch(Exception):
    """A batch was taken back by the store; `troubled` says why. It never leaves the connector."""

    def __init__(self, troubled: Troubled) -> None:
        """Keep the trouble."""
        super().__init__(troubled.trouble.name)
        self.troubled = troubled


class Access:
    """Opens connections to one store and turns a driver's errors into sentences."""

    def __init__(self, store: str, url: sa.URL, native: Native, *, seconds: float, seals: Seals | None = None) -> None:
        """Connect to nothing yet; `seconds` bounds each statement, `seals` opens and seals what the map says is sealed."""
        self.store = store
        self.url = url
        self.native = native
        self.seconds = seconds
        self.seals = seals or NoSeals()
        self.round = 0
        """How often the tables were looked at anew; what was made from their shapes holds for one round."""
        self._looked_at = 0.0
        self._shapes: dict[Table, Shape] = {}
        self._all = False
        self._design: tuple[object, float] = (None, 0.0)
        """What the tables' design was when they were looked at, where the store says, and when that was."""
        self._doubted = False
        self._engine: sa.Engine | None = None

    @contextmanager
    def connected(self, what: str, changed: str = NOTHING_CHANGED) -> Iterator[sa.Connection]:
        """Lend a connection outside any transaction. A driver's error leaves as a SourceError about `what`."""
        if self._engine is None:
            self._engine = self.native.engine(self.url)
        with self.told(what, changed), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def told(self, what: str, changed: str = NOTHING_CHANGED) -> Iterator[None]:
        """Turn a driver's error into a SourceError about `what`."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self.failed(self.native.trouble(error.orig or error), what, changed) from None
        except UnicodeDecodeError:
            raise self.failed(Troubled(trouble=Trouble.OTHER, detail="text in another encoding"), what, changed) from None

    @contextmanager
    def reading(self, what: str) -> Iterator[sa.Connection]:
        """Lend a connection in a read-only transaction with the time limit."""
        with self.connected(what) as connection, self.looking(connection):
            yield connection

    @contextmanager
    def looking(self, connection: sa.Connection) -> Iterator[None]:
        """Run a block as one read-only transaction with the time limit."""
        self.native.begin(connection, read_only=True, seconds=self.seconds)
        try:
            yield
        finally:
            _rollback(connection)

    @contextmanager
    def batch(self, connection: sa.Connection, seconds: float) -> Iterator[None]:
        """Run a block as one transaction, committed at its end. Raises LostBatch, nothing of it left, when the store refuses."""
        try:
            self.native.begin(connection, read_only=False, seconds=seconds)
            yield
            connection.exec_driver_sql("COMMIT")
        except sa.exc.DBAPIError as error:
            _rollback(connection)
            raise LostBatch(self.native.trouble(error.orig or error)) from None
        except BaseException:
            _rollback(connection)
            raise

    def where(self, connection: sa.Connection) -> Where:
        """Return what composes conditions on a connection, for one question or change. It knows the tables that were read since
        `look_anew`: reading a table's shape costs a server more than most questions do.
        """
        self._forget_changed(connection)
        return Where(native=self.native, connection=connection, seals=self.seals, _shapes=self._shapes)

    def look_anew(self, *, older: float = 0.0) -> None:
        """Forget what the tables looked like: a round of questions begins, or a change.

        What was forgotten less than `older` seconds ago stays: the changes of one batch of people are those of the next.
        """
        if older and time.monotonic() - self._looked_at < older:
            return
        self._looked_at = time.monotonic()
        self._doubted = True

    def _forget_changed(self, connection: sa.Connection) -> None:
        """Forget what is doubted, unless the store says that its tables look as they did."""
        if not self._doubted:
            return
        self._doubted = False
        design, (before, since) = self.native.design(connection), self._design
        if design is not None and design == before and time.monotonic() - since < HELD_SECONDS:
            return
        self._design = (design, time.monotonic())
        self._shapes.clear()
        self._all = False
        self.round += 1

    def unknown(self, tables: Iterable[Table]) -> list[Table]:
        """Return those of the tables that were not looked at since `look_anew`."""
        return [table for table in tables if table not in self._shapes]

    def look(self, connection: sa.Connection, tables: Iterable[Table]) -> None:
        """Look at the unknown ones of the tables, all at once; what is not there stays unknown."""
        self._forget_changed(connection)
        if missing := self.unknown(tables):
            self._shapes.update({shape.table: shape for shape in self.native.shapes(connection, self.store, missing)})

    def look_at_all(self, connection: sa.Connection) -> list[Shape]:
        """Look at every table, and return them."""
        self._forget_changed(connection)
        if not self._all:
            self._shapes.update({shape.table: shape for shape in self.native.shapes(connection, self.store)})
            self._all = True
        return list(self._shapes.values())

    def failed(self, troubled: Troubled, what: str, changed: str = NOTHING_CHANGED) -> SourceError:
        """Return the error to raise for a trouble."""
        return sentence(troubled, store=self.store, what=what, changed=changed)

    def close(self) -> None:
        """Let go of every connection."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _rollback(connection: sa.Connection) -> None:
    if connection.closed or connection.invalidated:
        return
    try:
        connection.exec_driver_sql("ROLLBACK")
    except sa.exc.DBAPIError:
        connection.invalidate()
