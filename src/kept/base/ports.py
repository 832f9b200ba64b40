"""The port between the core and the world: what every kind of thing that can be asked or changed must do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from .changes import Change, PersonChange
from .conditions import Condition
from .names import Table
from .personal import Personal
from .questions import Answers, Question
from .verdicts import Unknown

__all__ = ["Connector", "Preview", "Progress", "Receipt", "Row", "Selection", "silent"]

Row: TypeAlias = Mapping[str, Personal[Any]]


class Progress(Protocol):
    """Told how far something is. MUST be cheap and MUST NOT raise, except to stop the work (KeyboardInterrupt)."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """`what` names the work ("app.events"), `done` and `total` count rows; None when the total is not known."""


def silent(what: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Columns of the rows that meet a condition, to be streamed out for the person they are about."""

    table: Table
    columns: tuple[str, ...]
    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do: rows in the table now, rows it would touch, and up to three masked samples.

    A sample maps column to a pair (before, after) of masked texts: letters become x, digits 9; dates stay. `after` is empty
    where the row goes.
    """

    total: int
    touched: int
    samples: tuple[Mapping[str, tuple[str, str]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a change did: rows touched by this call, statements it took, and rows that still meet the selection (0 when done)."""

    rows: int
    batches: int
    remaining: int
    slowest_batch: float = 0.0
    """The longest batch in seconds, which bounds how long a lock was held."""


class Connector(Protocol):
    """A thing that can be asked and changed.

    MUST answer from a read-only transaction with a time limit; MUST answer Unknown, with the reason, rather than guess or
    raise, when one question cannot be answered; MUST NOT let a value of a person out except through `read`; MUST NOT hold a
    lock for more than about a second; MUST commit in batches, each of which leaves the store consistent, so that a killed
    `perform` can be called again.
    """

    @property
    def store(self) -> str:
        """The name the map knows it by."""

    def answer(self, questions: Sequence[Question[Any]], *, progress: Progress = silent) -> Answers:
        """Answer every question, Unknown included. Questions on one table share one pass where they can."""

    def preview(self, change: Change) -> Preview | Unknown:
        """Say what the change would do, without doing it."""

    def perform(self, change: Change, *, progress: Progress = silent) -> Receipt:
        """Do the change, in batches, then `make_anew` what holds copies of its rows. Raises PlanIsStale before more than
        `change.rows` rows are touched, SourceError when the store fails; both say how many rows were already changed.
        """

    def perform_together(self, changes: Sequence[PersonChange], *, patient: bool = False) -> tuple[int, ...]:
        """Do these changes in one transaction, in their order, and return how many rows each touched.

        All of it is done, or nothing: MUST NOT leave a part behind; a table that knows no transactions is refused beforehand.
        Raises SourceError when the store fails or refuses, `TooMuchAtOnce` when it takes longer than locks may be held: the caller
        asks for fewer people at a time. When there is nothing smaller, it says that it is `patient`: each statement may then take
        as long as the store's own time limit, and `TooMuchAtOnce` is not raised.
        """

    def make_anew(self, changed: Collection[Table]) -> tuple[Table, ...]:
        """Make anew what the store keeps copies of these tables' rows in, such as materialized views, and return what that was.

        Whoever changes rows by `perform_together` asks for it once all lots are through, before saying that the change is done;
        asked again, it is done again. Raises SourceError, with the view's name, when the store refuses or takes longer than its
        time limit.
        """

    def read(self, selection: Selection) -> Iterator[Row]:
        """Stream rows out, with memory that does not grow. Raises SourceError."""

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Yield each selection, in order, with its rows: what `read` gives, for the many tables of one person in few turns.

        Rows are lent until the next selection is taken; what is not read by then is skipped. A selection that fails raises
        SourceError when its own rows are read, and those after it can still be read; a store that cannot be reached raises at once.
        Reading MUST be in read-only transactions with a time limit, and MUST NOT hold more than a few hundred rows of a table.
        """

    def close(self) -> None:
        """Let go of every connection; the connector is not used after."""
