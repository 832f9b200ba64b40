"""What Kept's own registers say in a case, read from its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from kept.base.questions import Question
from kept.base.registers import (
    CanaryState,
    ContactState,
    OutcomesState,
    PlacedReview,
    ReadCanary,
    ReadContact,
    ReadOutcomes,
    ReadPlacedHolds,
    ReadRemainders,
    ReadRequests,
    ReadRestrained,
    ReadVerification,
    RemaindersState,
    RequestsState,
    Spread,
    VerificationState,
)
from kept.base.restricted import RestrictedList

from .reading import Seen

__all__ = ["SECRET", "register_answer"]

SECRET = b"the secret of a test, 32 bytes .."
STATES: Mapping[type[Question[Any]], type[Any]] = {
    ReadCanary: CanaryState,
    ReadContact: ContactState,
    ReadOutcomes: OutcomesState,
    ReadRemainders: RemaindersState,
    ReadRequests: RequestsState,
    ReadVerification: VerificationState,
}


def register_answer(question: Question[Any], seen: Seen) -> Any:
    """Return what a register answers, as the case has it. Fails for any other question."""
    match question:
        case ReadRestrained():
            return _restricted(seen.restricted)
        case ReadPlacedHolds():
            return tuple(_placed(text) for text in seen.placed)
        case _:
            return _state(question, seen)


def _state(question: Question[Any], seen: Seen) -> Any:
    kind = STATES.get(type(question))
    assert kind is not None, f"{question} cannot be answered in a word"
    known = {field.name for field in fields(kind)}
    assert set(seen.state) <= known, f"{kind.__name__} has no {set(seen.state) - known}"
    given = {name: _value(name, text) for name, text in seen.state.items()}
    numbers = {field.name: 0 for field in fields(kind) if field.type == "int"}
    empty = {"next_by": None} if "next_by" in known else {}
    return kind(**{**numbers, **empty, **given})


def _value(name: str, text: str) -> Any:
    match name:
        case "next_by" | "ended":
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        case "answering" | "going":
            number, half, most, longest = text.split()
            return Spread(
                count=int(number),
                half=timedelta(hours=float(half)),
                nine_tenths=timedelta(hours=float(most)),
                longest=timedelta(hours=float(longest)),
            )
        case "tables" | "failed":
            return tuple(text.split("; "))
        case "took":
            return timedelta(seconds=float(text))
        case "rows" if " " in text:
            return tuple((table, int(rows)) for table, rows in (part.split() for part in text.split("; ")))
        case _:
            return int(text)


def _restricted(people: Mapping[str, str]) -> RestrictedList:
    """Read `{account:7: 2026-11-01}`; `account:7 billing` closes one purpose."""
    closed: dict[str, dict[str, datetime]] = {}
    for who, day in people.items():
        subject, _, purpose = who.partition(" ")
        digest = RestrictedList.digest(SECRET, subject)
        closed.setdefault(digest, {})[purpose] = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return RestrictedList(SECRET, closed)


def _placed(text: str) -> PlacedReview:
    """Read `lawsuit by general counsel until 2026-12-01`."""
    name, _, rest = text.partition(" by ")
    owner, _, day = rest.partition(" until ")
    return PlacedReview(name=name, owner=owner, review=datetime.fromisoformat(day).date())
