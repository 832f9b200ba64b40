"""Masked samples: the shape of a value without the value."""

from __future__ import annotations

import re
from datetime import date, datetime

from kept.base.changes import PLACEHOLDER
from kept.base.questions import ColumnInfo

from .forms import as_text

__all__ = ["masked"]

SHOWN = 60
MARKER = re.compile(r"(\[redacted: [a-z0-9-]+\]|\A" + re.escape(PLACEHOLDER) + ")")
DATED = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?\Z", re.ASCII)


def masked(value: object, info: ColumnInfo) -> str:
    """Return a value with letters as x and digits as 9, cut to 60 characters; dates of date columns stay, NULL is NULL.

    >>> masked("Ada 7", ColumnInfo(name="a", type="text", declared="text", nullable=True))
    'xxx 9'
    """
    if value is None:
        return "NULL"
    text = value.isoformat(" ") if isinstance(value, datetime) else as_text(value)
    if isinstance(value, date) or (info.type in ("date", "timestamp") and DATED.match(text)):
        return text
    parts = MARKER.split(text[: SHOWN * 2])
    whole = "".join(part if at % 2 else "".join(map(_hidden, part)) for at, part in enumerate(parts))
    return whole if len(whole) <= SHOWN else whole[:SHOWN] + "…"


def _hidden(sign: str) -> str:
    if sign.isalpha():
        return "x"
    if sign.isdigit() or sign.isnumeric():
        return "9"
    return sign if sign.isascii() and sign.isprintable() else "?"
