"""Nothing is done for a request before it is known whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.periods import Period
from kept.base.questions import Answers
from kept.base.registers import ReadVerification, VerificationState
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days

__all__ = ["Terms", "VerifiedBeforeFulfilled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No data is looked for, given out, corrected or erased for somebody before it is established that it is them.

    Opt-outs and limits are left out: the law forbids to ask who somebody is who wants one (11 CCR 7060(b)). The promise is broken
    by a single request on which a step was done before its verification, or without one.

    Remedy: an obligation to look at each, and to treat what was given to a stranger as a breach.
    """

    code: ClassVar[str] = "verified-before-fulfilled"
    title: ClassVar[str] = "Requests are verified before they are fulfilled"
    law: ClassVar[str] = "GDPR Art. 12(2), 12(6), 32(1)"

    over: Annotated[Period, Doc("Over how long requests are looked at: 12 months.")] = field(
        default_factory=lambda: Period(months=12)
    )

    def bind(self, scope: Scope) -> Iterator[VerifiedBeforeFulfilled]:
        """Yield one promise, about all requests."""
        yield VerifiedBeforeFulfilled(over=self.over, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBeforeFulfilled:
    """That nothing was done for anybody unverified."""

    over: Period
    owner: str

    @property
    def about(self) -> str:
        """People's requests."""
        return "requests"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadVerification]:
        """Ask on how many requests something was done, and on how many too early."""
        return [ReadVerification(since=self.over.before(now))]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single request."""
        match answers.of(ReadVerification(since=self.over.before(now))):
            case Unknown() as unknown:
                return unknown
            case VerificationState(unverified=0) as state:
                return Kept(evidence=f"{count(state.acted, 'request')} acted on in {self.over}, each verified before")
            case state:
                early = count(state.unverified, "request")
                todo = Obligation(
                    title=f"Find out what was given to whom in {early} that nobody had verified",
                    owner=self.owner,
                    due=in_days(now, 3),
                    evidence="what was found, and whether it is a breach",
                )
                return Broken(reason=f"{early} of {state.acted:,} acted on before being verified", remedies=(todo,))
