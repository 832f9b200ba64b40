"""Whoever writes to the contact gets an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.periods import Period
from kept.base.questions import Answers
from kept.base.registers import ContactState, ReadContact
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days

__all__ = ["ContactAnswered", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No question, complaint or letter to the contact stays unanswered past its time.

    Questions and complaints have a date like every request. A letter that came to a request is answered by whatever is written
    for that request afterwards; what a machine sent wants no answer.

    Remedy: an obligation to answer.
    """

    code: ClassVar[str] = "contact-answered"
    title: ClassVar[str] = "Whoever writes to the contact gets an answer"
    law: ClassVar[str] = "GDPR Art. 12(2), 13(1)(b), 38(4)"

    within: Annotated[
        Period | None, Doc("How long a letter may wait; the time in which requests are answered, where nothing is said.")
    ] = None

    def bind(self, scope: Scope) -> Iterator[ContactAnswered]:
        """Yield one promise, about the contact."""
        yield ContactAnswered(within=self.within or scope.policy.settings.requests.within, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswered:
    """That nobody waits for an answer longer than promised."""

    within: Period
    owner: str

    @property
    def about(self) -> str:
        """The contact."""
        return "contact"

    def questions(self, now: datetime, answers: Answers) -> Sequence[ReadContact]:
        """Ask what waits."""
        return [self._asked(now)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single letter."""
        match answers.of(self._asked(now)):
            case Unknown() as unknown:
                return unknown
            case ContactState(past=0, old_letters=0) as state:
                soon = f", the next due {state.next_by:%Y-%m-%d}" if state.next_by else ""
                waiting = count(state.letters, "letter")
                return Kept(
                    evidence=f"{count(state.open, 'question')} open{soon}; {waiting} waiting, none longer than {self.within}"
                )
            case state:
                return self._broken(now, state)

    def _asked(self, now: datetime) -> ReadContact:
        return ReadContact(now=now, before=self.within.before(now))

    def _broken(self, now: datetime, state: ContactState) -> Broken:
        faults = {
            f"{count(state.past, 'question')} past {'its' if state.past == 1 else 'their'} date": state.past,
            f"{count(state.old_letters, 'letter')} unanswered for more than {self.within}": state.old_letters,
        }
        found = "; ".join(text for text, number in faults.items() if number)
        todo = Obligation(title=f"Answer {found}", owner=self.owner, due=in_days(now, 1), evidence="the promise is kept")
        return Broken(reason=found, remedies=(todo,))
