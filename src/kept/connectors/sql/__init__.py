"""SQL stores: SQLite, PostgreSQL, MariaDB and MySQL, by SQLAlchemy Core."""

from __future__ import annotations

import inspect

import pymysql
import sqlalchemy as sa

from kept.base.errors import SourceError
from kept.base.seals import Seals

from .connector import SqlConnector
from .mariadb import Mariadb
from .native import Native
from .postgresql import Postgresql
from .sqlite import Sqlite

__all__ = ["SCHEMES", "connect"]

NATIVES: dict[str, type[Native]] = {"sqlite": Sqlite, "postgresql": Postgresql, "mysql": Mariadb, "mariadb": Mariadb}
SCHEMES = tuple(NATIVES)


def connect(name: str, url: str, *, timeout_seconds: float, seals: Seals | None = None) -> SqlConnector:
    """Return a connector that has not connected yet. Raises SourceError, which does not repeat the URL, when it cannot be read."""
    todo = "Write it as sqlite:///path, or postgresql://account:password@host/database."
    try:
        read = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # ValueError: a port that is no number
        raise SourceError(f"the URL of the store {name} cannot be read", store=name, todo=todo) from None
    if not read.database:
        raise SourceError(f"the URL of the store {name} names no database", store=name, todo=todo)
    if strange := sorted(_strange_options(read)):
        raise SourceError(
            f"the URL of the store {name} has options that its driver does not know: {', '.join(strange)}", store=name, todo=todo
        )
    return SqlConnector(name, read, NATIVES[read.get_backend_name()](), seconds=timeout_seconds, seals=seals)


def _strange_options(url: sa.URL) -> list[str]:
    """Return the options that PyMySQL takes for a mistake in the program; PostgreSQL's own library judges its own."""
    if NATIVES[url.get_backend_name()] is not Mariadb:
        return []
    known = inspect.signature(pymysql.connect).parameters
    return [option for option in url.query if option not in known and not option.startswith("ssl_")]
