"""Connections to servers that lie in a pool: lent again while they are fresh."""

from __future__ import annotations

import time
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["stay_fresh"]

QUIET_SECONDS: Final = 1.0
"""After so long a connection is tried before it is lent: the server may have been started anew."""
IDLE_SECONDS: Final = 30.0
"""After so long it is not even tried. What lies between us and a server forgets an idle connection after some minutes, without a
word to either, and a question put to it hangs for a quarter of an hour. A worker lives for weeks, and keeps its stores open."""


def stay_fresh(engine: sa.Engine) -> None:
    """Make a new connection in the place of one that was cut while nobody used it, or that nobody used for `IDLE_SECONDS`.

    SQLAlchemy's own `pool_pre_ping` asks at every lending, which is a trip more for each question, and asks a forgotten one too;
    `pool_recycle` looks at a connection's age, and not at how long it lay there.
    """

    @sa.event.listens_for(engine, "checkin")
    def leave(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["kept_left"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def look(connection: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        quiet = time.monotonic() - record.info.get("kept_left", time.monotonic())
        if quiet > IDLE_SECONDS or (quiet > QUIET_SECONDS and not _answers(engine.dialect, connection)):
            raise sa.exc.DisconnectionError("it was cut, or may have been")


def _answers(dialect: sa.Dialect, connection: Any) -> bool:
    try:
        return dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        return False
