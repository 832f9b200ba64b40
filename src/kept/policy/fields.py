"""What a dataclass says about its fields, in the form that decoding, the JSON Schemas and the written files all need."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Protocol, TypeGuard, Union, get_args, get_origin, get_type_hints

from typing_extensions import Doc

__all__ = ["Field", "Written", "bare", "fields_of", "in_words", "is_written", "noun", "optional_of"]


class Written(Protocol):
    """A value that is written as one text: a period, a table, a category."""

    pattern: str
    example: str

    @classmethod
    def parse(cls, text: str) -> Any:
        """Read the text. Raises ValueError with what was expected."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A key of a mapping in a file."""

    name: str
    hint: Any
    doc: str
    required: bool


@cache
def fields_of(kind: type) -> tuple[Field, ...]:
    """Return the fields of a dataclass in the order they are declared, each with its type and its description."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        Field(
            name=field.name,
            hint=bare(hints[field.name]),
            doc=_doc(hints[field.name]),
            required=field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
        if field.init
    )


def bare(hint: Any) -> Any:
    """Return a type without its `Annotated`."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _doc(hint: Any) -> str:
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((note.documentation for note in notes if isinstance(note, Doc)), "")


def optional_of(hint: Any) -> Any | None:
    """Return T for `T | None`, and None for every other type. Raises TypeError for other unions, which no file can hold."""
    if get_origin(hint) not in (Union, UnionType):
        return None
    rest = [arg for arg in get_args(hint) if arg is not NoneType]
    if len(rest) != 1:
        raise TypeError(f"{hint} cannot be written in a file: which of its types is meant would be a guess")
    return bare(rest[0])


def is_written(hint: Any) -> TypeGuard[type[Written]]:
    """Return whether values of the type are written as one text that `parse` reads."""
    return isinstance(hint, type) and hasattr(hint, "parse")


def in_words(hint: Any) -> str:
    """Return what a type is called in an error: `a whole number`, `a list`, `one of delete, keep`."""
    plain = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", date: "a date such as 2026-01-31"}
    inner = optional_of(hint)
    if inner is not None:
        return in_words(inner)
    if hint in plain:
        return plain[hint]
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if get_origin(hint) is tuple:
        return "a list"
    if is_written(hint):
        return f"{noun(hint)} such as {hint.example}"
    if get_origin(hint) is Mapping or dataclasses.is_dataclass(hint):
        return "keys with values"
    raise TypeError(f"{hint} cannot be written in a file")


def noun(kind: type) -> str:
    """Return what one value of a class is called: its `noun`, else `a category` for `Category`."""
    name = kind.__name__
    return str(getattr(kind, "noun", f"{'an' if name[0] in 'AEIOU' else 'a'} {name.lower()}"))
