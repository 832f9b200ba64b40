"""The record of all this was not rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from kept.base.changes import Obligation
from kept.base.questions import Answers, CheckLedger, LedgerState, Question
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days, listed

__all__ = ["LedgerIntact", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The ledger hashes, entry by entry, to the root that was signed.

    The ledger is read from end to end and hashed anew (RFC 6962). The promise is broken when an entry was edited, removed,
    reordered or cut off since the last signed checkpoint. To show the same to a stranger, export the ledger and run `kept verify`
    on the folder.

    Remedy: none that a machine should take; an obligation to stop and find out.
    """

    code: ClassVar[str] = "ledger-intact"
    title: ClassVar[str] = "The record was not rewritten"
    law: ClassVar[str] = "GDPR Art. 5(2)"

    def bind(self, scope: Scope) -> Iterator[LedgerIntact]:
        """Yield one promise."""
        yield LedgerIntact(owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerIntact:
    """That Kept's own ledger is whole."""

    owner: str

    @property
    def about(self) -> str:
        """The ledger."""
        return "ledger"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for the ledger's state."""
        return [CheckLedger()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by any fault."""
        match answers.of(CheckLedger()):
            case Unknown() as unknown:
                return unknown
            case LedgerState(faults=()) as state:
                return Kept(evidence=f"{count(state.size, 'entry', 'entries')} hash to the signed root {state.root[:16]}")
            case LedgerState() as state:
                title = f"Find out who changed the ledger: {listed(state.faults, most=2)}"
                todo = Obligation(title=title, owner=self.owner, due=in_days(now, 1), evidence="an incident report")
                return Broken(reason=listed(state.faults, most=3), remedies=(todo,))
