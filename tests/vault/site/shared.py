"""What the checks look with: plain SQL, past the fields."""

from __future__ import annotations

from typing import Any

from django.db import connection


def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run plain SQL; return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def everything(table: str) -> str:
    """Return all that stands in a table."""
    return "\n".join(sorted(map(repr, query(f"SELECT * FROM {connection.ops.quote_name(table)}"))))


def raw(table: str, column: str, key: object) -> Any:
    """Return one value as it stands in its column."""
    return query(f"SELECT {column} FROM {table} WHERE id = %s", key)[0][0]
