"""What the edges need to know of sealed columns: whose key a value is under, and somebody who seals and opens.

A connector never sees a key. It hands cells to `Seals` and gets cells back; the vault is one implementation, `NoSeals`, for
installations without a vault, the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from .errors import KeptError, Refused
from .names import Column

__all__ = ["SEALED_PREFIX", "Cell", "NoSeals", "SealState", "SealedBy", "Sealing", "Seals", "Written", "subject_of"]

Sealing: TypeAlias = str | bytes
"""A value as it stands in a column: text in text columns, bytes in binary ones."""

HEX_UUID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII | re.IGNORECASE)
SEALED_PREFIX: Final = "kept1:"
"""What every sealed value begins with; the digit is the format's version."""


class Cell(NamedTuple):
    """One value, with the key of the person it is about and, where the map names them, the key of its row and its blind index."""

    person: object
    row: object
    value: Sealing | None
    blind: object = None


class Written(NamedTuple):
    """What is written for one cell: the value, and its blind index where the column has one."""

    value: Sealing | None
    blind: str | None = None


class SealState(Enum):
    """What a value turns out to be."""

    PLAIN = "plain"
    """It can be read by whoever reads the column."""
    SEALED = "sealed"
    """It opens under its person's current key."""
    OLD = "old"
    """It opens, and must be sealed anew.

    Under a key of its person that has been replaced, or with a blind index that is not its own.
    """
    ENDED = "ended"
    """It was sealed under a key that has been destroyed, or was anonymised: nobody can read it."""
    STRANGE = "strange"
    """It is in the form of a sealed value and does not open: changed, moved here, or from another installation."""
    NOBODY = "nobody"
    """It can be read, and its row names no person under whose key it could be sealed."""
    BACK = "back"
    """It can be read, and its person's key was destroyed: somebody who was erased is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBy:
    """How one column is sealed.

    `place` is the name the values are bound to (as a rule `store.table.column`), `kind` the kind of person, `person` the column
    that holds the person's key, `row` the column that holds the row's key where values are bound to it too, `index` the column of
    the blind index and `match` how values are made equal before they are indexed.
    """

    place: str
    kind: str
    person: str
    row: str = ""
    index: str = ""
    match: str = ""


def subject_of(kind: str, person: object) -> str:
    """Return the name of a person in the vault: `account:42`.

    42 and "42" are the same person, and so are a UUID and its 32 hex digits, in which SQLite and MySQL hold what ORMs call a UUID.
    """
    key = person.decode("utf-8", "surrogateescape") if isinstance(person, bytes) else str(person)
    return f"{kind}:{UUID(key) if HEX_UUID.fullmatch(key) else key}"


class Seals(Protocol):
    """Somebody who seals and opens. MUST answer cell by cell, in order; MUST NOT keep or print a value."""

    def of(self, column: Column) -> SealedBy | None:
        """Return how a column is sealed, None where it is not."""

    def ready(self, by: SealedBy, cells: Sequence[Cell]) -> None:
        """Fetch the keys that opening these cells will need, in one round."""

    def admit(self, by: SealedBy, people: Sequence[object]) -> None:
        """See to it that these people have keys, before rows are locked to be sealed; those whose key was destroyed get none."""

    def length(self, size: int, *, text: bool) -> int:
        """Return how long `size` bytes are once sealed: characters in a text column, else bytes."""

    def states(self, by: SealedBy, cells: Sequence[Cell]) -> list[SealState]:
        """Say what each cell is. Raises SourceError when the keys cannot be had."""

    def open(self, by: SealedBy, cells: Sequence[Cell]) -> list[Sealing | None]:
        """Return what each cell says; a plain cell as it is, None where nobody can read it any more.

        Raises SealBroken or UnknownKey for a cell that does not open, SourceError when the keys cannot be had.
        """

    def seal(self, by: SealedBy, cells: Sequence[Cell]) -> list[Written]:
        """Seal each cell under its person's current key, making keys for people who have none.

        Raises KeyDestroyed where the person's key was destroyed, SourceError when keys cannot be had.
        """


class NoSeals:
    """No vault, or one that cannot be opened: columns that the map says are sealed stay closed, for the reason given."""

    def __init__(self, columns: Mapping[Column, SealedBy] | None = None, why: KeptError | None = None) -> None:
        """Take the sealed columns of the map, and what stands in the way of opening them."""
        self._columns = columns or {}
        self._why = why or Refused("this installation has no vault", todo="Make one with `kept vault init`.")

    def of(self, column: Column) -> SealedBy | None:
        """Return how a column is sealed, None where it is not."""
        return self._columns.get(column)

    def ready(self, by: SealedBy, cells: Sequence[Cell]) -> None:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._why

    def admit(self, by: SealedBy, people: Sequence[object]) -> None:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._why

    def length(self, size: int, *, text: bool) -> int:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._why

    def states(self, by: SealedBy, cells: Sequence[Cell]) -> list[SealState]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._why

    def open(self, by: SealedBy, cells: Sequence[Cell]) -> list[Sealing | None]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._why

    def seal(self, by: SealedBy, cells: Sequence[Cell]) -> list[Written]:  # noqa: ARG002 - the port's shape
        """Raise the error that stands in the way."""
        raise self._why
