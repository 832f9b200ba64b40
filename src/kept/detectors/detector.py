"""What a detector is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Coarsen", "Detector", "Find", "Span"]

Find = Callable[[str], Iterable[tuple[int, int]]]
Coarsen = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a text where a kind was found; `start` and `end` count code points of the text as it was given."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One kind of personal data: how to tell it in a text and in a column's name.

    `sieve` holds RE2 patterns; a text that none of them matches is never looked at closer, so they must let every true text
    through and should let few others. `find` yields (start, end) by the exact rule: shape, checksum, context. It is given
    text that was folded (see `reading.folding`): digits and signs of other scripts are ASCII, invisible characters gone.

    `names` holds RE2 patterns over column names in snake_case. `coarsen` makes a value less exact and is idempotent; what it
    cannot read it returns as it is. `category` is a Fideslang key, `source` says where the rule comes from.
    """

    kind: str
    title: str
    category: str
    sieve: tuple[str, ...]
    find: Find
    names: tuple[str, ...]
    source: str
    special: bool = False
    coarsen: Coarsen | None = None
