"""Bringing the database to the shape this Kept knows, once, whoever comes first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kept.base.errors import Refused

from .failures import database_errors

__all__ = ["UPGRADE_LOCK", "bring_up_to_date"]

APP = "kept"
UPGRADE_LOCK = 0x6B657074_00000001
"""The number of the advisory lock on PostgreSQL; the first bytes spell "kept"."""


def bring_up_to_date(home: Path, *, whole: bool = False) -> None:
    """Apply the migrations that are missing; `whole` brings the tables of accounts and sessions too, which only pages need.

    Raises Refused where the database is newer than this Kept, else SourceError.
    """
    with database_errors():
        if _missing(whole=whole):
            with _alone(home):
                if missing := _missing(whole=whole):
                    MigrationExecutor(connection).migrate(missing)
                if whole:
                    call_command("createcachetable", verbosity=0)


def _missing(*, whole: bool) -> list[tuple[str, str]]:
    """Return the migrations to go to, none where the database is up to date."""
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    unknown = sorted(name for app, name in executor.loader.applied_migrations if app == APP and (app, name) not in known)
    if unknown:
        raise Refused(
            f"Kept's own database was made by a newer Kept (it has {unknown[-1]}, which this one does not know)",
            todo="Install that newer Kept; an older one would misread its own records.",
        )
    targets = [key for key in executor.loader.graph.leaf_nodes() if whole or key[0] == APP]
    return targets if executor.migration_plan(targets) else []


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep other processes from upgrading at the same time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [UPGRADE_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [UPGRADE_LOCK])
    else:
        with (home / "upgrade.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
