"""Requests are closed with their proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kept.base.changes import Obligation
from kept.base.questions import Answers
from kept.base.registers import OutcomesState, ReadOutcomes
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days

__all__ = ["OutcomeProved", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Every erasure that was answered was seen to be done, and has its certificate; every export that was promised was made.

    An erasure is proved when every store was asked again and had nothing left. It is unfinished while a processor that was asked
    has let its time run out. An export is made when the bundle was written, or nothing was found to write.

    Remedy: an obligation to finish them.
    """

    code: ClassVar[str] = "outcome-proved"
    title: ClassVar[str] = "What was asked for is proved to be done"
    law: ClassVar[str] = "GDPR Art. 5(2), 17(1), 19"

    def bind(self, scope: Scope) -> Iterator[OutcomeProved]:
        """Yield one promise, about all requests."""
        yield OutcomeProved(owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeProved:
    """That no answered request lacks its proof."""

    owner: str

    @property
    def about(self) -> str:
        """People's requests."""
        return "requests"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadOutcomes]:
        """Ask what lacks."""
        return [ReadOutcomes(now=now)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single request."""
        match answers.of(ReadOutcomes(now=now)):
            case Unknown() as unknown:
                return unknown
            case state:
                return self._judged(now, state)

    def _judged(self, now: datetime, state: OutcomesState) -> Verdict:
        faults = {
            count(state.unproved, "erasure") + " without proof": state.unproved,
            count(state.uncertified, "erasure") + " without certificate": state.uncertified,
            count(state.orders, "erasure") + " that a processor has not done in its time": state.orders,
            count(state.unmade, "export") + " never made": state.unmade,
        }
        found = [text for text, number in faults.items() if number]
        if not found:
            proved = f"{count(state.erasures, 'erasure')} proved and certified"
            return Kept(evidence=f"{proved}, {count(state.exports, 'export')} made")
        todo = Obligation(
            title=f"Finish what was answered: {'; '.join(found)}",
            owner=self.owner,
            due=in_days(now, 3),
            evidence="the promise is kept",
        )
        return Broken(reason=f"answered, and not done: {'; '.join(found)}", remedies=(todo,))
