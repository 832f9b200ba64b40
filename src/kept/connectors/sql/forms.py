"""How a key, which is a text or a whole number, may stand in a column of a given type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeGuard

from kept.base.conditions import Key
from kept.base.questions import ColumnInfo, ColumnType

from .native import Native

__all__ = ["LONGEST", "as_boolean", "as_integer", "as_text", "forms_of", "plain_forms"]

WHOLE = re.compile(r"[+-]?\d{1,19}\Z", re.ASCII)
LONGEST = 65_536
"""How many characters of a cell the detectors look at when they sample."""


def as_integer(value: Key | bool) -> int | None:
    """Return the key as a 64-bit whole number, None when it is not one."""
    if isinstance(value, str):
        if not WHOLE.match(value):
            return None
        value = int(value)
    return int(value) if -(2**63) <= value < 2**63 else None


def as_boolean(value: Key | bool) -> bool | None:
    """Return the key as a truth value, None when it is not one."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def as_text(value: object) -> str:
    """Return a cell as text; what is not UTF-8 is replaced."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", errors="replace")
    return value if isinstance(value, str) else str(value)


def forms_of(native: Native, info: ColumnInfo, keys: Sequence[Key | bool]) -> list[Any]:
    """Return how these keys may stand in a column, each form once; in a column of whole numbers that is one form everywhere."""
    if info.type == "integer":
        if _plain(keys):  # as a thousand ids are, over and over
            return list(dict.fromkeys(keys))
        return [whole for whole in dict.fromkeys(map(as_integer, keys)) if whole is not None]
    return list(dict.fromkeys([form for key in keys for form in native.forms(info, key)]))


def _plain(keys: Sequence[Key | bool]) -> TypeGuard[Sequence[int]]:
    """Return whether these are 64-bit whole numbers and nothing else."""
    return set(map(type, keys)) == {int} and all(-(2**63) <= end < 2**63 for end in (min(keys), max(keys)))  # type: ignore[operator]  # all are int by then


def plain_forms(kind: ColumnType, value: Key | bool) -> tuple[object, ...]:
    """Return the forms in a column of a type that holds nothing else: one form, or none."""
    if kind in ("integer", "decimal"):
        whole = as_integer(value)
        return () if whole is None else (whole,)
    if kind == "boolean":
        truth = as_boolean(value)
        return () if truth is None else (truth,)
    return (str(value).lower() if isinstance(value, bool) else str(value),)
