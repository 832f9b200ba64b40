"""Where Kept's own database is, as Django wants to be told: from a URL, or a SQLite file in the privacy folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dj_database_url

from kept.base.errors import SourceError

__all__ = ["IN_MEMORY", "STORE", "VARIABLE", "database_at", "database_of"]

STORE = "kept"
"""The name under which Kept's own database appears in errors and questions."""

VARIABLE = "KEPT_DATABASE_URL"
IN_MEMORY = "sqlite:///:memory:"
SQLITE = "django.db.backends.sqlite3"

DURABLE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
"""Readers do not wait for the writer, and what was committed survives the loss of power."""

WAIT_SECONDS = 30

POSTGRESQL_OPTIONS = {"connect_timeout": WAIT_SECONDS, "application_name": STORE, "prepare_threshold": 5}
"""Statements that come again are planned once, psycopg's own default, which Django turns off; a group of one takes a fifth less
time for it. A pooler that hands a connection to another client after each transaction must know prepared statements.
"""


def database_of(folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return Django's settings for the database of a privacy folder. Raises SourceError where the URL makes no sense."""
    if url := environment.get(VARIABLE):
        return database_at(url)
    return _sqlite(str(folder / ".kept" / "state.sqlite3"))


def database_at(url: str) -> dict[str, Any]:
    """Return Django's settings for the database at a URL.

    Raises SourceError where it makes no sense, without repeating it: it may hold a password.
    """
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError):
        found = {}
    match found.get("ENGINE"):
        case "django.db.backends.sqlite3":
            return _sqlite(found["NAME"])
        case "django.db.backends.postgresql":
            return {**found, "OPTIONS": {**POSTGRESQL_OPTIONS, **found.get("OPTIONS", {})}}
        case _:
            raise SourceError(
                "Kept's own database cannot be where KEPT_DATABASE_URL says",
                store=STORE,
                todo=f"Set {VARIABLE} to postgresql://user@host/name or sqlite:///path, or leave it unset.",
            )


def _sqlite(name: str) -> dict[str, Any]:
    options = {"transaction_mode": "IMMEDIATE", "timeout": WAIT_SECONDS, "init_command": DURABLE}
    return {"ENGINE": SQLITE, "NAME": name, "OPTIONS": options}
