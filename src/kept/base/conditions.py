"""Which rows of a table are meant: a small closed language that a connector turns into the store's own.

Every condition is a value: hashable, comparable, and writable into a plan file. Most are evaluated inside the store;
`Uncoarse`, `Finds`, `Mentions` and `SealIs` need more than the store has and are evaluated inside the connector while it streams.
A comparison with NULL selects nothing, as in SQL; `Not` is the exact complement ("it is not so that …"), so a row whose column is
NULL is selected by `Not(Equals(…))`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from .names import Table
from .personal import Personal
from .seals import SealState

__all__ = [
    "AllOf",
    "AnyOf",
    "ClockUnit",
    "Condition",
    "Equals",
    "Everything",
    "Finds",
    "Folded",
    "Key",
    "Mentions",
    "Missing",
    "NoClock",
    "Not",
    "Older",
    "OneOf",
    "SealIs",
    "StartsWith",
    "Through",
    "Uncoarse",
]

ClockUnit: TypeAlias = Literal["timestamp", "seconds", "milliseconds"]
Key: TypeAlias = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """Every row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """Rows whose clock stands strictly before `cutoff` (time zone aware; a column without a zone is read as UTC).

    `unit` says what the column holds: the store's own date or timestamp type, or whole seconds or milliseconds since
    1970 in a number column. A column of another type makes the connector answer unknown, never zero.
    """

    column: str
    cutoff: datetime
    unit: ClockUnit = "timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoClock:
    """Rows whose clock is NULL, or holds something that cannot be read as a moment (SQLite allows that)."""

    column: str
    unit: ClockUnit = "timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Rows where the column is NULL."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals:
    """Rows where the column equals a value."""

    column: str
    value: Key | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """Rows where the column holds one of the keys; past a thousand keys the connector stages them in the store."""

    column: str
    keys: tuple[Key, ...]

    def __hash__(self) -> int:
        """Hash a few of the keys: a question is looked up many times, and may have ten thousand of them."""
        return hash((self.column, len(self.keys), self.keys[:2], self.keys[-1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Rows where the column's text, in small letters as the store makes them, is one of the keys. No index leads to them."""

    column: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsWith:
    """Rows where the column's text begins with `prefix` (case-sensitive, no wildcards)."""

    column: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncoarse:
    """Rows whose value the detector `kind` would make coarser: a full address where a /24 was promised."""

    column: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds:
    """Rows in whose value one of the detectors `kinds` finds something."""

    column: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Rows in whose text one of these words stands: whole words, letter case and Unicode form aside.

    The words are a person's own (an address, a telephone number, a full name); such a condition is never written into a plan file.
    """

    column: str
    words: tuple[Personal[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealIs:
    """Rows whose value in a sealed column is in one of these states; NULLs and empty texts are in none."""

    column: str
    states: tuple[SealState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """Rows whose `column` equals `key` of a row of `to` (in the same store) that meets `where`."""

    column: str
    to: Table
    key: str
    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Rows that do not meet the condition, those where it cannot be said (NULL) included."""

    what: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Rows that meet every condition; with none, every row."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Rows that meet at least one condition; with none, no row."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = (
    Everything
    | Older
    | NoClock
    | Missing
    | Equals
    | OneOf
    | Folded
    | StartsWith
    | Uncoarse
    | Finds
    | Mentions
    | SealIs
    | Through
    | Not
    | AllOf
    | AnyOf
)
