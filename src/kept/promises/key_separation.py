"""Keys are kept apart from what they protect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from kept.base.changes import Obligation
from kept.base.questions import Answers, KeysApart, ProbeKeys, Question
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, in_days, listed

__all__ = ["KeySeparation", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The keys lie in no store, in no backup of data, and out of reach of the accounts that read the data.

    The keys database is no store of the company's, lies in no folder that backups of data take along, and cannot be read by the
    accounts that read the data.

    A backup that holds both the data and its keys brings erased people back; an account that reads both makes encryption a
    formality. What can be tried is tried: each store's own account is used to read the keys, and must be refused. Which folders a
    store's backups take along is said in `kept.toml` (`backup` of the store); while a store with its data in files does not say
    so, the answer is unknown.

    Remedy: an obligation to move the keys, or to take rights away.
    """

    code: ClassVar[str] = "key-separation"
    title: ClassVar[str] = "Keys are kept apart from what they protect"
    law: ClassVar[str] = "GDPR Art. 32(1)(a)"

    def bind(self, scope: Scope) -> Iterator[KeySeparation]:
        """Yield one promise."""
        yield KeySeparation(owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySeparation:
    """That the keys are out of reach of what they protect."""

    owner: str

    @property
    def about(self) -> str:
        """The vault."""
        return "vault"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask how the keys are kept apart."""
        return [ProbeKeys()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by any fault; unknown while something could not be tried."""
        match answers.of(ProbeKeys()):
            case Unknown() as unknown:
                return unknown
            case KeysApart(faults=(), unseen=()) as apart:
                return Kept(evidence=listed(apart.tried))
            case KeysApart(faults=(), unseen=unseen):
                todo = (
                    "Name the folders as `backup` of each store in kept.toml, and let Kept reach the keys database as each account."
                )
                return Unknown(reason=listed(unseen, most=3), todo=todo)
            case KeysApart(faults=faults):
                title = f"Keep the keys apart: {listed(faults, most=2)}"
                todo_ = Obligation(title=title, owner=self.owner, due=in_days(now, 7), evidence="the promise is kept")
                return Broken(reason=listed(faults, most=3), remedies=(todo_,))
