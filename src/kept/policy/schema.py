"""A JSON Schema (2020-12) for each file of a privacy folder, made from the types the files are decoded into.

Editors complete and check the files by it. It is never stricter than decoding: what Kept reads, it accepts. It cannot say
everything that decoding says (a day of the calendar, a name that another file must have); those errors come from `kept check`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, get_args, get_origin

from kept.base.names import PART, Column, Table

from .datamap import StoreMap
from .fields import bare, fields_of, is_written, optional_of
from .holds import HoldsFile
from .processors import ProcessorsFile
from .purposes import PurposesFile
from .settings import Settings

__all__ = ["schema_of", "schemas"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ANY_TEXT: Final = ["string", "number", "boolean"]
"""Decoding takes an unquoted 12 or true for a text where a text is expected."""

NAME: Final = PART.pattern.replace("((?:", "(?:(?:").replace("|([", "|(?:[")
EXACT: Final[Mapping[type, str]] = MappingProxyType(
    {Table: rf"^(?:{NAME})(?:\.(?:{NAME})){{1,2}}$", Column: rf"^(?:{NAME})(?:\.(?:{NAME})){{2,3}}$"}
)
"""Patterns that know of quotes; those of the classes are for people to read."""

PLAIN: Final[Mapping[Any, Mapping[str, Any]]] = MappingProxyType(
    {
        str: {"type": ANY_TEXT},
        int: {"type": "integer"},
        float: {"type": "number"},
        bool: {"type": "boolean"},
        date: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-01-31"]},
    }
)


def schema_of(kind: type) -> dict[str, Any]:
    """Return the schema of a file that is decoded into a dataclass. Raises TypeError for a type that no file can hold."""
    shared: dict[str, Any] = {}
    return _document(kind.__name__, _record(kind, shared), shared)


def schemas(terms: Mapping[str, type]) -> Mapping[str, dict[str, Any]]:
    """Return the schemas by file name: kept.json, purposes.json, map.json, promises.json, holds.json,
    processors.json.

    `terms` gives for each promise's code the class its fields are decoded into.
    """
    return {
        "kept.json": schema_of(Settings),
        "purposes.json": schema_of(PurposesFile),
        "map.json": schema_of(StoreMap),
        "promises.json": _promises(terms),
        "holds.json": schema_of(HoldsFile),
        "processors.json": schema_of(ProcessorsFile),
    }


def _document(title: str, root: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "title": title, **root, **({"$defs": shared} if shared else {})}


def _promises(terms: Mapping[str, type]) -> dict[str, Any]:
    shared: dict[str, Any] = {}
    kinds = [_promise(code, terms[code], shared) for code in sorted(terms)]
    clause = _object(
        {
            "owner": {
                "type": ANY_TEXT,
                "description": "The role that answers for the clause; the company's where nothing is said.",
            },
            "promises": {"type": "array", "items": {"oneOf": kinds}, "description": "What Kept checks for this clause."},
        },
        ["promises"],
    )
    by_id = {"type": "object", "additionalProperties": clause, "description": "Clauses by their id in policy.md."}
    return _document("Promises", _object({"clauses": by_id}, ["clauses"]), shared)


def _promise(code: str, kind: type, shared: dict[str, Any]) -> dict[str, Any]:
    record = _record(kind, shared)
    properties = {"promise": {"const": code, "description": f"See `kept explain {code}`."}, **record["properties"]}
    return {**record, "properties": properties, "required": ["promise", *record["required"]]}


def _record(kind: type, shared: dict[str, Any]) -> dict[str, Any]:
    fields = fields_of(kind)
    properties = {field.name: _described(_hint(field.hint, shared), field.doc) for field in fields}
    record = _object(properties, [field.name for field in fields if field.required])
    return _described(record, inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0])


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _described(schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"description": words, **schema} if words else schema


def _hint(hint: Any, shared: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; dataclasses go to `shared` and are referred to."""
    inner = optional_of(hint)
    if inner is not None:
        return {"anyOf": [_hint(inner, shared), {"type": "null"}]}
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _hint(bare(get_args(hint)[0]), shared)}
    if get_origin(hint) is Mapping:
        key, value = (bare(arg) for arg in get_args(hint))
        names = {"propertyNames": _hint(key, shared)} if key is not str else {}
        return {"type": "object", "additionalProperties": _hint(value, shared), **names}
    if is_written(hint):
        return _written(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        if hint.__name__ not in shared:
            shared[hint.__name__] = {}
            shared[hint.__name__] = _record(hint, shared)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    raise TypeError(f"{hint} cannot be written in a file")


def _written(hint: Any) -> dict[str, Any]:
    choices: Mapping[str, str] | None = hint.choices() if hasattr(hint, "choices") else None
    if choices:
        return {"enum": list(choices), "enumDescriptions": list(choices.values()), "examples": [hint.example]}
    return {"type": "string", "pattern": EXACT.get(hint, hint.pattern), "examples": [hint.example]}
