"""Kept's own registers as a thing that can be asked: the store named `kept`.

It answers whether the ledger is intact, and how people's requests stand: counts and dates, never whose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kept.base.changes import Change, PersonChange
from kept.base.errors import Refused, SourceError
from kept.base.names import Table
from kept.base.ports import Preview, Progress, Receipt, Row, Selection, silent
from kept.base.questions import Answers, CheckLedger, Question
from kept.base.registers import (
    ReadCanary,
    ReadContact,
    ReadOutcomes,
    ReadPlacedHolds,
    ReadRemainders,
    ReadRequests,
    ReadRestrained,
    ReadVerification,
)
from kept.base.verdicts import Unknown

from .access.register_proofs import canary_state, outcomes_state, placed_reviews, remainders_state, restrained
from .access.register_requests import contact_state, requests_state, verification_state
from .inspection import inspect_ledger
from .location import STORE

__all__ = ["Registers"]

CANNOT_CHANGE = "Kept's own registers are changed by Kept's actions only, never by a plan"


class Registers:
    """The connector of the store `kept`. It changes nothing and gives out no rows."""

    @property
    def store(self) -> str:
        """`kept`."""
        return STORE

    def answer(self, questions: Sequence[Question[Any]], *, progress: Progress = silent) -> Answers:
        """Answer CheckLedger by reading the log from end to end, and the questions of `kept.base.registers`; Unknown to others."""
        return Answers({question: _answer(question, progress) for question in questions})

    def preview(self, change: Change) -> Preview | Unknown:
        """Answer Unknown: there is nothing here that a plan may change."""
        return Unknown(reason=f"{CANNOT_CHANGE} ({type(change).__name__})")

    def perform(self, change: Change, *, progress: Progress = silent) -> Receipt:
        """Raise Refused."""
        progress(type(change).__name__, 0, 0)
        raise Refused(CANNOT_CHANGE, todo="Take the store kept out of the map.")

    def perform_together(self, changes: Sequence[PersonChange], *, patient: bool = False) -> tuple[int, ...]:  # noqa: ARG002 - the port's shape
        """Raise Refused."""
        raise Refused(CANNOT_CHANGE, todo="Take the store kept out of the map.")

    def make_anew(self, changed: Collection[Table]) -> tuple[Table, ...]:  # noqa: ARG002 - the port's shape
        """Return nothing: nothing here holds copies of rows."""
        return ()

    def read(self, selection: Selection) -> Iterator[Row]:
        """Raise Refused: there is nothing of a person here that could be handed out."""
        raise Refused(f"{selection.table} is one of Kept's own registers and holds nothing of a person", todo="Ask another store.")

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Yield each selection; reading its rows raises Refused."""
        for selection in selections:
            yield selection, self.read(selection)

    def close(self) -> None:
        """Do nothing: the connection is Django's."""


def _answer(question: Question[Any], progress: Progress) -> Any:
    try:
        return _known(question, progress)
    except (SourceError, Refused) as error:
        return Unknown(reason=f"{error.happened}; {error.changed}", todo=error.todo)


def _known(question: Question[Any], progress: Progress) -> Any:
    answer: Any
    match question:
        case CheckLedger():
            answer = inspect_ledger(progress)
        case ReadRequests():
            answer = requests_state(question)
        case ReadVerification():
            answer = verification_state(question)
        case ReadContact():
            answer = contact_state(question)
        case ReadOutcomes():
            answer = outcomes_state(question)
        case ReadRemainders():
            answer = remainders_state(question)
        case ReadRestrained():
            answer = restrained()
        case ReadPlacedHolds():
            answer = placed_reviews()
        case ReadCanary():
            answer = canary_state()
        case _:
            answer = Unknown(reason=f"Kept's own registers do not answer {type(question).__name__}")
    return answer
