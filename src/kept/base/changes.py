"""What would mend a broken promise: changes, which a machine does, and obligations, which a person must meet.

A change is set-based and names the rows it means by a condition. Doing it twice is the same as doing it once: every change's
condition leaves out the rows it has already done, which is what lets a killed run finish. `rows` is how many rows the plan says
it will touch; a connector stops before it touches more (`PlanIsStale`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from .conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Everything,
    Finds,
    Key,
    Mentions,
    Missing,
    Not,
    SealIs,
    StartsWith,
    Uncoarse,
)
from .names import Table
from .personal import Personal
from .seals import SealState

__all__ = [
    "Anonymise",
    "Change",
    "Coarsen",
    "DeleteRows",
    "DropPartition",
    "Forget",
    "Null",
    "Obligation",
    "PLACEHOLDER",
    "PersonChange",
    "Rectify",
    "Redact",
    "Remedy",
    "Repoint",
    "Revoke",
    "RotateKeys",
    "SealColumn",
    "UnsealColumn",
    "VAULT",
    "selection_of",
]

PLACEHOLDER = "erased-"
"""What every anonymised text begins with, so that a second run knows it."""

VAULT = "vault"
"""The name under which the vault is asked and changed, as a store is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRows:
    """Delete the rows that meet a condition."""

    table: Table
    where: Condition
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """Set columns to NULL in the rows that meet a condition and have a value there."""

    table: Table
    columns: tuple[str, ...]
    where: Condition
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymise:
    """Replace the text of columns by `erased-` and, where `unique`, 16 random hex digits; NULLs and empty texts stay so."""

    table: Table
    columns: tuple[str, ...]
    where: Condition
    rows: int
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Coarsen:
    """Rewrite a column's values by the coarsening rule of a detector: addresses to /24 and /48, agents to families."""

    table: Table
    column: str
    kind: str
    where: Condition
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redact:
    """Replace, inside a column's values, every span that one of the detectors finds by `[redacted: kind]`.

    A special category that was found without a span of its own takes the whole value with it.
    """

    table: Table
    column: str
    kinds: tuple[str, ...]
    where: Condition
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DropPartition:
    """Drop a partition with everything in it."""

    table: Table
    partition: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Take a right away from a role; `table` is None for a right over the whole store. Touches no rows."""

    store: str
    role: str
    right: str
    table: Table | None = None
    rows: Literal[0] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SealColumn:
    """Seal a column's values, each under its person's current key, and write their blind index where the map names one.

    A value under a key that has been replaced is opened and sealed anew. Values stay readable throughout for whoever has the vault.
    Rows that name no person are left as they are; so is what does not open.
    """

    table: Table
    column: str
    where: Condition
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsealColumn:
    """Write a column's values in the clear again, and empty their blind index. What nobody can open stays as it is."""

    table: Table
    column: str
    where: Condition
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKeys:
    """Put every key of the vault under a new key-encryption key and destroy the old one. `rows` counts keys.

    With `finish`, no new one is made: a rotation that was begun is ended, and what was kept for an ended window is destroyed.
    """

    rows: int
    finish: bool = False
    store: Literal["vault"] = "vault"

    @property
    def table(self) -> None:
        """No table is changed."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repoint:
    """Let a column point to another key instead: to the pseudo-subject that stands for everybody who left."""

    table: Table
    column: str
    to: Key
    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Replace, inside a column's values, a person's words by `[redacted]`."""

    table: Table
    column: str
    words: tuple[Personal[str], ...]
    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectify:
    """Write what is right into a column, sealed where the map seals it. None empties it."""

    table: Table
    column: str
    value: Personal[str | int | bool | None]
    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What only a person can do: who, by when, and what to show for it afterwards."""

    title: str
    owner: str
    due: date
    evidence: str


Change: TypeAlias = (
    DeleteRows | Null | Anonymise | Coarsen | Redact | SealColumn | UnsealColumn | DropPartition | Revoke | RotateKeys
)
Remedy: TypeAlias = Change | Obligation
PersonChange: TypeAlias = DeleteRows | Null | Anonymise | Repoint | Forget | Rectify
"""What is done for one person's request or for a batch of them. `rows` counts nothing here: who is meant is named by key."""


def selection_of(
    change: DeleteRows | Null | Anonymise | Coarsen | Redact | SealColumn | UnsealColumn | Repoint | Forget | Rectify,
) -> Condition:
    """Return the condition for the rows the change has still to touch: its own, less what it has already done."""
    match change:
        case DeleteRows():
            return change.where
        case Null():
            return _both(change.where, _any(tuple(Not(what=Missing(column=column)) for column in change.columns)))
        case Anonymise():
            return _both(change.where, _any(tuple(_readable(column) for column in change.columns)))
        case Coarsen():
            return _both(change.where, Uncoarse(column=change.column, kind=change.kind))
        case Redact():
            return _both(change.where, Finds(column=change.column, kinds=change.kinds))
        case SealColumn():
            return _both(change.where, SealIs(column=change.column, states=(SealState.PLAIN, SealState.OLD)))
        case Repoint():
            return _both(change.where, Not(what=Equals(column=change.column, value=change.to)))
        case Forget():
            return _both(change.where, Mentions(column=change.column, words=change.words))
        case Rectify():
            return change.where
        case UnsealColumn():
            return _both(change.where, SealIs(column=change.column, states=(SealState.SEALED, SealState.OLD)))


def _readable(column: str) -> Condition:
    # Many schemas, Django's above all, write "nothing" as an empty text: it tells of nobody.
    done = (Missing(column=column), Equals(column=column, value=""), StartsWith(column=column, prefix=PLACEHOLDER))
    return AllOf(parts=tuple(Not(what=condition) for condition in done))


def _both(where: Condition, more: Condition) -> Condition:
    return more if isinstance(where, Everything) else AllOf(parts=(where, more))


def _any(parts: tuple[Condition, ...]) -> Condition:
    return parts[0] if len(parts) == 1 else AnyOf(parts=parts)
