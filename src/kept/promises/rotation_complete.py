"""A rotation that was begun was finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from kept.base.changes import Obligation, Remedy, RotateKeys
from kept.base.questions import Answers, KeysState, Question, ReadKeys
from kept.base.verdicts import Broken, Kept, Unknown, Verdict

from .promise import Scope, count, in_days, listed

__all__ = ["RotationComplete", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No key stands under a key-encryption key that was retired, every retired one is destroyed, and no ended window is still open.

    A rotation that stopped half-way leaves two key-encryption keys in use, and the old one, which was to be destroyed, alive. The
    same goes for the escrow keys of windows in which a destroyed key could be brought back, and for keys that a `rekey` has begun
    to replace.

    Remedy: finishes the rotation and closes the windows; a rekey is finished by whoever began it.
    """

    code: ClassVar[str] = "rotation-complete"
    title: ClassVar[str] = "A rotation that was begun was finished"
    law: ClassVar[str] = "GDPR Art. 32(1)(d)"

    def bind(self, scope: Scope) -> Iterator[RotationComplete]:
        """Yield one promise."""
        yield RotationComplete(owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationComplete:
    """That nothing of the vault was left half-way."""

    owner: str

    @property
    def about(self) -> str:
        """The vault."""
        return "vault"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask which keys there are."""
        return [ReadKeys()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single key under a retired key-encryption key, one that still exists, or a window that should be closed."""
        match answers.of(ReadKeys()):
            case Unknown() as unknown:
                return unknown
            case KeysState() as state:
                return self._judged(now, state)

    def _judged(self, now: datetime, state: KeysState) -> Verdict:
        retiring = [key for key in state.encrypting if key.state == "retiring"]
        left = [key for key in state.encrypting if key.state == "destroyed" and key.keys]
        ended = [key for key in state.encrypting if key.state == "escrow" and key.until is not None and key.until <= now]
        faults = [f"key-encryption key {key.number} was retired and still holds {count(key.keys, 'key')}" for key in retiring]
        faults += [f"{count(key.keys, 'key')} stand under key-encryption key {key.number}, which was destroyed" for key in left]
        faults += [f"a window that ended on {key.until:%Y-%m-%d} still keeps {count(key.keys, 'key')}" for key in ended]
        remedies: list[Remedy] = []
        if retiring or ended:
            remedies.append(RotateKeys(rows=sum(key.keys for key in (*retiring, *ended)), finish=True))
        if left:
            title = "Restore the keys database from the newest backup in which those keys stand under a living key-encryption key"
            remedies.append(Obligation(title=title, owner=self.owner, due=in_days(now, 1), evidence="the promise is kept"))
        if state.replaced:
            faults.append(f"{count(state.replaced, 'key')} that a rekey began to replace still exist")
            title = "Finish replacing people's keys: run `kept vault rekey` again for them"
            remedies.append(Obligation(title=title, owner=self.owner, due=in_days(now, 7), evidence="the promise is kept"))
        if faults:
            return Broken(reason=listed(faults, most=3), remedies=tuple(remedies))
        gone = sum(key.state == "destroyed" for key in state.encrypting)
        return Kept(evidence=f"every key stands under a living key-encryption key, {count(gone, 'retired one')} destroyed")
