"""What differs on SQLite: a file, no roles, rowids to walk by, and columns that may hold anything."""

# ruff: noqa: ARG002 - every dialect implements all of `Native`, and not every one needs every argument
from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from kept.base.changes import Revoke
from kept.base.conditions import ClockUnit, Key
from kept.base.names import Table
from kept.base.questions import ColumnInfo, Grants, Location

from . import sqlite_file
from .clocks import epoch
from .failures import Trouble, Troubled
from .forms import as_integer, plain_forms
from .native import Address, Asked, Clause, NewRow, Span
from .sampling import spread
from .shape import Shape
from .sqlite_schema import read_shapes

__all__ = ["Sqlite"]

LAST = datetime(9999, 12, 28, tzinfo=UTC)
WAIT_SECONDS = 10.0
STEPS = 20_000
"""Steps of SQLite's machine between two looks at the time."""
TROUBLES = {
    "SQLITE_BUSY": Trouble.LOCKED,
    "SQLITE_LOCKED": Trouble.LOCKED,
    "SQLITE_INTERRUPT": Trouble.TIMEOUT,
    "SQLITE_CANTOPEN": Trouble.UNREACHABLE,
    "SQLITE_NOTADB": Trouble.UNREADABLE,
    "SQLITE_CORRUPT": Trouble.UNREADABLE,
    "SQLITE_READONLY": Trouble.READ_ONLY,
    "SQLITE_PERM": Trouble.DENIED,
    "SQLITE_AUTH": Trouble.DENIED,
    "SQLITE_CONSTRAINT_FOREIGNKEY": Trouble.FOREIGN_KEY,
    "SQLITE_CONSTRAINT_TRIGGER": Trouble.CONSTRAINT,
}


class Sqlite:
    """SQLite, by Python's own driver."""

    title = "SQLite"
    first = 1_000
    limits = False
    groups = False
    pipelines = False
    listed = 1_000
    chunked = False
    rowwise = False
    waits = False

    def engine(self, url: sa.URL) -> sa.Engine:
        """Open the file only if it is there; a connection to one that is not there any more is not used again."""
        path = str(url.database)

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                f"file:{quote(path)}?mode=rw", uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA foreign_keys = ON")
            return connection

        engine = sa.create_engine(
            "sqlite://",
            creator=connect,
            poolclass=sa.QueuePool,
            pool_size=1,
            max_overflow=-1,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        sa.event.listen(engine, "connect", lambda _, record: sqlite_file.remember(path, record))
        sa.event.listen(engine, "checkout", lambda _, record, __: sqlite_file.see(path, record))
        return engine

    def location(self, url: sa.URL) -> Location:
        """A file is on this machine."""
        return Location(host="localhost", on_this_machine=True)

    def begin(self, connection: sa.Connection, *, read_only: bool, seconds: float) -> None:
        """Begin; a writer takes its lock at once, so that it never has to wait in the middle."""
        self.limit(connection, seconds)
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """Interrupt whatever still runs after so many seconds from now."""
        driver = connection.connection.dbapi_connection
        if isinstance(driver, sqlite3.Connection):
            end = time.monotonic() + seconds
            driver.set_progress_handler(lambda: time.monotonic() > end, STEPS)

    def impatient(self, connection: sa.Connection) -> None:
        """A writer holds the only lock from its beginning."""

    def in_one_trip(self, connection: sa.Connection, statements: Sequence[Asked], *, seconds: float) -> list[list[Any]] | None:
        """There is no such way."""
        return None

    def trouble(self, error: BaseException) -> Troubled:
        """Sort by SQLite's own error names."""
        name = str(getattr(error, "sqlite_errorname", "") or "")
        known = next((trouble for sign, trouble in TROUBLES.items() if name.startswith(sign)), None)
        if known is not None:
            return Troubled(trouble=known, detail="no such file, or no right to open it" if known is Trouble.UNREACHABLE else "")
        if name.startswith("SQLITE_CONSTRAINT"):
            return Troubled(trouble=Trouble.CONSTRAINT, detail=name.removeprefix("SQLITE_CONSTRAINT").strip("_").lower())
        if str(error).startswith(("no such table", "no such column")):
            return Troubled(trouble=Trouble.MISSING)
        return Troubled(trouble=Trouble.OTHER, detail=name or type(error).__name__)

    def shapes(self, connection: sa.Connection, store: str, only: Sequence[Table] | None = None) -> list[Shape]:
        """Read `sqlite_master` and the pragmas."""
        return read_shapes(connection, store, only)

    def design(self, connection: sa.Connection) -> object:
        """The statements that made everything, as `sqlite_master` has them."""
        return tuple(map(tuple, connection.exec_driver_sql("SELECT name, sql FROM sqlite_master")))

    def forms(self, info: ColumnInfo, value: Key | bool) -> tuple[Any, ...]:
        """A column without a strict type may hold a key as a number or as text."""
        whole = as_integer(value)
        if info.type in ("text", "integer", "decimal", "boolean"):
            return tuple(int(form) if isinstance(form, bool) else form for form in plain_forms(info.type, value))
        return (str(value),) if whole is None else (whole, str(value))

    def comparable(self, column: sa.ColumnElement[Any], info: ColumnInfo) -> sa.ColumnElement[Any]:
        """Compare as it is."""
        return column

    def staged(self, connection: sa.Connection, column: sa.ColumnElement[Any], info: ColumnInfo, forms: Sequence[Any]) -> Clause:
        """Hand over the keys as one JSON text, which SQLite turns into an indexed list; this needs no right to write."""
        keys = sa.func.json_each(json.dumps(list(forms))).table_valued("value")
        return column.in_(sa.select(keys.c.value))

    def starts_with(self, column: sa.ColumnElement[Any], prefix: str) -> Clause:
        """Compare the beginning, because LIKE does not mind letter case here."""
        return sa.func.substr(column, 1, len(prefix)) == prefix

    def older(self, shape: Shape, column: str, cutoff: datetime, unit: ClockUnit) -> Clause:
        """Compare Julian days for dates, numbers for seconds.

        Whatever zone a text is in, it cannot be older if its day is two days younger, and texts compare faster than days.
        """
        held = shape.column(column)
        if unit != "timestamp":
            return sa.and_(_numeric(held), held < epoch(cutoff, unit))
        moment = cutoff.astimezone(UTC)
        sieve = held < (min(moment, LAST) + timedelta(days=2)).date().isoformat()
        before = sa.func.julianday(held) < sa.func.julianday(moment.replace(tzinfo=None).isoformat(" "))
        return sa.and_(sieve, before, _dated(held))

    def no_clock(self, shape: Shape, column: str, unit: ClockUnit) -> Clause:
        """Whatever does not read as a date, or is no number, has no clock."""
        held = shape.column(column)
        return _moment(held).is_(None) if unit == "timestamp" else sa.not_(_numeric(held))

    def clock_fault(self, connection: sa.Connection, shape: Shape, column: str, unit: ClockUnit) -> str:
        """Look at the values where the type does not say enough. Here every number is less than every text, the empty one too."""
        kind, held = shape.described(column).type, shape.column(column)
        if unit != "timestamp":
            return "" if kind in ("integer", "decimal", "timestamp", "other") else "holds no numbers"
        if kind in ("integer", "decimal"):
            return "holds numbers without a unit, not a time"
        if kind in ("date", "timestamp"):
            return "holds numbers without a unit, not a time" if _any(connection, shape, held < "") else ""
        if kind not in ("text", "other"):
            return f"holds {kind}, not a time"
        unread = sa.and_(held.is_not(None), _moment(held).is_(None))
        return "holds text, not a time" if _any(connection, shape, unread) else ""

    def readable(self, column: sa.ColumnElement[Any], info: ColumnInfo, length: int | None = None) -> sa.ColumnElement[Any]:
        """Take cells as they are; a cut cell keeps being text or bytes."""
        return column if length is None else sa.func.substr(column, 1, length)

    def exactly(self, readable: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Compare without what a column's collation leaves out."""
        return readable.collate("BINARY")

    def small(self, connection: sa.Connection, readable: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Clause] | None:
        """Here `lower` knows ASCII only; where a text has another length in bytes, or ends at a zero sign, it has more."""
        longer = sa.func.length(sa.cast(readable, sa.LargeBinary())) != sa.func.length(readable)
        return sa.func.lower(readable), sa.or_(longer, sa.func.typeof(readable) == "blob")

    def holds(self, text: sa.ColumnElement[Any], part: str) -> Clause:
        """Look for it."""
        return sa.func.instr(text, part) > 0

    def written(self, info: ColumnInfo, text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Any column takes a text."""
        return text

    def random_hex(self) -> sa.ColumnElement[str]:
        """Eight random bytes."""
        return sa.func.lower(sa.func.hex(sa.func.randomblob(8)))

    def span(self, connection: sa.Connection, shape: Shape, start: Any, size: int) -> Span | None:
        """Walk by rowid, or by the primary key of a table without one."""
        if start is _END or not shape.address:
            return None
        place = sa.tuple_(*shape.address)
        after: list[Clause] = [place > sa.tuple_(*map(sa.literal, start))] if start is not None else []
        end = connection.execute(
            sa.select(*shape.address).select_from(shape.source).where(*after).order_by(*shape.address).offset(size - 1).limit(1)
        ).first()
        if end is None:
            return Span(clause=sa.and_(sa.true(), *after), end=_END)
        return Span(clause=sa.and_(*after, place <= sa.tuple_(*map(sa.literal, end))), end=tuple(end))

    def limited(self, statement: Any, limit: int | None) -> Any:
        """Every walk here is by key, so there is no limit."""
        return statement

    def named(self, shape: Shape, addresses: Sequence[Address]) -> Clause:
        """List the rowids or keys."""
        if len(shape.address) == 1:
            return shape.address[0].in_([address[0] for address in addresses])
        return sa.tuple_(*shape.address).in_([tuple(address) for address in addresses])

    def rewrite(self, connection: sa.Connection, shape: Shape, columns: Sequence[str], rows: Sequence[NewRow]) -> int:
        """Run one prepared statement over the rows; inside one process that is what a set would be elsewhere."""
        places: list[sa.BindParameter[Any]] = [sa.bindparam(f"kept_place_{at}") for at in range(len(shape.address))]
        same = [part == place for part, place in zip(shape.address, places, strict=True)]
        written: dict[Any, Any] = {shape.column(name): sa.bindparam(f"kept_new_{at}") for at, name in enumerate(columns)}
        statement = sa.update(shape.source).where(*same).values(written)
        given = [
            {f"kept_place_{at}": part for at, part in enumerate(address)}
            | {f"kept_new_{at}": value for at, value in enumerate(values)}
            for address, values in rows
        ]
        return connection.execute(statement, given).rowcount if given else 0

    def room(self, info: ColumnInfo) -> int | None:
        """Declared lengths mean nothing here."""
        return None

    def sample(self, connection: sa.Connection, shape: Shape, columns: Sequence[Any], rows: int) -> Iterator[sa.Select[Any]]:
        """Read stretches of rowids spread over the table; without rowids, rows picked by chance."""
        if shape.key or not shape.address:
            picked = sa.func.abs(sa.func.random()) % sa.literal(max(1, (shape.info.rows or 0) // max(rows, 1)))
            yield sa.select(*columns).select_from(shape.source).where(picked == 0).limit(rows)
            return
        yield from spread(connection, shape.source, shape.address[0], columns, rows)

    def grants(self, connection: sa.Connection, url: sa.URL) -> Grants:
        """Read the file's permissions."""
        return sqlite_file.grants(url)

    def revoke(self, connection: sa.Connection, url: sa.URL, change: Revoke) -> None:
        """Change the file's permissions."""
        sqlite_file.revoke(url, change)

    def part_rows(self, connection: sa.Connection, shape: Shape, partition: str) -> int | None:
        """There are no partitions."""
        return None

    def drop_part(self, connection: sa.Connection, shape: Shape, partition: str) -> None:
        """There is nothing to drop."""

    def made_from(self, connection: sa.Connection, store: str, tables: Sequence[Table]) -> Sequence[tuple[Table, str]]:
        """SQLite keeps nothing that a view holds."""
        return ()

    def pointing_here(self, connection: sa.Connection, shape: Shape, troubled: Troubled) -> str:
        """SQLite does not say who refused: name everyone who could have."""
        name = shape.table.name.lower()
        others = self.shapes(connection, shape.table.store)
        return " or ".join(str(one.table) for one in others if any(key.to.name.lower() == name for key in one.info.foreign_keys))


_END = object()


def _any(connection: sa.Connection, shape: Shape, clause: Clause) -> bool:
    return connection.execute(sa.select(sa.literal(1)).select_from(shape.source).where(clause).limit(1)).first() is not None


def _numeric(held: sa.ColumnElement[Any]) -> Clause:
    return sa.func.typeof(held).in_(["integer", "real"])


def _moment(held: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    """Return the Julian day of a text that is written like a date, else NULL.

    `julianday` reads bare numbers, times and `now` as well; none of those has a hyphen in the fifth and the eighth place.
    """
    return sa.case((_dated(held), sa.func.julianday(held)), else_=None)


def _dated(held: sa.ColumnElement[Any]) -> Clause:
    return sa.and_(sa.func.substr(held, 5, 1) == "-", sa.func.substr(held, 8, 1) == "-")
