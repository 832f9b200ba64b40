"""Engines of the tests' own, beside the connectors under test."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["engine_of"]

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql", "mysql": "mysql+pymysql"}
PLAIN = {"ssl_disabled": True}
"""PyMySQL reads all of the machine's certificate authorities for each connection, also where the server offers no TLS."""


def engine_of(url: str | sa.URL) -> sa.Engine:
    """Return an engine for a URL as the fixtures give it; it holds no connection open that would keep a database from going."""
    parsed = sa.make_url(url)
    name = parsed.get_backend_name()
    arguments = PLAIN if name in ("mariadb", "mysql") else {}
    return sa.create_engine(parsed.set(drivername=DRIVERS[name]), poolclass=sa.NullPool, connect_args=arguments)
