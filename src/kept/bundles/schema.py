"""The JSON Schema (2020-12) of a table's JSON, from what is in it: a column has the kinds of values that were seen there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from .parts import Column, Section

__all__ = ["KINDS", "schema_of"]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "large-integer": {"type": "string", "pattern": "^-?[0-9]+$", "description": "a whole number of more than 64 bits, as digits"},
    "number": {"type": "number"},
    "no-number": {
        "type": "string",
        "pattern": "^-?[A-Za-z]+[0-9]*$",
        "description": "NaN or an infinity, which JSON has no number for",
    },
    "decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?$", "description": "an exact decimal number"},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}", "description": "a time of day"},
    "date-time": {"type": "string", "format": "date-time"},
    "local-date-time": {
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$",
        "description": "a date and time as the store keeps it, without its zone",
    },
    "seconds": {"type": "number", "description": "a duration in seconds"},
    "base64": {"type": "string", "contentEncoding": "base64", "description": "bytes, in base64 (RFC 4648)"},
    "uuid": {"type": "string", "format": "uuid"},
    "array": {"type": "array"},
    "object": {"type": "object"},
}
"""Every kind of value that a bundle writes, as JSON Schema says it."""


def schema_of(section: Section, seen: Sequence[Set[str]]) -> dict[str, Any]:
    """Return the schema for a section's JSON, given the kinds of values seen in each of its columns."""
    columns = zip(section.columns, seen, strict=True)
    return {
        "$schema": DRAFT,
        "title": section.title,
        **({"description": section.what} if section.what else {}),
        "type": "array",
        "items": {
            "type": "object",
            "properties": {column.name: _property(column, kinds) for column, kinds in columns},
            "required": [column.name for column in section.columns],
            "additionalProperties": False,
        },
    }


def _property(column: Column, kinds: Set[str]) -> dict[str, Any]:
    forms = [dict(KINDS[kind]) for kind in KINDS if kind in kinds]
    if len(forms) == 1:
        one = forms[0]
        own = one.pop("description", "")
        described = "; ".join(part for part in (column.what, own) if part)
        return {**one, **_described(column, described)}
    return {"anyOf": forms, **_described(column, column.what)}


def _described(column: Column, words: str) -> dict[str, Any]:
    return {
        **({"description": words} if words else {}),
        **({"x-store-type": column.type} if column.type else {}),
        **({"x-category": column.category} if column.category else {}),
    }
