"""A person made for it is exported and erased, on a schedule, to see that it works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.periods import Period
from kept.base.questions import Answers
from kept.base.registers import CanaryState, ReadCanary
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.settings import CanarySettings

from .promise import Scope, count, in_days, listed

__all__ = ["CanaryLives", "Terms"]

DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A synthetic person signs up, gets their export and is erased, end to end, as often as kept.toml says.

    The canary is made as anybody would sign up, and leaves a mark in its data. The mark must be in its export; after its erasure
    nothing may be left of it, and its certificate must verify. What breaks for the canary breaks for people.

    Remedy: an obligation to find out what failed, as in an incident.
    """

    code: ClassVar[str] = "canary"
    title: ClassVar[str] = "Export and deletion are tried end to end"
    law: ClassVar[str] = "GDPR Art. 32(1)(d), 15(3), 17(1)"

    grace: Annotated[Period, Doc("How much later than its schedule a life may end: 1 day.")] = field(
        default_factory=lambda: Period(hours=DAY)
    )

    def bind(self, scope: Scope) -> Iterator[CanaryLives]:
        """Yield one promise."""
        yield CanaryLives(settings=scope.policy.settings.requests.canary, grace=self.grace, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryLives:
    """That the canary's last life ended well, and not too long ago."""

    settings: CanarySettings | None
    grace: Period
    owner: str

    @property
    def about(self) -> str:
        """The canary."""
        return "canary"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadCanary]:
        """Ask how it lived last."""
        return [ReadCanary()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken where it failed, or has not lived for too long; unknown where it never did."""
        if self.settings is None:
            return Unknown(reason="kept.toml has no canary", todo="Say how one signs up, under [requests.canary].")
        state = answers.of(ReadCanary())
        if isinstance(state, Unknown):
            return state
        if state.ended is None:
            return Unknown(reason="the canary has not lived yet", todo="Let the worker run (`kept work`).")
        return self._judged(now, state.ended, self.settings, state)

    def _judged(self, now: datetime, ended: datetime, settings: CanarySettings, state: CanaryState) -> Verdict:
        day = f"{ended:%Y-%m-%d}"
        if state.failed:
            return self._broken(now, f"the canary of {day} failed: {listed(state.failed)}")
        if ended < self.grace.before(settings.every.before(now)):
            return self._broken(now, f"the canary lived last on {day}, and should every {settings.every}")
        took = f"{state.took.total_seconds():.0f} seconds"
        return Kept(evidence=f"the canary of {day} was exported with {count(state.rows, 'row')} and erased, in {took}")

    def _broken(self, now: datetime, reason: str) -> Broken:
        title = f"Find out why {reason}, and whether it is so for people"
        todo = Obligation(title=title, owner=self.owner, due=in_days(now, 1), evidence="the next life ends well")
        return Broken(reason=reason, remedies=(todo,))
