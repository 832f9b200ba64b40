"""What may be asked of Kept's own registers, the store named `kept`, about people's requests; and what comes back.

Answers are counts, dates and names of tables. Who is meant is told to nobody; where a promise must find people in the stores, it is
given keyed hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .conditions import ClockUnit
from .names import Column
from .questions import Question
from .restricted import RestrictedList

__all__ = [
    "KEPT",
    "CanaryState",
    "ContactState",
    "CountSince",
    "OutcomesState",
    "PlacedReview",
    "ReadCanary",
    "ReadContact",
    "ReadOutcomes",
    "ReadPlacedHolds",
    "ReadRemainders",
    "ReadRequests",
    "ReadRestrained",
    "ReadVerification",
    "RemaindersState",
    "RequestsState",
    "Spread",
    "VerificationState",
]

KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfKept:
    """A question to Kept's own registers."""

    @property
    def store(self) -> str:
        """`kept`."""
        return KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, in `count` cases: half of them at most `half`, and so on; `longest` is the longest of all."""

    count: int
    half: timedelta
    nine_tenths: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequests(_OfKept, Question["RequestsState"]):
    """How do the requests stand at `now`, which are due before `warn`, and how long did those take that ended since `since`?"""

    now: datetime
    warn: datetime
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsState:
    """Open requests: how many, past their date, near it without their owner having been told; `next_by` is the next date.

    `answering` is how long answers took from receipt, `going` how long data took from being hidden to being gone; None for none.
    """

    open: int
    past: int
    untold: int
    next_by: datetime | None
    late: int
    """Requests that ended since `since`, and after their date."""
    answering: Spread | None = None
    going: Spread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVerification(_OfKept, Question["VerificationState"]):
    """Of how many requests was something found, given out, changed or erased since a moment, before it was known whose they are?"""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationState:
    """Requests on which something was done: how many, and how many of those before they were verified, or without that."""

    acted: int
    unverified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOutcomes(_OfKept, Question["OutcomesState"]):
    """Does every request that was answered have its proof? `now` is when orders to processors count as late."""

    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesState:
    """Answered erasures: how many, unproved, uncertified, with a late processor; and exports, and how many were not made."""

    erasures: int
    unproved: int
    uncertified: int
    orders: int
    exports: int
    unmade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRemainders(_OfKept, Question["RemaindersState"]):
    """What stays of erased people, and what of it is past its end at `now`?"""

    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemaindersState:
    """Parts of tables that stay for a law, a rule or a hold: how many, and how many are past the day they were to go."""

    stay: int
    past: int
    tables: tuple[str, ...] = ()
    """Which tables those that are past are of."""
    rows: tuple[tuple[str, int], ...] = ()
    """By table, how many rows stay in all."""

    def staying(self, table: str) -> int:
        """Return how many rows of a table stay."""
        return dict(self.rows).get(table, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRestrained(_OfKept, Question[RestrictedList]):
    """Whose data may only be kept, and since when? The answer names nobody: it has keyed hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSince(Question[int]):
    """How many rows of a person to whom everything is closed have a time after that, and not after `until`?

    `column` holds people's keys, of one `kind`; `clock` is the column of the row's own time. Rows up to `slack` after it count as
    before, for clocks of two machines differ.
    """

    column: Column
    kind: str
    clock: str
    people: RestrictedList
    until: datetime
    slack: timedelta
    unit: ClockUnit = "timestamp"

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.column.table.store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlacedHolds(_OfKept, Question[tuple["PlacedReview", ...]]):
    """Which holds did staff place that are in force, and when is each to be looked at again?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedReview:
    """A hold in force: its short name, the role that answers for it, and when it is to be looked at again."""

    name: str
    owner: str
    review: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContact(_OfKept, Question["ContactState"]):
    """How many questions, complaints and letters wait for an answer at `now`, and which letters are from before `before`?"""

    now: datetime
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactState:
    """Questions and complaints: open, past their date, the next date; and letters of people that nobody answered: all, too old."""

    open: int
    past: int
    next_by: datetime | None
    letters: int
    old_letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCanary(_OfKept, Question["CanaryState"]):
    """How did the canary live last?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryState:
    """The last life that came to an end: when, and what failed in it (nothing, where all was well); None where it never lived."""

    ended: datetime | None = None
    failed: tuple[str, ...] = ()
    rows: int = 0
    took: timedelta = timedelta()
