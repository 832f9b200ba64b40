"""Errors, in four families by who can act on them.

An error always says three things: what happened, whether anything was changed, and what to do next. None of them ever
carries a value of a person. A broken promise is not an error: it is a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "CannotAnswer",
    "ChangedSince",
    "IntegrityError",
    "KeptError",
    "KeyDestroyed",
    "KeysUnreachable",
    "Place",
    "PlanIsStale",
    "PolicyError",
    "PolicyErrors",
    "ProviderUnreachable",
    "Refused",
    "SealBroken",
    "ShareTooLarge",
    "SourceError",
    "StoreRefused",
    "StoreUnreachable",
    "StrangeKey",
    "Taken",
    "TooMuchAtOnce",
    "TamperedLedger",
    "UnknownFormat",
    "UnknownKey",
    "WrongPassphrase",
]

NOTHING_CHANGED = "nothing was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a file something stands. Lines and columns count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`, the form editors jump to."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class KeptError(Exception):
    """The root of Kept's errors; never raised itself.

    `happened` is one sentence, `todo` is one sentence; `changed` says what was changed before the error.
    """

    code: ClassVar[str] = "kept"

    def __init__(self, happened: str, *, todo: str, changed: str = NOTHING_CHANGED) -> None:
        """Keep the three sentences; `args` stay picklable."""
        super().__init__(happened, todo, changed)
        self.happened = happened
        self.todo = todo
        self.changed = changed
        self.rows = 0
        """How many rows were changed before it, where that is known; the ledger wants a number."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by state, because the keyword-only signature cannot be replayed from `args`."""
        return (_rebuild, (type(self), dict(self.__dict__)))

    def __str__(self) -> str:
        """Give the three sentences in one line."""
        return f"{self.happened}; {self.changed}. {self.todo}"


def _rebuild(kind: type[KeptError], state: dict[str, object]) -> KeptError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("happened"), state.get("todo"), state.get("changed"))
    error.__dict__.update(state)
    return error


class PolicyError(KeptError):
    """The privacy folder says something Kept cannot read; its author can mend it at `place`."""

    code: ClassVar[str] = "policy"

    def __init__(self, happened: str, *, place: Place, todo: str) -> None:
        """Keep the place beside the sentences."""
        super().__init__(happened, todo=todo)
        self.place = place

    def __str__(self) -> str:
        """Lead with the place, as compilers do."""
        return f"{self.place}: {self.happened}. {self.todo}"


class PolicyErrors(KeptError):
    """Several errors of one privacy folder, told together so that they are mended together."""

    code: ClassVar[str] = "policy"

    def __init__(self, errors: tuple[PolicyError, ...]) -> None:
        """Keep every error, in the order of the files."""
        count = f"{len(errors)} errors" if len(errors) != 1 else "1 error"
        super().__init__(f"{count} in the privacy folder", todo="Mend each and run the command again.")
        self.errors = errors

    def __str__(self) -> str:
        """One error a line."""
        return "\n".join(str(error) for error in self.errors)


class SourceError(KeptError):
    """A store failed; whoever runs it can act."""

    code: ClassVar[str] = "source"

    def __init__(self, happened: str, *, store: str, todo: str, changed: str = NOTHING_CHANGED) -> None:
        """Name the store."""
        super().__init__(happened, todo=todo, changed=changed)
        self.store = store


class StoreUnreachable(SourceError):
    """No connection to the store could be opened, or it was lost."""

    code: ClassVar[str] = "store-unreachable"


class StoreRefused(SourceError):
    """The store is there and said no: a missing right, a constraint, a time limit."""

    code: ClassVar[str] = "store-refused"


class CannotAnswer(SourceError):
    """The store is there and the question makes no sense to it: a missing table, a clock column that holds text."""

    code: ClassVar[str] = "cannot-answer"


class TooMuchAtOnce(SourceError):
    """The store would have to hold its locks for longer than others should wait; fewer people at a time is the way."""

    code: ClassVar[str] = "too-much-at-once"


class KeysUnreachable(SourceError):
    """The vault's keys database is missing, cannot be reached, or cannot be written."""

    code: ClassVar[str] = "keys-unreachable"


class ProviderUnreachable(SourceError):
    """The service or file that holds the key-encryption key does not answer, or said no; keys already in memory go on."""

    code: ClassVar[str] = "provider-unreachable"


class MailUnreachable(SourceError):
    """The mail server did not take a letter."""

    code: ClassVar[str] = "mail-unreachable"


class Refused(KeptError):
    """Kept protects something and will not go on."""

    code: ClassVar[str] = "refused"


class NotThere(Refused):
    """There is nothing of that name for whoever asks; it may be there for somebody else, which is not said."""

    code: ClassVar[str] = "not-there"


class NotAllowed(Refused):
    """Whoever asks may not do that."""

    code: ClassVar[str] = "not-allowed"


class Taken(Refused):
    """There is one of that name already."""

    code: ClassVar[str] = "taken"


class ChangedSince(Refused):
    """It was changed since whoever asks looked at it."""

    code: ClassVar[str] = "changed-since"


class PlanIsStale(Refused):
    """The plan no longer describes the policy or the rows it was made for."""

    code: ClassVar[str] = "plan-is-stale"


class ShareTooLarge(Refused):
    """A change would touch more than the safety share of a table."""

    code: ClassVar[str] = "share-too-large"


class KeyDestroyed(Refused):
    """The person's key was destroyed, and with it everything that was sealed for them."""

    code: ClassVar[str] = "key-destroyed"


class WrongPassphrase(Refused):
    """The passphrase does not open the key-encryption key."""

    code: ClassVar[str] = "wrong-passphrase"


class UnknownFormat(Refused):
    """The value is sealed in a format that this Kept does not read, or is not sealed at all."""

    code: ClassVar[str] = "unknown-format"


class IntegrityError(KeptError):
    """Something that must not be able to happen has happened; stop and fetch a person."""

    code: ClassVar[str] = "integrity"


class TamperedLedger(IntegrityError):
    """The ledger does not hash to what was signed."""

    code: ClassVar[str] = "tampered-ledger"


class SealBroken(IntegrityError):
    """A sealed value is not what was sealed: cut, changed, or moved from another person, column or row."""

    code: ClassVar[str] = "seal-broken"


class UnknownKey(IntegrityError):
    """A value is sealed under a key that the keys database does not have and did not destroy."""

    code: ClassVar[str] = "unknown-key"


class StrangeKey(IntegrityError):
    """A wrapped key does not open under this installation's key-encryption key, or is not the key it says it is."""

    code: ClassVar[str] = "strange-key"
