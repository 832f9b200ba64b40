"""Finding the databases that the suite runs on: SQLite always, PostgreSQL where one answers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

CANDIDATES = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://root@127.0.0.1:5432/postgres")


def find_postgresql() -> str | None:
    """Return the URL of a server on which databases can be made, None where there is none."""
    given = os.environ.get("KEPT_TEST_POSTGRES_URL")
    for url in (given,) if given else CANDIDATES:
        try:
            with psycopg.connect(url, connect_timeout=3):
                return url
        except psycopg.OperationalError:
            continue
    return None


@contextmanager
def fresh_postgresql(server: str) -> Iterator[str]:
    """Make an empty database; yield its URL; drop it afterwards, whoever is still connected."""
    name = f"kept_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield server.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
