"""Requests are answered in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.periods import Period
from kept.base.questions import Answers
from kept.base.registers import ReadRequests, RequestsState, Spread
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days

__all__ = ["AnsweredInTime", "Terms"]

DAY = 24
HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No open request is past its date, and its owner is told before the date, not after.

    A request's date is the earlier of the one the policy promises and the strictest reading of the laws that apply. The promise is
    broken by a request that is still open after it, and by one whose date is near without anybody having been told. The evidence
    says how long answers took, and how long data took from being hidden to being gone.

    Remedy: an obligation to answer them.
    """

    code: ClassVar[str] = "answered-in-time"
    title: ClassVar[str] = "Requests are answered in time"
    law: ClassVar[str] = "GDPR Art. 12(3)"

    warn: Annotated[Period, Doc("How long before its date the owner of a request must have been told: 3 days.")] = field(
        default_factory=lambda: Period(hours=3 * DAY)
    )
    over: Annotated[Period, Doc("Over how long the times that answers took are told: 90 days.")] = field(
        default_factory=lambda: Period(hours=90 * DAY)
    )

    def bind(self, scope: Scope) -> Iterator[AnsweredInTime]:
        """Yield one promise, about all requests."""
        yield AnsweredInTime(warn=self.warn, over=self.over, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredInTime:
    """That no request is past its date, or near it unseen."""

    warn: Period
    over: Period
    owner: str

    @property
    def about(self) -> str:
        """People's requests."""
        return "requests"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadRequests]:
        """Ask how requests stand."""
        return [self._asked(now)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single request."""
        match answers.of(self._asked(now)):
            case Unknown() as unknown:
                return unknown
            case RequestsState(past=0, untold=0) as state:
                return Kept(evidence=self._evidence(state))
            case state:
                return self._broken(now, state)

    def _asked(self, now: datetime) -> ReadRequests:
        return ReadRequests(now=now, warn=self.warn.after(now), since=self.over.before(now))

    def _broken(self, now: datetime, state: RequestsState) -> Broken:
        faults, todo = [], []
        if state.past:
            faults.append(f"{count(state.past, 'request')} past {'its' if state.past == 1 else 'their'} date")
            title = f"Answer {count(state.past, 'request')} whose date is over, and say why it took longer"
            todo.append(Obligation(title=title, owner=self.owner, due=in_days(now, 0), evidence="the promise is kept"))
        if state.untold:
            faults.append(f"{count(state.untold, 'request')} due within {self.warn}, and nobody was told")
            title = f"See to {count(state.untold, 'request')} due within {self.warn}"
            todo.append(Obligation(title=title, owner=self.owner, due=in_days(now, 1), evidence="the promise is kept"))
        return Broken(reason="; ".join(faults), remedies=tuple(todo))

    def _evidence(self, state: RequestsState) -> str:
        parts = [f"{count(state.open, 'request')} open"]
        if state.next_by is not None:
            parts[0] += f", the next due {state.next_by:%Y-%m-%d}"
        if state.answering is not None:
            parts.append(f"of {count(state.answering.count, 'request')} answered in {self.over} {_told(state.answering)}")
        if state.late:
            parts.append(f"{state.late:,} of them late")
        if state.going is not None:
            parts.append(f"from hidden to gone, of {count(state.going.count, 'erasure')}, {_told(state.going)}")
        return "; ".join(parts)


def _told(spread: Spread) -> str:
    """Return a spread in a phrase, in days, or in hours where the longest is shorter than two days."""
    size, unit = (
        (HOUR_SECONDS * DAY, "days") if spread.longest.total_seconds() >= 2 * DAY * HOUR_SECONDS else (HOUR_SECONDS, "hours")
    )
    half, most, longest = (f"{part.total_seconds() / size:.1f}" for part in (spread.half, spread.nine_tenths, spread.longest))
    return f"half took at most {half}, nine in ten {most}, and the longest {longest} {unit}"
