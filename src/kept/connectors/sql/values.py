"""A single value on its way into a column: what is rectified, and the key that a reference is pointed to.

A value is looked at before anything is changed: whether the column takes its type, its length, or no value. No error repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from kept.base.conditions import Key
from kept.base.errors import CannotAnswer, StoreRefused
from kept.base.questions import ColumnInfo

from .forms import as_boolean, as_integer
from .native import Clause, Native
from .shape import Shape

__all__ = ["Value", "differs", "expression", "fitted", "key_expression", "nullable"]

Value: TypeAlias = str | int | bool | None


def nullable(shape: Shape, name: str) -> None:
    """Raise StoreRefused where a column may not be NULL."""
    if not shape.described(name).nullable:
        happened = f"{shape.table.column(name)} may not be NULL"
        raise StoreRefused(happened, store=shape.table.store, todo="Anonymise the column or delete the row instead.")


def fitted(native: Native, shape: Shape, name: str, value: Value) -> str | int | bytes | bool | None:
    """Return the value as the column's type has it. Raises CannotAnswer for another type, StoreRefused where there is no room."""
    info = shape.described(name)
    if value is None:
        nullable(shape, name)
        return None
    try:
        read: str | int | bytes | bool | None = READ.get(info.type, _as_text)(value)
    except (ValueError, InvalidOperation, RecursionError):
        read = None
    if read is None:
        happened = f"{shape.table.column(name)} holds {info.type}, and the value given for it is none"
        raise CannotAnswer(happened, store=shape.table.store, todo="Give the value in the form of the column's type.")
    room = native.room(info)
    if room is not None and isinstance(read, str | bytes) and _size(info, read) > room:
        unit = "characters" if _in_characters(info) else "bytes"
        happened = f"{shape.table.column(name)} takes {room} {unit}, and the value given for it is longer"
        raise StoreRefused(happened, store=shape.table.store, todo="Shorten the value, or widen the column.")
    return read


def expression(native: Native, info: ColumnInfo, read: str | int | bytes | bool | None) -> sa.ColumnElement[Any]:
    """Return a fitted value to compose with."""
    if read is None:
        return sa.null()
    return native.written(info, sa.literal(read, sa.Text())) if isinstance(read, str) else sa.literal(read)


def key_expression(native: Native, shape: Shape, name: str, key: Key) -> sa.ColumnElement[Any]:
    """Return a key as it stands in a column. Raises CannotAnswer where it cannot stand there, StoreRefused where it has no room."""
    info = shape.described(name)
    forms = native.forms(info, key)
    if not forms:
        happened = f"{shape.table.column(name)} holds {info.type}, and the key it should point to cannot stand there"
        raise CannotAnswer(happened, store=shape.table.store, todo="Name a key of the column's own type in the map.")
    form = next((form for form in forms if type(form) is type(key)), forms[0])
    if isinstance(form, str):
        return expression(native, info, fitted(native, shape, name, form))
    return sa.literal(form)


def differs(native: Native, shape: Shape, name: str, new: sa.ColumnElement[Any]) -> Clause:
    """Return "the column holds something else", letter case and a collation's other mercies not spared."""
    info, column = shape.described(name), shape.column(name)
    if info.type in ("text", "other", "json"):
        held = native.readable(column, info)
        return native.exactly(held).is_distinct_from(native.exactly(native.readable(new, info)))
    return column.is_distinct_from(new)


def _size(info: ColumnInfo, read: str | bytes) -> int:
    return len(read) if isinstance(read, bytes) or _in_characters(info) else len(read.encode("utf-8", "surrogatepass"))


def _in_characters(info: ColumnInfo) -> bool:
    """Lengths that are declared are those of characters; what a kind of text takes by itself is counted in bytes."""
    return info.type != "binary" and "(" in info.declared


def _as_text(value: str | int) -> str | None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return None if any("\ud800" <= sign <= "\udfff" for sign in text) else text


def _as_decimal(value: str | int) -> str | None:
    number = Decimal(value)
    return f"{number:f}" if number.is_finite() and not isinstance(value, bool) else None


def _as_whole(value: str | int) -> int | None:
    return None if isinstance(value, bool) else as_integer(value)


def _as_day(value: str | int) -> str:
    return date.fromisoformat(str(value)).isoformat()


def _as_moment(value: str | int) -> str:
    """Moments are written in UTC, as the connector's sessions are; one without a zone stays as it is."""
    moment = datetime.fromisoformat(str(value))
    return (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat(" ")


def _as_time(value: str | int) -> str:
    return time.fromisoformat(str(value)).isoformat()


def _as_uuid(value: str | int) -> str:
    return str(UUID(str(value)))


def _as_json(value: str | int) -> str:
    json.loads(text := str(value))
    return text


def _as_bytes(value: str | int) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")


READ: dict[str, Callable[[str | int], str | int | bytes | bool | None]] = {
    "integer": _as_whole,
    "decimal": _as_decimal,
    "boolean": as_boolean,
    "date": _as_day,
    "timestamp": _as_moment,
    "time": _as_time,
    "uuid": _as_uuid,
    "json": _as_json,
    "binary": _as_bytes,
}
