"""Columns that Django has no name for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Position"]

if TYPE_CHECKING:
    BigInteger = models.BigIntegerField[int, int]
else:
    BigInteger = models.BigIntegerField


class Position(BigInteger):
    """A primary key that is a place in the log, counted by us and not by the database.

    SQLite stores a table in the order of its key only if the key's type is written `integer`; a `bigint` would cost a second index.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Return `integer` on SQLite (64 bits there too), else Django's own choice."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)
