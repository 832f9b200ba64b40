"""Stretches of a table spread evenly over a whole-number key."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

__all__ = ["spread"]

STRETCHES = 100


def spread(
    connection: sa.Connection, source: sa.FromClause, place: sa.ColumnElement[Any], columns: Sequence[Any], rows: int
) -> Iterator[sa.Select[Any]]:
    """Yield statements over disjoint stretches of the key, each begun at a place picked by chance, in all at most `rows` rows.

    Where the key is not wider than the sample, one statement reads everything.
    """
    low, high = (connection.execute(sa.select(end(place)).select_from(source)).scalar_one() for end in (sa.func.min, sa.func.max))
    if low is None:
        return
    low, high = int(low), int(high)
    whole = sa.select(*columns).select_from(source)
    if high - low < rows:
        yield whole
        return
    stretches = min(STRETCHES, rows)
    width = (high - low + 1) / stretches
    for at in range(stretches):
        begin, end = low + int(at * width), low + int((at + 1) * width)
        wanted = rows * (at + 1) // stretches - rows * at // stretches
        start = begin + int(random.random() * max(0, end - begin - wanted))  # noqa: S311 - chance, not secrecy
        yield whole.where(place >= start, place < end).order_by(place).limit(wanted)
