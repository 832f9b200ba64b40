"""Keys are replaced on a schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation, RotateKeys
from kept.base.periods import Period
from kept.base.questions import Answers, KeysState, Question, ReadKeys
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days

__all__ = ["KeyAge", "PersonKeyAge", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The key-encryption key is no older than the clause says, and people's own keys are not either, where it says so.

    Rotation also ends what deletion leaves behind: the bytes of destroyed keys that stand in old backups and logs of the keys
    database become noise once the key-encryption key over them is destroyed. So the period bounds how long a destroyed person
    could still be opened by somebody who has both such a backup and the key-encryption key.

    Remedy: rotates. People's own keys that are too old are an obligation, because replacing one re-encrypts everything of a person.
    """

    code: ClassVar[str] = "key-age"
    title: ClassVar[str] = "Keys are replaced on a schedule"
    law: ClassVar[str] = "GDPR Art. 32(1)(a), Art. 32(1)(d)"

    at_most: Annotated[Period, Doc("How old the key-encryption key may become: 90 days.")]
    people_at_most: Annotated[Period | None, Doc("How old people's own keys may become, if that is promised.")] = None

    def bind(self, scope: Scope) -> Iterator[KeyAge | PersonKeyAge]:
        """Yield one promise for the key-encryption key, and one for people's keys where the clause speaks of them."""
        yield KeyAge(at_most=self.at_most)
        if self.people_at_most is not None:
            yield PersonKeyAge(at_most=self.people_at_most, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAge:
    """That the active key-encryption key is young enough."""

    at_most: Period

    @property
    def about(self) -> str:
        """The vault."""
        return "vault"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask which keys there are."""
        return [ReadKeys()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken when the active key-encryption key was made before the period began."""
        match answers.of(ReadKeys()):
            case Unknown() as unknown:
                return unknown
            case KeysState() as state:
                return self._judged(now, state)

    def _judged(self, now: datetime, state: KeysState) -> Verdict:
        active = next((key for key in state.encrypting if key.state == "active"), None)
        if active is None:
            return Unknown(reason="the vault has no active key-encryption key", todo="Restore the keys database from its backup.")
        made = f"{active.made_at:%Y-%m-%d}"
        if active.made_at >= self.at_most.before(now):
            return Kept(evidence=f"the key-encryption key is of {made}, and holds {count(active.keys, 'key')}")
        reason = f"the key-encryption key is of {made}, older than {self.at_most}"
        if state.dead:
            reason += f"; {count(state.dead, 'destroyed key')} may still stand under it in backups of the keys database"
        return Broken(reason=reason, remedies=(RotateKeys(rows=active.keys),))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKeyAge:
    """That nobody's own key is too old."""

    at_most: Period
    owner: str

    @property
    def about(self) -> str:
        """People's keys."""
        return "vault people"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask which keys there are."""
        return [ReadKeys()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken when the oldest was made before the period began."""
        match answers.of(ReadKeys()):
            case Unknown() as unknown:
                return unknown
            case KeysState(oldest=None):
                return Kept(evidence="nobody has a key yet")
            case KeysState(oldest=datetime() as oldest, people=people) if oldest >= self.at_most.before(now):
                return Kept(evidence=f"the oldest key of {count(people, 'person', 'people')} is of {oldest:%Y-%m-%d}")
            case KeysState(oldest=oldest):
                todo = Obligation(
                    title=f"Replace people's keys older than {self.at_most} with `kept vault rekey`",
                    owner=self.owner,
                    due=in_days(now, 30),
                    evidence="the promise is kept",
                )
                return Broken(reason=f"somebody's key is of {oldest:%Y-%m-%d}, older than {self.at_most}", remedies=(todo,))
