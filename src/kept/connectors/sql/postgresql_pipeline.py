"""Many statements in one round trip to PostgreSQL, by libpq's pipeline mode, in a read-only transaction of their own.

Statements are prepared once a connection, under a name made from their text. Behind a connection pooler a connection may meet what
another has prepared: under such a name it is the same statement, or none, and never another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Wait
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from .native import PLACE, Asked

__all__ = ["in_one_trip"]

MOST_PREPARED = 256
"""How many statements are prepared on one connection; more are sent whole each time."""
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
PREPARED = "kept_prepared"
POOLED = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
"""What prepared statements meet behind a pooler that does not know of them; nothing is prepared on that connection then."""
BAD = pq.ConnStatus.BAD
DONE, ROWS, SYNC = pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.PIPELINE_SYNC


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A statement as the server takes it, its name, and for each place which of the values goes there, or what always does."""

    text: bytes
    name: bytes
    order: tuple[int | bytes, ...]


def _named(text: str, order: Sequence[int | bytes]) -> Ready:
    raw = text.encode()
    return Ready(text=raw, name=b"kept_" + hashlib.sha256(raw).hexdigest()[:40].encode(), order=tuple(order))


LIMITS = _named("SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)", (0, 1))


@lru_cache(maxsize=1_000)
def _ready(statement: sa.Select[Any], most: int) -> Ready:
    """Return a statement, with at most so many rows, as the server takes it."""
    compiled = statement.limit(sa.literal_column(str(most))).compile(dialect=DIALECT)
    places = compiled.positiontup or ()
    always = {name: _written(value) for name, value in compiled.params.items() if not name.startswith(PLACE)}
    return _named(str(compiled), [always[name] if name in always else int(name.removeprefix(PLACE)) for name in places])


def in_one_trip(connection: sa.Connection, statements: Sequence[Asked], *, seconds: float) -> list[list[Any]] | None:
    """Return the rows of each statement, None where one of them failed; see `Native.in_one_trip`."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, psycopg.Connection):
        return None
    milliseconds = max(1, int(seconds * 1000))
    asked = [(LIMITS, [b"%d" % milliseconds, b"%d" % max(1, milliseconds // 2)])]
    try:
        for statement, values, most in statements:
            one = _ready(statement, most)
            asked.append((one, [place if isinstance(place, bytes) else _written(values[place]) for place in one.order]))
    except UnicodeEncodeError:  # half of a surrogate pair, which no text of the store can hold
        return None
    prepared: set[bytes] | None = connection.info.setdefault(PREPARED, set())
    try:
        results = driver.wait(_converse(driver.pgconn, asked, prepared))
    except psycopg.Error:
        connection.invalidate()
        return None
    except BaseException:
        connection.invalidate()
        raise
    try:
        return _loaded(driver, results)[1:]
    except POOLED:
        connection.info[PREPARED] = None
    except psycopg.errors.FeatureNotSupported:  # a table was altered, and what is prepared gives other columns than it did
        connection.invalidate()
    except (psycopg.Error, ValueError, OverflowError, NotImplementedError):
        pass  # whoever reads by itself says why
    return None


def _written(value: object) -> bytes:
    """Return a value as PostgreSQL reads it; the statement says its type."""
    return str(value).encode()


def _converse(pgconn: PGconn, asked: Iterable[tuple[Ready, Sequence[bytes]]], prepared: set[bytes] | None) -> PQGen[list[PGresult]]:
    """Ask everything and return one result for each, in order: rows, or an error.

    `prepared` are the names that the server knows, and learns; with None every statement is sent whole. Nothing is open afterwards,
    whatever happened: the transaction is rolled back.
    """
    making: dict[bytes, int] = {}
    wanted: list[int] = []
    pgconn.enter_pipeline_mode()
    pgconn.send_query_params(b"BEGIN READ ONLY", None)
    sent = 1
    for one, values in asked:
        known = prepared is not None and (one.name in prepared or one.name in making)
        if prepared is not None and not known and len(prepared) + len(making) < MOST_PREPARED:
            pgconn.send_prepare(one.name, one.text)
            making[one.name] = sent
            sent, known = sent + 1, True
        if known:
            pgconn.send_query_prepared(one.name, values)
        else:
            pgconn.send_query_params(one.text, values)
        wanted.append(sent)
        sent += 1
    pgconn.pipeline_sync()
    pgconn.send_query_params(b"ROLLBACK", None)
    pgconn.pipeline_sync()
    results = yield from _received(pgconn, syncs=2)
    pgconn.exit_pipeline_mode()
    if prepared is not None:
        prepared.update(name for name, at in making.items() if results[at].status == DONE)
    return [results[at] for at in wanted]


def _received(pgconn: PGconn, *, syncs: int) -> PQGen[list[PGresult]]:
    results: list[PGresult] = []
    while syncs:
        while pgconn.flush():
            yield Wait.RW
            pgconn.consume_input()
        if pgconn.is_busy():
            yield Wait.R
            pgconn.consume_input()
            continue
        result = pgconn.get_result()
        if result is not None and result.status == SYNC:
            syncs -= 1
        elif result is not None:
            results.append(result)
        if pgconn.status == BAD:
            raise psycopg.OperationalError("the connection was lost")
    return results


def _loaded(connection: psycopg.Connection[Any], results: Iterable[PGresult]) -> list[list[Any]]:
    """Return the rows of each result as psycopg reads them. Raises psycopg.Error for a result that is an error."""
    reading = Transformer(connection)
    found: list[list[Any]] = []
    for result in results:
        if result.status != ROWS:
            raise psycopg.errors.error_from_result(result)
        reading.set_pgresult(result)
        found.append(reading.load_rows(0, result.ntuples, tuple))
    return found
