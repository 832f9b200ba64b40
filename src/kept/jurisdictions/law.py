"""What a law says, as values: its rights, periods, grounds and routes of complaint. Citations are the law's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = [
    "Breach",
    "Calendar",
    "Cause",
    "Clock",
    "Complaint",
    "Confidence",
    "Contact",
    "Effect",
    "Extension",
    "Fee",
    "Item",
    "Law",
    "LawRight",
    "Level",
    "Pauses",
    "TimeLimit",
    "Unit",
    "Verification",
]

Unit = Literal["hour", "day", "business_day", "month", "immediate", "without_undue_delay", "reasonable", "unspecified", "none"]
"""The first four are counted; the others are the law's words where it gives no number."""
Level = Literal["forbidden", "none", "if_reasonable_doubt", "reasonable", "tiered", "required", "own_terms"]
Confidence = Literal["high", "medium", "low"]
Cause = Literal["identity", "fee", "clarification"]
Effect = Literal["start", "suspend"]
"""What an answer that is waited for does to a clock: time runs from the day it came, or the days of waiting do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How a body of rules counts. `roll`: the legal date moves from a day off to the next working day.

    `day_counts`: the shortest reading counts the day of the event, so the strict date is one day earlier.
    """

    id: str
    roll: bool
    day_counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Whose public holidays count: the establishment's country's where it is in `where`, else those of `otherwise`, else none."""

    where: frozenset[str] = frozenset()
    otherwise: str = ""

    def place(self, country: str) -> str:
        """Return the ISO 3166 code whose holidays count for an establishment in `country`; empty for none.

        >>> Calendar(where=frozenset({"GB"}), otherwise="GB-ENG").place("GB-SCT")
        'GB-SCT'
        """
        if country.partition("-")[0] not in self.where:
            return self.otherwise
        return self.otherwise if self.otherwise.startswith(f"{country}-") else country


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """A period that the law sets.

    `amount` counts `unit`s and is None where the law says it in a word ("without undue delay"); `at_most` is then the outer bound,
    where there is one. `since` is the event it runs from.
    """

    amount: int | None
    unit: Unit
    clock: Clock
    citation: str
    since: str = ""
    text: str = ""
    at_most: TimeLimit | None = None

    @property
    def counted(self) -> TimeLimit | None:
        """The period to count with: itself, or the outer bound of a word; None where the law gives no number."""
        return self if self.amount is not None else self.at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Whether and by how much a period may be extended, counted from its original start.

    The person must be told, with `notice_contents`, before the period that is extended has run out.
    """

    allowed: bool
    citation: str
    amount: int = 0
    unit: Unit = "none"
    condition: str = ""
    notice_due: str = ""
    notice_contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Which waiting moves the clock, and how. Where the law itself does not say so (`in_law`), the strict date does not move."""

    effects: tuple[tuple[Cause, Effect], ...]
    in_law: bool
    text: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How sure of a person's identity one must be, or may be; `forbidden` and `none` mean that nobody is to be asked."""

    level: Level
    rule: str
    citation: str
    must_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One ground of refusal, or one thing an answer must contain."""

    id: str
    text: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What may be charged; `free` is how many requests in twelve months cost nothing, None where the law sets no number."""

    rule: str
    citation: str
    free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LawRight:
    """One right as one law gives it, in effect from `effective_from` until the day before `effective_until`.

    Free texts (`condition`, `refusal`, `appeal`, ...) are empty where the file says nothing. `exceptions` are the grounds on which
    this law lets a request be refused.
    """

    id: str
    title: str
    citation: str
    effective_from: date
    effective_until: date | None
    response: TimeLimit
    acknowledge: TimeLimit | None
    extension: Extension
    pauses: Pauses | None
    verification: Verification
    exceptions: tuple[Item, ...]
    fee: Fee
    answer_contents: tuple[Item, ...]
    confidence: Confidence
    condition: str = ""
    request: str = ""
    downstream: str = ""
    refusal: str = ""
    appeal: str = ""
    lookback: str = ""
    notes: str = ""

    def given(self, on: date) -> bool:
        """Return whether the law gives this right on that day."""
        return _within(on, self.effective_from, self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One notice that a breach calls for: to whom, above which threshold, by when and with what in it.

    `effective_from` is None where it is in force and the first day was not verified.
    """

    id: str
    recipient: str
    who: str
    threshold: str
    deadline: TimeLimit
    contents: tuple[Item, ...]
    citation: str
    effective_from: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """How a person complains about us, in words for the person; `link` is empty where no page is known."""

    text: str
    link: str
    citation: str
    effective_from: date
    effective_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where the company's contact must be named; `every_answer` where each single answer must name it."""

    every_answer: bool
    text: str
    citation: str
    effective_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One law, as its file in `laws/` says it.

    `code` is what `[company] jurisdictions` in kept.toml calls it, `authority` who supervises it. `version` is the day the file was
    last compared with the law, and a digest of the file and of the clocks, so that no change of either goes unseen.
    """

    id: str
    code: str
    name: str
    status: str
    version: str
    in_force_from: date
    authority: str
    calendar: Calendar
    rights: tuple[LawRight, ...]
    not_provided: tuple[Item, ...]
    breaches: tuple[Breach, ...]
    complaints: tuple[Complaint, ...]
    contacts: Contact

    def right(self, wanted: Sequence[str], on: date) -> LawRight | None:
        """Return the first of the wanted rights that this law gives on that day; None where it gives none of them."""
        there = {right.id: right for right in self.rights if right.given(on)}
        return next((there[id] for id in wanted if id in there), None)

    def complaint(self, on: date) -> Complaint | None:
        """Return how a person complains on that day; None before the law is in force."""
        return next((one for one in self.complaints if _within(on, one.effective_from, one.effective_until)), None)

    def contact(self, on: date) -> Contact | None:
        """Return where the contact must be named on that day; None before the duty is in force."""
        return self.contacts if on >= self.contacts.effective_from else None


def _within(day: date, since: date, until: date | None) -> bool:
    return since <= day and (until is None or day < until)
