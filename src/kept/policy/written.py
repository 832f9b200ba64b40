"""Values as they are written in files: the way back from decoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from typing import Any

from .fields import is_written

__all__ = ["plain_of"]


def plain_of(value: Any) -> Any:
    """Return a decoded value as the texts, numbers, lists and mappings of a file; fields that hold their default are left out.

    Dates become texts. Decoding what was written gives an equal value.
    """
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain_of(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain_of(item) for key, item in value.items()}
    if is_dataclass(value) and not is_written(type(value)):
        return {field.name: plain_of(getattr(value, field.name)) for field in fields(value) if not _is_default(value, field)}
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _is_default(value: Any, field: Any) -> bool:
    if field.default_factory is not MISSING:
        return bool(getattr(value, field.name) == field.default_factory())
    return bool(field.default is not MISSING and getattr(value, field.name) == field.default)
