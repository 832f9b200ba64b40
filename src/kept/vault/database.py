"""The keys database: SQLite in a file of its own, or PostgreSQL by URL, reached without Django, because companies' own programs
use it.

On SQLite, deleted bytes are overwritten (`secure_delete`) and the journal is truncated after keys were destroyed. PostgreSQL keeps
deleted rows until a vacuum, and in its log and backups after that: rotating the key-encryption key turns those into noise.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa

from kept.base.changes import VAULT as STORE
from kept.base.errors import NOTHING_CHANGED, KeysUnreachable, Refused

from .forks import after_fork
from .schema import METADATA

__all__ = ["KeysDatabase", "url_of"]

WAIT_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 5
PRIVATE: Final = 0o600
LISTED: Final = 500
"""How many keys a statement lists."""
DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
CONNECT: Final = {
    "application_name": "kept-vault",
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How a server that is cut off is noticed within seconds (the last is in milliseconds). The URL may say otherwise."""
TRUNCATE_TRIES: Final = 20
TRUNCATE_WAIT: Final = 50
"""Milliseconds that each try waits for readers; one that is stuck must not hold up whoever destroys keys."""
ORDER: Final = 0x6B657074
"""The number of the advisory lock on PostgreSQL that orders changes of keys."""


def url_of(text: str) -> sa.URL:
    """Return a keys database's URL. Raises Refused, which does not repeat it, for one that cannot be read or is of another kind."""
    todo = "Write it as postgresql://account:password@host/database or sqlite:///path, or leave it out for a file in .kept/vault."
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise Refused("the URL of the keys database cannot be read", todo=todo) from None
    if url.get_backend_name() not in DRIVERS or not url.database:
        raise Refused("the keys database must be PostgreSQL or SQLite, and have a name", todo=todo)
    return url.set(drivername=DRIVERS[url.get_backend_name()])


class KeysDatabase:
    """Opens connections to the keys database; what the database says wrong leaves as KeysUnreachable."""

    def __init__(self, url: sa.URL) -> None:
        """Connect to nothing yet."""
        self.url = url
        self.embedded = url.get_backend_name() == "sqlite"
        self._engine = self._embedded_engine() if self.embedded else self._served_engine()
        after_fork(self._forked)

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""
        return Path(str(self.url.database)) if self.embedded else None

    def make(self) -> None:
        """Make the tables that are not there; a new file can be read by its owner alone."""
        if self.path is not None and not self.there():
            with _told(NOTHING_CHANGED):
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.path.touch(mode=PRIVATE)
        with self.writing(alone=True) as connection:
            METADATA.create_all(connection)

    def there(self) -> bool:
        """Return whether the file is there; a server is taken to be. Raises KeysUnreachable where this account may not look."""
        with _told(NOTHING_CHANGED):
            return self.path is None or self.path.exists()

    def exists(self) -> bool:
        """Return whether there is a vault here. Raises KeysUnreachable when that cannot be told."""
        if not self.there():
            return False
        with self.reading() as connection:
            return sa.inspect(connection).has_table("kept_vault")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Lend a connection to read from."""
        with _told(NOTHING_CHANGED), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def writing(self, changed: str = NOTHING_CHANGED, *, alone: bool = False) -> Iterator[sa.Connection]:
        """Lend a connection in a transaction, committed at the end; `alone`, it has the only right to write from its beginning.

        On SQLite it always has. Whatever writes to the list of events is alone: events are read by their numbers, and one with a
        lower number that were committed after one with a higher would be passed over.
        """
        with _told(changed), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if self.embedded else "BEGIN")
            try:
                if not self.embedded:
                    lock = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
                    limit = sa.func.set_config("lock_timeout", f"{WAIT_SECONDS * 1000:.0f}ms", True)
                    connection.execute(sa.select(limit, lock(ORDER)))
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def shred(self) -> bool:
        """Overwrite what was deleted, as far as the database lets us; return whether no deleted bytes are left in its own files."""
        if not self.embedded:
            with contextlib.suppress(KeysUnreachable, sa.exc.SQLAlchemyError), self._engine.connect() as connection:
                connection.exec_driver_sql("VACUUM kept_key, kept_escrow")
            return False
        with contextlib.suppress(sa.exc.SQLAlchemyError), self._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {TRUNCATE_WAIT}")
            try:
                for _ in range(TRUNCATE_TRIES):
                    if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar() == 0:
                        return True
                    time.sleep(TRUNCATE_WAIT / 1000)
            finally:
                if not connection.invalidated:
                    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(WAIT_SECONDS * 1000)}")
        return False

    def faults(self) -> list[str]:
        """Return what is wrong with the file's permissions; nothing on a server."""
        if self.path is None or not self.there():
            return []
        found = []
        for path in (self.path, self.path.parent):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                found.append(f"{path} may be used by other accounts than its owner (mode {mode:o})")
        return found

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _forked(self) -> None:
        self._engine.dispose(close=False)

    def _embedded_engine(self) -> sa.Engine:
        path = str(self.url.database)

        def connect() -> sqlite3.Connection:
            uri = f"file:{quote(path)}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                    connection.execute(f"PRAGMA {pragma}")
            except sqlite3.Error:
                connection.close()
                raise
            return connection

        engine = sa.create_engine(
            "sqlite://", creator=connect, poolclass=sa.QueuePool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        sa.event.listen(engine, "connect", lambda _, record: record.info.update(file=_file_at(path)))
        sa.event.listen(engine, "checkout", lambda _, record, __: _refuse_other_file(record.info["file"], path))
        return engine

    def _served_engine(self) -> sa.Engine:
        return sa.create_engine(
            self.url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={name: value for name, value in CONNECT.items() if name not in self.url.query},
        )


@contextmanager
def _told(changed: str) -> Iterator[None]:
    """Tell a database's error in sentences."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        happened, todo = _sentence(str(error.orig or error))
    except sa.exc.TimeoutError:
        happened, todo = _sentence("busy")  # more threads at once than connections, for half a minute
    except OSError as error:
        happened, todo = (
            f"the keys database may not be used ({error.strerror})",
            "Make room, or give this account the right to its folder.",
        )
    else:
        return
    raise KeysUnreachable(happened, store=STORE, todo=todo, changed=changed)


def _sentence(said: str) -> tuple[str, str]:
    said = (said.strip().splitlines() or [""])[0]
    for signs, happened, todo in KNOWN:
        if any(sign in said.lower() for sign in signs):
            return f"the keys database {happened}", todo
    return f"the keys database refused a statement ({said[:120]})", "See that it is up and that its tables are Kept's own."


KNOWN: Final = (
    (
        ("unable to open", "does not exist"),
        "is missing or may not be opened",
        "Restore it from its backup, or correct [vault] keys in kept.toml; without it nothing sealed can be opened.",
    ),
    (
        ("readonly", "read-only", "permission denied"),
        "may not be written",
        "Give this account the right to write there, and in its folder where it is a file.",
    ),
    (("is full", "no space"), "is full", "Make room; what is sealed can still be opened."),
    (("not a database", "malformed"), "is damaged", "Restore it from its backup."),
    (
        ("no such table", "no such column"),
        "is not one of Kept's, or not whole",
        "Make it with `kept vault init`, or restore it from its backup.",
    ),
    (("locked", "busy", "lock timeout", "deadlock"), "was busy for too long", "See what else writes to it, and try again."),
    (
        ("refused", "could not connect", "timeout", "connection", "terminating"),
        "cannot be reached",
        "See that its server is up; keys already in memory go on.",
    ),
)


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path would cost more than the call
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _refuse_other_file(opened: tuple[int, int] | None, path: str) -> None:
    """Have the pool connect anew where another file has been put in the place of the one that is open: a restored backup.

    Keys made in a file that has no name any more would be lost with the process.
    """
    if _file_at(path) != opened:
        raise sa.exc.DisconnectionError


def _roll_back(connection: sa.Connection) -> None:
    if connection.closed or connection.invalidated:
        return
    with contextlib.suppress(sa.exc.DBAPIError):
        connection.exec_driver_sql("ROLLBACK")
