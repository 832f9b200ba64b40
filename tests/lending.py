"""PostgreSQL databases for tests: empty ones, which are emptied and lent again, and copies of Kept's own with every table in it.

A test has its database for itself. It does not wait for the disk: what was committed survives a process that is killed, not the
loss of power.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from psycopg import sql

__all__ = ["empty_database", "made_database"]

ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
PUBLIC = "CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC"
PLACES = (
    *("pg_class", "pg_type", "pg_proc", "pg_extension", "pg_event_trigger", "pg_publication", "pg_foreign_data_wrapper"),
    *("pg_foreign_server", "pg_cast", "pg_language", "pg_largeobject_metadata", "pg_default_acl", "pg_am"),
)
FIRST_OWN = 16384
"""The first number of what is made in a database, as against what every database has."""
LEFT = " UNION ALL ".join(f"SELECT oid FROM {place} WHERE oid >= {FIRST_OWN}" for place in PLACES)
CHANGED = (
    "SELECT 1 FROM pg_database WHERE datname = current_database() AND datacl IS NOT NULL UNION ALL SELECT 1 FROM pg_db_role_setting"
    " JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database() AND setconfig <> %s"
)
HURRY = ["synchronous_commit=off"]

_idle: dict[str, list[str]] = {}
"""By server, the empty databases that nobody has at the moment."""
_made: dict[tuple[str, str], str] = {}
"""By server and by what they are, the databases that are copied."""


def _administrator(server: sa.URL, database: str = "postgres") -> psycopg.Connection:
    url = server.set(drivername="postgresql", database=database)
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _make(server: sa.URL, template: str = "") -> str:
    name = f"kept_test_{uuid.uuid4().hex[:12]}"
    options = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    with _administrator(server) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), options))
        administrator.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
    return name


def _drop(server: sa.URL, name: str) -> None:
    with _administrator(server) as administrator:
        administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _emptied(server: sa.URL, name: str) -> bool:
    """Take everything out of a database; return whether nothing is left of it by which it would differ from a new one."""
    try:
        with _administrator(server, name) as inside:
            inside.execute(ALONE)
            for (schema,) in inside.execute(SCHEMAS).fetchall():
                inside.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
            inside.execute(PUBLIC)
            return inside.execute(LEFT).fetchone() is None and inside.execute(CHANGED, [HURRY]).fetchone() is None
    except psycopg.Error:
        return False


def _address(server: sa.URL) -> str:
    return server.render_as_string(hide_password=False)


@contextmanager
def empty_database(server: sa.URL) -> Iterator[sa.URL]:
    """Lend the URL of an empty database: emptying one takes a tenth of the time that making one takes."""
    idle = _idle.setdefault(_address(server), [])
    name = idle.pop() if idle else _make(server)
    try:
        yield server.set(drivername="postgresql", database=name)
    finally:
        if _emptied(server, name):
            idle.append(name)
        else:
            _drop(server, name)


@contextmanager
def made_database(server: sa.URL, what: str, make: Callable[[str], None]) -> Iterator[sa.URL]:
    """Lend the URL of a copy of what `make` makes of an empty database, given its URL; it is made once a process, by its name.

    Whoever makes it lets go of it in the end: a database that somebody is connected to cannot be copied.
    """
    known = (_address(server), what)
    if known not in _made:
        template = _make(server)
        _made[known] = template
        make(_address(server.set(drivername="postgresql", database=template)))
    name = _make(server, _made[known])
    try:
        yield server.set(drivername="postgresql", database=name)
    finally:
        _drop(server, name)


def _drop_all(process: int) -> None:
    if os.getpid() != process:
        return
    idle = [(server, name) for server, names in _idle.items() for name in names]
    for server, name in [*idle, *((server, name) for (server, _), name in _made.items())]:
        with contextlib.suppress(psycopg.Error):  # the server may be gone by now
            _drop(sa.make_url(server), name)


atexit.register(_drop_all, os.getpid())
