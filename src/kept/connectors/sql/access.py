"""Transactions on one store: every statement of the connector runs inside one of these two."""

from __future__ import annotations

from collections.abc import Iterator
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
        self._shapes: dict[Table, Shape] = {}
        self._engine: sa.Engine | None = None

    @contextmanager
    def connected(self, what: str, changed: str = NOTHING_CHANGED) -> Iterator[sa.Connection]:
        """Lend a connection outside any transaction. A driver's error leaves as a SourceError about `what`."""
        if self._engine is None:
            self._engine = self.native.engine(self.url)
        try:
            with self._engine.connect() as connection:
                yield connection
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
        return Where(native=self.native, connection=connection, seals=self.seals, _shapes=self._shapes)

    def look_anew(self) -> None:
        """Forget what the tables looked like: a round of questions begins, or a change."""
        self._shapes.clear()

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
