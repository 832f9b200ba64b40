"""SQL stores: SQLite, PostgreSQL, MariaDB and MySQL, by SQLAlchemy Core."""

from __future__ import annotations

import sqlalchemy as sa

from kept.base.errors import SourceError

from .connector import SqlConnector
from .mariadb import Mariadb
from .native import Native
from .postgresql import Postgresql
from .sqlite import Sqlite

__all__ = ["SCHEMES", "connect"]

NATIVES: dict[str, type[Native]] = {"sqlite": Sqlite, "postgresql": Postgresql, "mysql": Mariadb, "mariadb": Mariadb}
SCHEMES = tuple(NATIVES)


def connect(name: str, url: str, *, timeout_seconds: float) -> SqlConnector:
    """Return a connector that has not connected yet. Raises SourceError, which does not repeat the URL, when it cannot be read."""
    todo = "Write it as sqlite:///path, or postgresql://account:password@host/database."
    try:
        read = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise SourceError(f"the URL of the store {name} cannot be read", store=name, todo=todo) from None
    if not read.database:
        raise SourceError(f"the URL of the store {name} names no database", store=name, todo=todo)
    native = NATIVES[read.get_backend_name()]()
    return SqlConnector(name, read, native, seconds=timeout_seconds)
