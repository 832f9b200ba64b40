"""How a value of a row is written: in JSON, which is exact, and as a text for CSV and for reading.

What JSON has no form for is written as a text of a stated kind; docs/spec/bundle.md has the list.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import orjson

from kept.base.errors import Refused
from kept.base.personal import Personal

__all__ = ["DEEPEST", "LEAST_INTEGER", "MOST_INTEGER", "TOO_DEEP", "Form", "form_of", "repaired"]

DEEPEST: Final = 200
TOO_DEEP: Final = "(nested deeper than 200 levels)"
MOST_INTEGER: Final = 2**64
LEAST_INTEGER: Final = -(2**63)


class Form(NamedTuple):
    """A value as JSON takes it, as a text, its kind (a key of `schema.KINDS`), and whether the text is a number's."""

    json: Any
    text: str
    kind: str
    number: bool = False


Writer: TypeAlias = Callable[[Any], Form]


def form_of(value: object) -> Form:
    """Return how a value is written. A type nobody here knows is written as its text. Raises Refused for a Personal value.

    >>> form_of(Decimal("1.10")), form_of(None)
    (Form(json='1.10', text='1.10', kind='decimal', number=True), Form(json=None, text='', kind='null', number=False))
    """
    writer = FORMS.get(type(value))
    if writer is None:
        writer = next((there for kind, there in INHERITED if isinstance(value, kind)), _other)
    return writer(value)


def _none(_: None) -> Form:
    return Form(None, "", "null")


def _text(value: str) -> Form:
    return Form(str(value), str(value), "text")


def _bool(value: bool) -> Form:
    return Form(value, "true" if value else "false", "boolean")


def _int(value: int) -> Form:
    digits = str(Decimal(value))  # str(int) stops at 4,300 digits
    if LEAST_INTEGER <= value < MOST_INTEGER:
        return Form(int(value), digits, "integer", True)
    return Form(digits, digits, "large-integer", True)


def _float(value: float) -> Form:
    if math.isfinite(value):
        return Form(float(value), repr(float(value)), "number", True)
    text = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return Form(text, text, "no-number")


def _decimal(value: Decimal) -> Form:
    text = str(value)
    return Form(text, text, "decimal", True) if value.is_finite() else Form(text, text, "no-number")


def _datetime(value: datetime) -> Form:
    offset = value.utcoffset()
    if offset is None:
        text = value.isoformat()
        return Form(text, text, "local-date-time")
    if offset % timedelta(minutes=1):  # RFC 3339 has no seconds in an offset; local mean times have
        value = value.astimezone(UTC)
    text = value.isoformat()
    return Form(text, text, "date-time")


def _date(value: date) -> Form:
    return Form(value.isoformat(), value.isoformat(), "date")


def _time(value: time) -> Form:
    return Form(value.isoformat(), value.isoformat(), "time")


def _duration(value: timedelta) -> Form:
    seconds = value.total_seconds()
    return Form(seconds, repr(seconds), "seconds", True)


def _bytes(value: bytes | bytearray | memoryview) -> Form:
    text = base64.b64encode(value).decode("ascii")
    return Form(text, text, "base64")


def _uuid(value: UUID) -> Form:
    return Form(str(value), str(value), "uuid")


def _enum(value: Enum) -> Form:
    return form_of(value.value)


def _nested(value: object) -> Form:
    plain = _plain(value, 0)
    return Form(plain, _dumped(plain).decode(), "object" if isinstance(plain, dict) else "array")


def _personal(_: object) -> Form:
    raise Refused("a value that was not revealed cannot be written into a bundle", todo="Reveal rows where they are read.")


def _other(value: object) -> Form:
    return Form(str(value), str(value), "text")


FORMS: Final[Mapping[type, Writer]] = {
    type(None): _none,
    str: _text,
    bool: _bool,
    int: _int,
    float: _float,
    Decimal: _decimal,
    datetime: _datetime,
    date: _date,
    time: _time,
    timedelta: _duration,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    UUID: _uuid,
    dict: _nested,
    list: _nested,
    tuple: _nested,
    set: _nested,
    frozenset: _nested,
    Personal: _personal,
}
INHERITED: Final[tuple[tuple[type, Writer], ...]] = (
    (Personal, _personal),
    (Enum, _enum),
    (str, _text),
    (int, _int),
    (float, _float),
    (Decimal, _decimal),
    (datetime, _datetime),
    (date, _date),
    (UUID, _uuid),
    (bytes, _bytes),
    (Mapping, _nested),
    (list, _nested),
    (tuple, _nested),
)


def _plain(value: object, depth: int) -> object:
    """Return a nested value as lists, dicts with texts as keys, and what `form_of` makes of the rest."""
    if depth > DEEPEST:
        return TOO_DEEP
    if isinstance(value, Mapping):
        return {key if type(key) is str else form_of(key).text: _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, depth + 1) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner, depth + 1) for inner in value), key=str)
    return form_of(value).json


def _dumped(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate; a value orjson does not know cannot be here
        return orjson.dumps(repaired(value))


def repaired(value: Any) -> Any:
    """Return a value with U+FFFD in the place of every lone surrogate, at whatever depth."""
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case dict():
            return {repaired(key): repaired(inner) for key, inner in value.items()}
        case list():
            return [repaired(inner) for inner in value]
        case _:
            return value
