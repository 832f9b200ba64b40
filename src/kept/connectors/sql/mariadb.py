"""What differs on MariaDB and MySQL: tables lie in the order of their key, text compares by collation, rights have levels."""

# ruff: noqa: ARG002 - every dialect implements all of `Native`, and not every one needs every argument
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import CHAR, VARCHAR

from kept.base.changes import Revoke
from kept.base.conditions import ClockUnit, Key
from kept.base.names import Table
from kept.base.questions import ColumnInfo, Grants, Location

from . import mariadb_rights
from .clocks import epoch, number_fault
from .failures import Trouble, Troubled
from .forms import plain_forms
from .hosts import location_of
from .mariadb_schema import read_shapes
from .native import Address, Asked, Clause, NewRow, Span
from .pools import stay_fresh
from .sampling import spread
from .shape import Shape, source_of

__all__ = ["Mariadb"]

CONNECT_SECONDS = 10
LONGEST_KEY = 768
ROOM = {"tinytext": 255, "tinyblob": 255, "text": 65_535, "blob": 65_535, "mediumtext": 2**24 - 1, "mediumblob": 2**24 - 1}
FIRST_DAY = datetime(1, 1, 1)  # noqa: DTZ001 - a column's literal; what is before it (0000-00-00) is no date
SESSION = (
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
)
COLLATION = sa.text(
    """SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name AND COLUMN_NAME = :column"""
)
TROUBLES = {
    **dict.fromkeys((1054, 1146), Trouble.MISSING),
    **dict.fromkeys((1142, 1143, 1227, 1356, 1370, 1410), Trouble.DENIED),
    **dict.fromkeys((1044, 1045, 1698), Trouble.LOGIN),
    **dict.fromkeys((1317, 1969, 3024), Trouble.TIMEOUT),
    **dict.fromkeys((1205,), Trouble.LOCKED),
    **dict.fromkeys((1020, 1213), Trouble.CLASH),
    **dict.fromkeys((1217, 1451, 1452), Trouble.FOREIGN_KEY),
    **dict.fromkeys((1048, 1062, 1264, 1265, 1292, 1366, 1406, 3819, 4025), Trouble.CONSTRAINT),
    **dict.fromkeys((1290, 1792, 1836), Trouble.READ_ONLY),
    **dict.fromkeys((1040, 1049, 1053, 1129, 1130, 2002, 2003, 2005, 2006, 2013, 2055), Trouble.UNREACHABLE),
}
REASONS = {1040: "too many connections", 1049: "no such database", 2003: "connection refused", 2005: "the host's name is not known"}
POINTING = re.compile(r"\(`(?:[^`]|``)+`\.`((?:[^`]|``)+)`, CONSTRAINT")
_END = object()


class Mariadb:
    """MariaDB 10.5 or later and MySQL 8, by PyMySQL."""

    title = "MariaDB"
    first = 1_000
    limits = True
    groups = True
    pipelines = False
    listed = 1_000
    chunked = True
    rowwise = True
    waits = True

    def engine(self, url: sa.URL) -> sa.Engine:
        """Connect by PyMySQL in UTC and strict mode. A connection that has temporary tables is not lent again: they go with it."""
        engine = sa.create_engine(
            url.set(drivername="mysql+pymysql"),
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=2,
            connect_args={"connect_timeout": CONNECT_SECONDS, "charset": "utf8mb4", "program_name": "kept"},
        )

        @sa.event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: object) -> None:
            with connection.cursor() as cursor:
                for statement in SESSION:
                    cursor.execute(statement)

        @sa.event.listens_for(engine, "checkin")
        def leave(_connection: object, record: Any) -> None:
            if record.info.get("kept_own_tables"):
                record.invalidate()

        stay_fresh(engine)
        return engine

    def location(self, url: sa.URL) -> Location:
        """Return what the host's name shows."""
        return location_of(url)

    def begin(self, connection: sa.Connection, *, read_only: bool, seconds: float) -> None:
        """Begin; waiting for a row or a table takes at most a second."""
        connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1, SESSION lock_wait_timeout = 1")
        self.limit(connection, seconds)
        connection.info["kept_read_only"] = read_only
        connection.exec_driver_sql("START TRANSACTION READ ONLY" if read_only else "START TRANSACTION")

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """Set the limit for the statements that follow; MySQL knows one for SELECT only."""
        if getattr(connection.dialect, "is_mariadb", False):
            connection.execute(sa.text("SET SESSION max_statement_time = :seconds"), {"seconds": round(seconds, 3)})
        else:
            connection.execute(sa.text("SET SESSION max_execution_time = :milliseconds"), {"milliseconds": int(seconds * 1000)})

    def impatient(self, connection: sa.Connection) -> None:
        """MySQL waits a second at least."""
        if getattr(connection.dialect, "is_mariadb", False):
            connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 0")

    def in_one_trip(self, connection: sa.Connection, statements: Sequence[Asked], *, seconds: float) -> list[list[Any]] | None:
        """There is no such way."""
        return None

    def trouble(self, error: BaseException) -> Troubled:
        """Sort by the server's error numbers."""
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        trouble = TROUBLES.get(code, Trouble.OTHER)
        detail = REASONS.get(code, f"error {code}" if code else type(error).__name__)
        if trouble is Trouble.FOREIGN_KEY:
            found = POINTING.search(str(error.args[1]))
            detail = found[1].replace("``", "`") if found else ""
        return Troubled(trouble=trouble, detail=detail)

    def shapes(self, connection: sa.Connection, store: str, only: Sequence[Table] | None = None) -> list[Shape]:
        """Read `information_schema`."""
        return read_shapes(connection, store, only)

    def design(self, connection: sa.Connection) -> object:
        """The catalogue is as dear to ask for a change as for everything."""
        return None

    def forms(self, info: ColumnInfo, value: Key | bool) -> tuple[Any, ...]:
        """One form by type: a text column is never compared with a number, which would match by its first digits."""
        return plain_forms(info.type, value)

    def comparable(self, column: sa.ColumnElement[Any], info: ColumnInfo) -> sa.ColumnElement[Any]:
        """Compare dates and the like by their text."""
        return column if info.type in ("text", "integer", "decimal", "boolean", "uuid") else self.readable(column, info)

    def staged(self, connection: sa.Connection, column: sa.ColumnElement[Any], info: ColumnInfo, forms: Sequence[Any]) -> Clause:
        """Put the keys into a temporary table, before the read-only transaction; where that is refused, list them."""
        reading = connection.info.get("kept_read_only")
        try:
            kind = self._kind(connection, column, info, forms)
            if kind is None:
                return column.in_(list(forms))
            if reading:
                connection.exec_driver_sql("COMMIT")
            connection.info["kept_own_tables"] = True
            keys = sa.Table(f"kept_keys_{uuid.uuid4().hex}", sa.MetaData(), sa.Column("held", kind), prefixes=["TEMPORARY"])
            connection.execute(sa.schema.CreateTable(keys))
            connection.execute(sa.schema.CreateIndex(sa.Index("kept_held", keys.c.held)))
            connection.execute(keys.insert(), [{"held": form} for form in forms])
        except sa.exc.DBAPIError as error:
            if self.trouble(error.orig or error).trouble not in (Trouble.DENIED, Trouble.LOGIN, Trouble.READ_ONLY):
                raise
            return column.in_(list(forms))
        finally:
            if reading:
                connection.exec_driver_sql("START TRANSACTION READ ONLY")
        return column.in_(sa.select(keys.c.held))

    def _kind(
        self, connection: sa.Connection, column: sa.ColumnElement[Any], info: ColumnInfo, forms: Sequence[Any]
    ) -> sa.types.TypeEngine[Any] | None:
        """Return the type for staged keys, which for text must share the column's collation; None when they are too long."""
        if info.type in ("integer", "decimal"):
            return sa.BigInteger()
        longest = max(len(str(form)) for form in forms)
        table = getattr(column, "table", None)
        if longest > LONGEST_KEY or info.type != "text" or table is None:
            return None
        named = getattr(table, "element", table)
        charset, collation = connection.execute(COLLATION, {"name": named.name, "column": info.name}).one()
        return VARCHAR(longest, charset=charset, collation=collation)

    def starts_with(self, column: sa.ColumnElement[Any], prefix: str) -> Clause:
        """Compare the bytes, because collations do not mind letter case."""
        wanted = prefix.encode()
        return sa.func.substr(self.exactly(column), 1, len(wanted)) == sa.literal(wanted, sa.LargeBinary())

    def older(self, shape: Shape, column: str, cutoff: datetime, unit: ClockUnit) -> Clause:
        """Compare as UTC; a zero date is no moment."""
        held = shape.column(column)
        if unit != "timestamp":
            return held < epoch(cutoff, unit)
        moment = cutoff.astimezone(UTC).replace(tzinfo=None)
        return sa.and_(held < sa.literal(moment, sa.DateTime()), held >= sa.literal(FIRST_DAY, sa.DateTime()))

    def no_clock(self, shape: Shape, column: str, unit: ClockUnit) -> Clause:
        """NULL, or a zero date."""
        held = shape.column(column)
        return held.is_(None) if unit != "timestamp" else sa.or_(held.is_(None), held < sa.literal(FIRST_DAY, sa.DateTime()))

    def clock_fault(self, connection: sa.Connection, shape: Shape, column: str, unit: ClockUnit) -> str:
        """The type says it."""
        return number_fault(shape.described(column).type, unit)

    def readable(self, column: sa.ColumnElement[Any], info: ColumnInfo, length: int | None = None) -> sa.ColumnElement[Any]:
        """Return text, bytes as bytes."""
        text = column if info.type in ("text", "binary") else sa.cast(column, sa.CHAR())
        return text if length is None else sa.func.substr(text, 1, length)

    def small(self, connection: sa.Connection, readable: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Clause] | None:
        """A collation by bytes makes letters small without regard to a language."""
        text = sa.cast(readable, CHAR(charset="utf8mb4"))
        return sa.func.lower(text.collate("utf8mb4_bin")), sa.func.octet_length(text) != sa.func.char_length(text)

    def holds(self, text: sa.ColumnElement[Any], part: str) -> Clause:
        """Look for it."""
        return sa.func.instr(text, part) > 0

    def exactly(self, readable: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The bytes in the connection's character set, which is UTF-8."""
        return sa.cast(sa.cast(readable, sa.CHAR()), sa.LargeBinary())

    def written(self, info: ColumnInfo, text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Every type reads a text."""
        return text

    def random_hex(self) -> sa.ColumnElement[str]:
        """Digits of a hash over a UUID and a random number."""
        return sa.func.left(sa.func.sha2(sa.func.concat(sa.func.uuid(), sa.func.rand()), 256), 16)

    def span(self, connection: sa.Connection, shape: Shape, start: Any, size: int) -> Span | None:
        """Walk by the primary (or another complete) key; without one, take any rows until there are no more."""
        if start is _END:
            return None
        if not shape.key:
            return Span(clause=sa.true(), end=_END, limit=size)
        columns = shape.keyed()
        after = [_beyond(columns, start)] if start is not None else []
        chosen = sa.select(*columns).select_from(shape.source).where(*after)
        end = connection.execute(chosen.order_by(*columns).offset(size - 1).limit(1)).first()
        if end is None:
            return Span(clause=sa.and_(sa.true(), *after), end=_END)
        return Span(clause=sa.and_(*after, _upto(columns, end)), end=tuple(end))

    def limited(self, statement: Any, limit: int | None) -> Any:
        """Add LIMIT."""
        return statement if limit is None else statement.with_dialect_options(mysql_limit=limit)

    def named(self, shape: Shape, addresses: Sequence[Address]) -> Clause:
        """List the keys; pairs are written out, because a list of pairs would not use the index."""
        if len(shape.address) == 1:
            return shape.address[0].in_([address[0] for address in addresses])
        return sa.or_(sa.false(), *(_equal(shape.address, address) for address in addresses))

    def rewrite(self, connection: sa.Connection, shape: Shape, columns: Sequence[str], rows: Sequence[NewRow]) -> int:
        """Join the table with the new values, put into a temporary table beside their keys."""
        if not rows:
            return 0
        new = self._beside(connection, shape, columns)
        connection.execute(sa.delete(new))
        names = [column.name for column in new.columns]
        connection.execute(sa.insert(new), [dict(zip(names, (*address, *values), strict=True)) for address, values in rows])
        same = [part == new.c[f"kept_{at}"] for at, part in enumerate(shape.address)]
        given = {shape.column(name): new.c[f"kept_new_{at}"] for at, name in enumerate(columns)}
        return connection.execute(sa.update(shape.source).values(given).where(*same)).rowcount

    def room(self, info: ColumnInfo) -> int | None:
        """Every text has an end; that of the larger kinds is given in bytes, and a sealed value has one byte a character."""
        found = re.fullmatch(r"(?:var)?(?:char|binary)\((\d+)\)", info.declared.lower())
        return int(found[1]) if found else ROOM.get(info.declared.lower())

    def _beside(self, connection: sa.Connection, shape: Shape, columns: Sequence[str]) -> sa.TableClause:
        """Return an empty temporary table with the types and collations of the key and the columns; made once a connection."""
        made: dict[tuple[str, ...], sa.TableClause] = connection.info.setdefault("kept_beside", {})
        if (shape.table.name, *columns) not in made:
            chosen = [part.label(f"kept_{at}") for at, part in enumerate(shape.address)]
            chosen += [shape.column(name).label(f"kept_new_{at}") for at, name in enumerate(columns)]
            new = source_of(f"kept_new_{uuid.uuid4().hex}", [part.name for part in chosen])
            empty = sa.select(*chosen).select_from(shape.source).where(sa.false()).compile(dialect=connection.dialect)
            name = connection.dialect.identifier_preparer.format_table(new)
            connection.info["kept_own_tables"] = True
            connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {name} {empty}")
            made[(shape.table.name, *columns)] = new
        return made[(shape.table.name, *columns)]

    def sample(self, connection: sa.Connection, shape: Shape, columns: Sequence[Any], rows: int) -> Iterator[sa.Select[Any]]:
        """Read stretches of a whole-number key spread over the table; without one, rows picked by chance."""
        if len(shape.key) == 1 and shape.described(shape.key[0]).type == "integer":
            yield from spread(connection, shape.source, shape.keyed()[0], columns, rows)
            return
        share = min(1.0, 1.2 * rows / max(1, shape.info.rows or 1))
        yield sa.select(*columns).select_from(shape.source).where(sa.func.rand() < share).limit(rows)

    def grants(self, connection: sa.Connection, url: sa.URL) -> Grants:
        """Read the privilege tables."""
        return mariadb_rights.grants(connection, str(url.database))

    def revoke(self, connection: sa.Connection, url: sa.URL, change: Revoke) -> None:
        """Revoke on every level."""
        shape = next(iter(self.shapes(connection, change.store, [change.table])), None) if change.table else None
        mariadb_rights.revoke(connection, change, shape)

    def part_rows(self, connection: sa.Connection, shape: Shape, partition: str) -> int | None:
        """Count the rows of the partition alone."""
        if not any(part.name == partition for part in shape.info.partitions):
            return None
        table, part = _table_and_part(connection, shape, partition)
        return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table} PARTITION ({part})").scalar_one())  # noqa: S608 - quoted

    def drop_part(self, connection: sa.Connection, shape: Shape, partition: str) -> None:
        """Drop it; waiting for the table is bounded, the drop itself is not cut off in its middle."""
        table, part = _table_and_part(connection, shape, partition)
        self.limit(connection, 0)
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP PARTITION {part}")

    def made_from(self, connection: sa.Connection, store: str, tables: Sequence[Table]) -> Sequence[tuple[Table, str]]:
        """MariaDB keeps nothing that a view holds."""
        return ()

    def pointing_here(self, connection: sa.Connection, shape: Shape, troubled: Troubled) -> str:
        """MariaDB names the table."""
        return str(Table(store=shape.table.store, name=troubled.detail)) if troubled.detail else ""


def _table_and_part(connection: sa.Connection, shape: Shape, partition: str) -> tuple[str, str]:
    preparer = connection.dialect.identifier_preparer
    return preparer.format_table(shape.source), preparer.quote_identifier(partition)


def _equal(columns: Sequence[sa.ColumnElement[Any]], values: Sequence[Any]) -> Clause:
    return sa.and_(*_equals(columns, values))


def _equals(columns: Sequence[sa.ColumnElement[Any]], values: Sequence[Any]) -> list[Clause]:
    return [column == value for column, value in zip(columns, values, strict=True)]


def _beyond(columns: Sequence[sa.ColumnElement[Any]], values: Sequence[Any]) -> Clause:
    """Written out, because the optimiser reads ranges from this and not from a comparison of tuples."""
    return sa.or_(*(sa.and_(*_equals(columns[:at], values[:at]), columns[at] > values[at]) for at in range(len(columns))))


def _upto(columns: Sequence[sa.ColumnElement[Any]], values: Sequence[Any]) -> Clause:
    below = (sa.and_(*_equals(columns[:at], values[:at]), columns[at] < values[at]) for at in range(len(columns) - 1))
    return sa.or_(*below, sa.and_(*_equals(columns[:-1], values[:-1]), columns[-1] <= values[-1]))
