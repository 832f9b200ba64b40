"""Sieves for a person's words: what the store can rule out before values are streamed here to be judged.

A sieve is exact in one direction only: what it leaves out mentions nothing. So it lets through every text with more than ASCII in
it, whose letters have other forms, and every text with a backslash, behind which JSON hides letters.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import sqlalchemy as sa

from kept.base.words import SEPARATORS, Words

from .native import Clause, Native

__all__ = ["perhaps"]

MOST = 16
"""How many parts a statement looks for; with more, streaming the values is as fast."""


def perhaps(native: Native, connection: sa.Connection, readable: sa.ColumnElement[Any], words: Words) -> Clause:
    """Return "one of the words may stand in the text"; true where the store cannot tell."""
    if not words.anchors and not words.numbers:
        return sa.false()
    seen = native.small(connection, readable) if len(words.anchors) + len(words.numbers) <= MOST else None
    if seen is None:
        return sa.true()
    small, more = seen
    found = [native.holds(small, anchor) for anchor in sorted(words.anchors) if anchor.isascii()]
    if words.numbers:
        digits = [_dense(small), _dense(sa.func.replace(small, "(0)", ""))]
        found += [native.holds(text, number) for number in _shortest(words.numbers) for text in digits]
    return sa.or_(*found, more, native.holds(small, "\\"))


def _dense(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the text without what may stand between digits."""
    separators = filter(str.isascii, SEPARATORS)
    return reduce(lambda so_far, sign: sa.func.replace(so_far, sign, ""), separators, text)


def _shortest(numbers: frozenset[str]) -> list[str]:
    """Leave out numbers that hold another one."""
    return sorted(one for one in numbers if not any(other in one for other in numbers if other != one))
