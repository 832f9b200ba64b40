"""What differs on PostgreSQL: rows have a place (ctid) to walk by, partitions are tables, roles inherit from roles."""

# ruff: noqa: ARG002 - every dialect implements all of `Native`, and not every one needs every argument
from __future__ import annotations

import math
import random
import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, OID

from kept.base.changes import Revoke
from kept.base.conditions import ClockUnit, Key
from kept.base.names import Table
from kept.base.questions import ColumnInfo, Grants, Location

from . import postgresql_rights, postgresql_views
from .clocks import epoch, number_fault
from .failures import Trouble, Troubled
from .forms import plain_forms
from .hosts import location_of
from .native import Address, Asked, Clause, NewRow, Span
from .pools import stay_fresh
from .postgresql_loaders import forgiving
from .postgresql_pipeline import in_one_trip
from .postgresql_schema import TID, Declared, read_shapes
from .shape import Shape, source_of

__all__ = ["Postgresql"]

CONNECT_SECONDS = 10
STRETCHES = 100
WORDED = ("text", "character", "citext", "name")
PROBED = 10
LIMITS = sa.text("SELECT set_config('statement_timeout', :all, true), set_config('lock_timeout', :waiting, true)")
BLOCKS = sa.text(
    """WITH RECURSIVE tree (oid) AS (
        SELECT CAST(:oid AS oid) UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid)
    SELECT coalesce(max(pg_relation_size(oid)), 0) / current_setting('block_size')::bigint FROM tree"""
)
PART = sa.text(
    """SELECT c.oid::bigint, n.nspname, c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_class AS p ON p.oid = i.inhparent
    WHERE i.inhparent = CAST(:oid AS oid) AND c.relispartition
        AND :name = CASE WHEN p.relnamespace <> c.relnamespace THEN n.nspname || '.' ELSE '' END || c.relname"""
)
STATES = {
    "42P01": Trouble.MISSING,
    "42703": Trouble.MISSING,
    "42704": Trouble.MISSING,
    "3F000": Trouble.MISSING,
    "42501": Trouble.DENIED,
    "57014": Trouble.TIMEOUT,
    "55P03": Trouble.LOCKED,
    "40001": Trouble.CLASH,
    "40P01": Trouble.CLASH,
    "23503": Trouble.FOREIGN_KEY,
    "2BP01": Trouble.FOREIGN_KEY,
    "25006": Trouble.READ_ONLY,
    "28P01": Trouble.LOGIN,
    "28000": Trouble.LOGIN,
}
CLASSES = {"23": Trouble.CONSTRAINT, "22": Trouble.CONSTRAINT, "08": Trouble.UNREACHABLE, "57": Trouble.UNREACHABLE}
REACHING = {
    "password authentication failed": Trouble.LOGIN,
    "no pg_hba.conf entry": Trouble.LOGIN,
    "no password supplied": Trouble.LOGIN,
}
REASONS = {
    "refused": "connection refused",
    "does not exist": "no such database or account",
    "resolve": "the host's name is not known",
    "timeout": "no answer in time",
    "not known": "the host's name is not known",
}


class Postgresql:
    """PostgreSQL 14 or later, by psycopg 3; older ones work, but walk each stretch by reading the whole table."""

    title = "PostgreSQL"
    first = 50
    limits = False
    groups = True
    pipelines = True
    listed = 1
    chunked = False
    rowwise = False
    waits = True

    def engine(self, url: sa.URL) -> sa.Engine:
        """Connect by psycopg in UTC; nothing is prepared, so that connection poolers do not mind."""
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=2,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "kept",
                "client_encoding": "utf8",
                "prepare_threshold": None,
                "options": "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601",
            },
        )
        sa.event.listen(engine, "connect", forgiving)
        stay_fresh(engine)
        return engine

    def location(self, url: sa.URL) -> Location:
        """Return what the host's name shows."""
        return location_of(url)

    def begin(self, connection: sa.Connection, *, read_only: bool, seconds: float) -> None:
        """Begin; waiting for a lock takes at most half of the time, so that it is told from being slow."""
        connection.exec_driver_sql("BEGIN READ ONLY" if read_only else "BEGIN")
        self.limit(connection, seconds)

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """Set the limits for this transaction."""
        milliseconds = max(1, int(seconds * 1000))
        connection.execute(LIMITS, {"all": str(milliseconds), "waiting": str(max(1, milliseconds // 2))})

    def impatient(self, connection: sa.Connection) -> None:
        """A millisecond is the least that may be waited."""
        connection.exec_driver_sql("SET LOCAL lock_timeout = 1")

    def in_one_trip(self, connection: sa.Connection, statements: Sequence[Asked], *, seconds: float) -> list[list[Any]] | None:
        """Ask by libpq's pipeline mode."""
        return in_one_trip(connection, statements, seconds=seconds)

    def trouble(self, error: BaseException) -> Troubled:
        """Sort by SQLSTATE; a connection that never came to be has none."""
        state = str(getattr(error, "sqlstate", None) or "")
        if not state:
            text = str(error).lower()
            known = next((trouble for sign, trouble in REACHING.items() if sign in text), None)
            reason = next((reason for sign, reason in REASONS.items() if sign in text), "the connection was lost")
            if isinstance(error, psycopg.OperationalError):
                return Troubled(trouble=known or Trouble.UNREACHABLE, detail=reason)
            return Troubled(trouble=Trouble.OTHER, detail=type(error).__name__)
        trouble = STATES.get(state) or CLASSES.get(state[:2], Trouble.OTHER)
        detail = f"SQLSTATE {state}"
        if trouble is Trouble.FOREIGN_KEY and isinstance(error, psycopg.Error):
            detail = Table(store="-", name=error.diag.table_name or "", schema=error.diag.schema_name or "").local
        return Troubled(trouble=trouble, detail=detail)

    def shapes(self, connection: sa.Connection, store: str, only: Sequence[Table] | None = None) -> list[Shape]:
        """Read the catalogue."""
        return read_shapes(connection, store, only)

    def design(self, connection: sa.Connection) -> object:
        """The catalogue is as dear to ask for a change as for everything."""
        return None

    def forms(self, info: ColumnInfo, value: Key | bool) -> tuple[Any, ...]:
        """One form by type; a text cannot hold NUL here."""
        if info.type == "uuid":
            try:
                return (uuid.UUID(str(value)),)
            except ValueError:
                return ()
        return tuple(form for form in plain_forms(info.type, value) if not (isinstance(form, str) and "\x00" in form))

    def comparable(self, column: sa.ColumnElement[Any], info: ColumnInfo) -> sa.ColumnElement[Any]:
        """Compare other types, enumerations included, by their text."""
        plain = info.type in ("integer", "decimal", "boolean", "uuid")
        return column if plain or _is_words(info) else self.readable(column, info)

    def staged(self, connection: sa.Connection, column: sa.ColumnElement[Any], info: ColumnInfo, forms: Sequence[Any]) -> Clause:
        """Hand over the keys as one array, which the planner hashes or looks up by index; this needs no right to create.

        It hashes only what is of the column's own type.
        """
        kind: sa.types.TypeEngine[Any] = sa.Text()
        if info.declared in ("integer", "smallint"):
            most = 2**31 if info.declared == "integer" else 2**15
            forms = [form for form in forms if -most <= form < most]
            kind = sa.Integer() if info.declared == "integer" else sa.SmallInteger()
        elif info.type in ("integer", "decimal"):
            kind = sa.BigInteger()
        elif info.type in ("boolean", "uuid"):
            kind = sa.Boolean() if info.type == "boolean" else sa.Uuid()
        if isinstance(kind, sa.Integer):  # written out here, since the driver takes ten times as long; of no type until the cast
            numbers = sa.literal(f"{{{','.join(map(str, forms))}}}", sa.types.NULLTYPE)
            return column == sa.any_(sa.cast(numbers, ARRAY(kind)))
        return column == sa.any_(sa.literal(list(forms), ARRAY(kind)))

    def starts_with(self, column: sa.ColumnElement[Any], prefix: str) -> Clause:
        """Compare the beginning, without wildcards."""
        return sa.func.starts_with(column, prefix) if "\x00" not in prefix else sa.false()

    def older(self, shape: Shape, column: str, cutoff: datetime, unit: ClockUnit) -> Clause:
        """Compare in the column's own type, so that an index or partition bound can be used."""
        held = shape.column(column)
        if unit != "timestamp":
            return held < sa.literal(epoch(cutoff, unit), sa.BigInteger())
        declared = shape.described(column).declared
        moment = cutoff.astimezone(UTC)
        if "without time zone" in declared or declared == "date":
            return held < sa.literal(moment.replace(tzinfo=None), sa.DateTime())
        return held < sa.literal(moment, sa.DateTime(timezone=True))

    def no_clock(self, shape: Shape, column: str, unit: ClockUnit) -> Clause:
        """Only NULL has none; the type keeps out the rest."""
        return shape.column(column).is_(None)

    def clock_fault(self, connection: sa.Connection, shape: Shape, column: str, unit: ClockUnit) -> str:
        """The type says it."""
        return number_fault(shape.described(column).type, unit)

    def readable(self, column: sa.ColumnElement[Any], info: ColumnInfo, length: int | None = None) -> sa.ColumnElement[Any]:
        """Return text; addresses without a mask that says nothing, bytes as bytes."""
        text: sa.ColumnElement[Any] = column if info.type == "binary" else sa.cast(column, sa.Text())
        if info.declared == "inet":
            text = sa.func.abbrev(column, type_=sa.Text())
        return text if length is None else sa.func.substr(text, 1, length)

    def small(self, connection: sa.Connection, readable: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Clause] | None:
        """Bytes tell from characters only where the database keeps UTF-8."""
        driver = connection.connection.dbapi_connection
        if not isinstance(driver, psycopg.Connection) or driver.info.parameter_status("server_encoding") != "UTF8":
            return None
        return sa.func.lower(readable.collate("C")), sa.func.octet_length(readable) != sa.func.char_length(readable)

    def holds(self, text: sa.ColumnElement[Any], part: str) -> Clause:
        """Look for it; a text cannot hold NUL here."""
        return sa.func.strpos(text, part) > 0 if "\x00" not in part else sa.false()

    def exactly(self, readable: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Equal texts are the same bytes under nearly every collation; C makes it all."""
        return sa.cast(readable, sa.Text()).collate("C") if isinstance(readable.type, sa.Text) else readable

    def written(self, info: ColumnInfo, text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Cast to the types that do not take a text."""
        return text if info.type == "binary" or _is_words(info) else sa.cast(text, Declared(info.declared))

    def random_hex(self) -> sa.ColumnElement[str]:
        """The last digits of a random UUID."""
        return sa.func.right(sa.func.replace(sa.cast(sa.func.gen_random_uuid(), sa.Text()), "-", ""), 16)

    def span(self, connection: sa.Connection, shape: Shape, start: Any, size: int) -> Span | None:
        """Walk by blocks; a table with partitions walks all of them side by side."""
        at, end = (0, self._blocks(connection, shape)) if start is None else start
        if at >= end or not shape.address:
            return None
        return Span(clause=_blocks_between(shape, at, at + size), end=(at + size, end))

    def _blocks(self, connection: sa.Connection, shape: Shape) -> int:
        return int(connection.execute(BLOCKS, {"oid": shape.oid}).scalar_one())

    def limited(self, statement: Any, limit: int | None) -> Any:
        """Every walk here is by place, so there is no limit."""
        return statement

    def named(self, shape: Shape, addresses: Sequence[Address]) -> Clause:
        """List the places, by partition where there are several."""
        by_part: dict[Any, list[str]] = defaultdict(list)
        for address in addresses:
            by_part[address[:-1]].append(str(address[-1]))
        return sa.or_(
            sa.false(),
            *(sa.and_(*_in_part(shape, part), shape.address[-1] == sa.any_(_places(tids))) for part, tids in by_part.items()),
        )

    def rewrite(self, connection: sa.Connection, shape: Shape, columns: Sequence[str], rows: Sequence[NewRow]) -> int:
        """Join the table with the new values, handed over as one array a column."""
        by_part: dict[Any, list[tuple[str, tuple[Any, ...]]]] = defaultdict(list)
        for address, values in rows:
            by_part[address[:-1]].append((str(address[-1]), values))
        infos = [shape.described(name) for name in columns]
        changed = 0
        for part, pairs in by_part.items():
            given = [_array(info, [values[at] for _, values in pairs]).label(f"new_{at}") for at, info in enumerate(infos)]
            places = sa.func.unnest(_places([place for place, _ in pairs]), type_=TID()).label("place")
            new = sa.select(places, *given).subquery("kept_new")
            written = {shape.column(info.name): self.written(info, new.c[f"new_{at}"]) for at, info in enumerate(infos)}
            statement = sa.update(shape.source).values(written)
            changed += connection.execute(statement.where(*_in_part(shape, part), shape.address[-1] == new.c.place)).rowcount
        return changed

    def room(self, info: ColumnInfo) -> int | None:
        """Only `character(n)` and `character varying(n)` have an end."""
        found = re.fullmatch(r"character(?: varying)?\((\d+)\)", info.declared)
        return int(found[1]) if found else None

    def sample(self, connection: sa.Connection, shape: Shape, columns: Sequence[Any], rows: int) -> Iterator[sa.Select[Any]]:
        """Read stretches of blocks spread over the table, each begun at a place picked by chance."""
        whole = sa.select(*columns).select_from(shape.source)
        blocks = self._blocks(connection, shape) if shape.address else 0
        if not blocks:
            yield whole.limit(rows)
            return
        counted = sa.select(sa.func.count()).select_from(shape.source).where(_blocks_between(shape, 0, PROBED))
        density = max(1.0, connection.execute(counted).scalar_one() / min(PROBED, blocks))
        if shape.info.rows and shape.pages:
            density = max(density, shape.info.rows / shape.pages)
        needed = min(blocks, math.ceil(rows / density * 1.1))
        stretches = min(STRETCHES, needed)
        for at in range(stretches):
            begin, end = blocks * at // stretches, blocks * (at + 1) // stretches
            width = max(1, math.ceil(needed / stretches))
            start = begin + int(random.random() * max(0, end - begin - width + 1))  # noqa: S311 - chance, not secrecy
            wanted = rows * (at + 1) // stretches - rows * at // stretches
            yield whole.where(_blocks_between(shape, start, min(end, start + width))).limit(wanted)

    def grants(self, connection: sa.Connection, url: sa.URL) -> Grants:
        """Read the catalogue's access lists."""
        return postgresql_rights.grants(connection)

    def revoke(self, connection: sa.Connection, url: sa.URL, change: Revoke) -> None:
        """Revoke, or take superuser away."""
        shape = next(iter(self.shapes(connection, change.store, [change.table])), None) if change.table else None
        postgresql_rights.revoke(connection, change, shape)

    def part_rows(self, connection: sa.Connection, shape: Shape, partition: str) -> int | None:
        """Count the partition's own table."""
        part = connection.execute(PART, {"oid": shape.oid, "name": partition}).first()
        if part is None:
            return None
        counted = sa.select(sa.func.count()).select_from(source_of(part.relname, [], part.nspname))
        return int(connection.execute(counted).scalar_one())

    def drop_part(self, connection: sa.Connection, shape: Shape, partition: str) -> None:
        """Drop the partition's own table; waiting for the lock is bounded, the drop itself is not cut off in its middle."""
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        part = connection.execute(PART, {"oid": shape.oid, "name": partition}).first()
        if part is not None:
            table = connection.dialect.identifier_preparer.format_table(source_of(part.relname, [], part.nspname))
            connection.exec_driver_sql(f"DROP TABLE {table}")

    def made_from(self, connection: sa.Connection, store: str, tables: Sequence[Table]) -> Sequence[tuple[Table, str]]:
        """Look for materialized views."""
        return postgresql_views.made_from(connection, store, tables)

    def pointing_here(self, connection: sa.Connection, shape: Shape, troubled: Troubled) -> str:
        """PostgreSQL names the table."""
        schema, _, name = troubled.detail.rpartition(".")
        default = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        return f"{shape.table.store}.{name}" if schema == default else f"{shape.table.store}.{troubled.detail}"


def _place(block: int) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(f"({block},0)", sa.Text()), TID())


def _places(tids: Sequence[str]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(list(tids), ARRAY(sa.Text())), ARRAY(TID()))


def _array(info: ColumnInfo, values: Sequence[Any]) -> sa.ColumnElement[Any]:
    kind: sa.types.TypeEngine[Any] = sa.LargeBinary() if info.type == "binary" else sa.Text()
    return sa.func.unnest(sa.literal(list(values), ARRAY(kind)), type_=kind)


def _is_words(info: ColumnInfo) -> bool:
    """Return whether a column takes and compares plain texts; an array of texts does not."""
    return info.declared.startswith(WORDED) and not info.declared.endswith("[]")


def _blocks_between(shape: Shape, begin: int, end: int) -> Clause:
    place = shape.address[-1]
    return sa.and_(place >= _place(begin), place < _place(end))


def _in_part(shape: Shape, part: Sequence[Any]) -> list[Clause]:
    return [shape.address[0] == sa.cast(sa.literal(int(part[0]), sa.BigInteger()), OID())] if part else []
