"""Holds are looked at again when their time has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from kept.base.changes import Obligation
from kept.base.questions import Answers
from kept.base.registers import PlacedReview, ReadPlacedHolds
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.holds import Hold

from .promise import Scope, count, in_days, listed

__all__ = ["HoldReviewed", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No legal hold stands past the day on which it is to be looked at again.

    A hold suspends erasure and retention, so it must not outlive its reason. Those of `holds.yaml` are looked at, and those that
    staff placed in the console. One whose day is today is not past it.

    Remedy: an obligation of the hold's owner to lift it, or to give it another day and say why.
    """

    code: ClassVar[str] = "hold-reviewed"
    title: ClassVar[str] = "Legal holds are looked at again in time"
    law: ClassVar[str] = "GDPR Art. 5(1)(e), 17(3)(e)"

    def bind(self, scope: Scope) -> Iterator[HoldReviewed]:
        """Yield one promise, about all holds."""
        yield HoldReviewed(written=scope.policy.holds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HoldReviewed:
    """That no hold in force is past its review."""

    written: Mapping[str, Hold]

    @property
    def about(self) -> str:
        """Holds."""
        return "holds"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadPlacedHolds]:
        """Ask which holds staff placed."""
        return [ReadPlacedHolds()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single hold."""
        today = now.date()
        placed = answers.of(ReadPlacedHolds())
        known = {one.name: one for one in self._written(today)}
        known |= {} if isinstance(placed, Unknown) else {one.name: one for one in placed}
        past = [one for one in known.values() if one.review < today]
        if past:
            names = listed(f"{one.name} (since {one.review:%Y-%m-%d})" for one in past)
            todo = tuple(
                Obligation(
                    title=f"Lift the hold {one.name}, or give it another day and say why",
                    owner=one.owner,
                    due=in_days(now, 7),
                    evidence="the promise is kept",
                )
                for one in past
            )
            return Broken(reason=f"{count(len(past), 'hold')} past review: {names}", remedies=todo)
        if isinstance(placed, Unknown):
            return placed
        next_one = min((one.review for one in known.values()), default=None)
        soon = f", the next to be looked at {next_one:%Y-%m-%d}" if next_one else ""
        return Kept(evidence=f"{count(len(known), 'hold')} in force{soon}")

    def _written(self, today: date) -> Iterator[PlacedReview]:
        """Yield the holds of the policy that are in force."""
        for name, hold in self.written.items():
            if hold.placed <= today and (hold.lifted is None or today < hold.lifted):
                yield PlacedReview(name=name, owner=hold.owner, review=hold.review)
