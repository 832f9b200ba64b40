"""What differs between the dialects: each native file implements this once, and nothing else knows which one it talks to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa

from kept.base.changes import Revoke
from kept.base.conditions import ClockUnit, Key
from kept.base.names import Table
from kept.base.questions import ColumnInfo, Grants, Location

from .failures import Troubled
from .shape import Shape

__all__ = ["Address", "Asked", "Clause", "Native", "NewRow", "PLACE", "Span", "value_name"]

Clause: TypeAlias = sa.ColumnElement[bool]
Address: TypeAlias = tuple[Any, ...]
NewRow: TypeAlias = tuple[Address, tuple[Any, ...]]
Asked: TypeAlias = tuple[sa.Select[Any], Sequence[Any], int]
"""A statement with places for values, named `value_name(0)` and so on, the values, and how many rows it may give at most."""
PLACE = "kept_value_"


def value_name(at: int) -> str:
    """Return the name of the place for a value in a statement that is asked again and again."""
    return f"{PLACE}{at}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Span:
    """A stretch of a table: the rows that meet `clause`, at most `limit` of them; `end` is where the next one starts."""

    clause: Clause
    end: Any
    limit: int | None = None


class Native(Protocol):
    """One dialect. Every method takes the connection it works on; none of them commits, unless it says so."""

    title: str
    """The product's name, for sentences."""
    first: int
    """How many units the first span of a walk has; a unit is a row, or a block on PostgreSQL."""
    limits: bool
    """Whether a change can be told to touch at most so many rows, for tables without any key."""
    groups: bool
    """Whether the store groups values faster than they can be streamed."""
    pipelines: bool
    """Whether many statements can be asked in one round trip."""
    listed: int
    """How many keys a statement lists; more are handed over in another way."""
    chunked: bool
    """Whether a change is better done key list by key list than with many keys handed over in another way."""
    rowwise: bool
    """Whether foreign keys are checked row by row, and not when a statement is through."""
    waits: bool
    """Whether a change may have to wait for a lock in its middle."""

    def engine(self, url: sa.URL) -> sa.Engine:
        """Return an engine that has not connected yet."""

    def location(self, url: sa.URL) -> Location:
        """Return where the store runs, by its URL alone."""

    def begin(self, connection: sa.Connection, *, read_only: bool, seconds: float) -> None:
        """Begin a transaction whose statements take at most so many seconds."""

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """Change the time limit inside a transaction."""

    def impatient(self, connection: sa.Connection) -> None:
        """Wait for no lock any more in this transaction, so that a lock in the way is told from slow work."""

    def in_one_trip(self, connection: sa.Connection, statements: Sequence[Asked], *, seconds: float) -> list[list[Any]] | None:
        """Return the rows of each statement, all asked in one round trip and one read-only transaction, which has ended then.

        None where one of them failed, for whatever reason, or the store has no such way (see `pipelines`).
        """

    def trouble(self, error: BaseException) -> Troubled:
        """Sort a driver's error."""

    def shapes(self, connection: sa.Connection, store: str, only: Sequence[Table] | None = None) -> list[Shape]:
        """Describe the tables and views, or only some of them; what is not there is left out."""

    def design(self, connection: sa.Connection) -> object:
        """Return what changes whenever a table's design does, where that is cheap to ask; None elsewhere."""

    def forms(self, info: ColumnInfo, value: Key | bool) -> tuple[Any, ...]:
        """Return how a key may stand in a column of that type; nothing when it cannot stand there."""

    def comparable(self, column: sa.ColumnElement[Any], info: ColumnInfo) -> sa.ColumnElement[Any]:
        """Return the column as `forms` may be compared with it."""

    def staged(self, connection: sa.Connection, column: sa.ColumnElement[Any], info: ColumnInfo, forms: Sequence[Any]) -> Clause:
        """Return "the column holds one of these", for more keys than a statement should list."""

    def starts_with(self, column: sa.ColumnElement[Any], prefix: str) -> Clause:
        """Return "the column's text begins with", letter case minded."""

    def older(self, shape: Shape, column: str, cutoff: datetime, unit: ClockUnit) -> Clause:
        """Return "the clock stands before"; the column's type was checked."""

    def no_clock(self, shape: Shape, column: str, unit: ClockUnit) -> Clause:
        """Return "the clock cannot be read"; the column's type was checked."""

    def clock_fault(self, connection: sa.Connection, shape: Shape, column: str, unit: ClockUnit) -> str:
        """Return what the column holds instead of a time, empty when it holds times."""

    def readable(self, column: sa.ColumnElement[Any], info: ColumnInfo, length: int | None = None) -> sa.ColumnElement[Any]:
        """Return the column as text (or bytes) for the detectors, only the first `length` characters if given."""

    def small(self, connection: sa.Connection, readable: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], Clause] | None:
        """Return a readable text with its ASCII letters small, and "it may hold more than ASCII"; None where nobody can tell."""

    def holds(self, text: sa.ColumnElement[Any], part: str) -> Clause:
        """Return "the text holds this part", byte for byte."""

    def exactly(self, readable: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return what to group a readable column by, so that only equal texts fall together."""

    def written(self, info: ColumnInfo, text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return a text as the column's type takes it."""

    def random_hex(self) -> sa.ColumnElement[str]:
        """Return 16 random hex digits, new for every row."""

    def span(self, connection: sa.Connection, shape: Shape, start: Any, size: int) -> Span | None:
        """Return the next stretch of about `size` units from `start` (None: the beginning); None when the table is walked."""

    def limited(self, statement: Any, limit: int | None) -> Any:
        """Return a delete or update that touches at most `limit` rows."""

    def named(self, shape: Shape, addresses: Sequence[Address]) -> Clause:
        """Return "the row is one of these"."""

    def rewrite(self, connection: sa.Connection, shape: Shape, columns: Sequence[str], rows: Sequence[NewRow]) -> int:
        """Give each addressed row its new values (text, bytes or None) in the columns; return how many rows were changed."""

    def room(self, info: ColumnInfo) -> int | None:
        """Return how long a value the column takes: characters of a text, bytes of a binary column; None for any length."""

    def sample(self, connection: sa.Connection, shape: Shape, columns: Sequence[Any], rows: int) -> Iterator[sa.Select[Any]]:
        """Yield statements that read about `rows` rows spread over the table."""

    def grants(self, connection: sa.Connection, url: sa.URL) -> Grants:
        """Return who may do what. Raises CannotAnswer when this account may not see it."""

    def revoke(self, connection: sa.Connection, url: sa.URL, change: Revoke) -> None:
        """Take the right away; nothing happens when it is not there."""

    def part_rows(self, connection: sa.Connection, shape: Shape, partition: str) -> int | None:
        """Count the rows of a partition; None when there is no such partition."""

    def drop_part(self, connection: sa.Connection, shape: Shape, partition: str) -> None:
        """Drop a partition."""

    def made_from(self, connection: sa.Connection, store: str, tables: Sequence[Table]) -> Sequence[tuple[Table, str]]:
        """Return what keeps rows made from these tables, in an order in which each can be made anew, and the statement for it."""

    def pointing_here(self, connection: sa.Connection, shape: Shape, troubled: Troubled) -> str:
        """Name the tables whose foreign keys point to this one, for a refusal; the one that refused, if the store said it."""
