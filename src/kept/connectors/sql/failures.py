"""From a driver's error to a sentence that says what happened and holds no value.

A driver's own message may quote the row it stumbled over, so it is never repeated: each dialect sorts the error into one of a
few troubles, and the sentence is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kept.base.errors import NOTHING_CHANGED, CannotAnswer, SourceError, StoreRefused, StoreUnreachable

__all__ = ["Trouble", "Troubled", "sentence"]


class Trouble(Enum):
    """What a store can fail at, as far as it matters to what to do next."""

    UNREACHABLE = "no connection to the store {store} ({detail})"
    LOGIN = "the store {store} does not let this account in"
    MISSING = "{what} is not there, or one of its columns is not"
    DENIED = "the store refused the right to use {what}"
    TIMEOUT = "{what} took longer than the time limit"
    LOCKED = "{what} is locked by another session"
    CLASH = "{what} was changed by another session at the same time"
    FOREIGN_KEY = "rows of {what} are still pointed to by {detail}"
    CONSTRAINT = "{what} does not accept the new value ({detail})"
    UNREADABLE = "the file of the store {store} is not a database or is damaged"
    READ_ONLY = "the store {store} can only be read"
    OTHER = "{what} could not be used ({detail})"


TODO = {
    Trouble.UNREACHABLE: "Start the store or correct its URL.",
    Trouble.LOGIN: "Correct the account and password in the URL.",
    Trouble.MISSING: "Correct the map, or scan the store again.",
    Trouble.DENIED: "Grant the right to Kept's account.",
    Trouble.TIMEOUT: "Raise the store's timeout in kept.toml, or add an index.",
    Trouble.LOCKED: "Try again when the other session has finished.",
    Trouble.CLASH: "Try again.",
    Trouble.FOREIGN_KEY: "Change the rows of that table first, or say in the map what happens to them.",
    Trouble.CONSTRAINT: "Choose another way in the map, such as null or delete.",
    Trouble.UNREADABLE: "Check the file, or restore it from a backup.",
    Trouble.READ_ONLY: "Make the store writable for Kept's account.",
    Trouble.OTHER: "See the store's own log.",
}

REFUSALS = frozenset(
    {Trouble.DENIED, Trouble.TIMEOUT, Trouble.LOCKED, Trouble.CLASH, Trouble.FOREIGN_KEY, Trouble.CONSTRAINT, Trouble.READ_ONLY}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """A trouble and one short fact about it: a table's name, a driver's code. Never a value."""

    trouble: Trouble
    detail: str = ""


def sentence(troubled: Troubled, *, store: str, what: str, changed: str = NOTHING_CHANGED) -> SourceError:
    """Return the error to raise: `what` names the table, `changed` says what was done before."""
    trouble = troubled.trouble
    happened = trouble.value.format(store=store, what=what, detail=troubled.detail or "no further reason was given")
    kind: type[SourceError] = SourceError
    if trouble in (Trouble.UNREACHABLE, Trouble.LOGIN, Trouble.UNREADABLE):
        kind = StoreUnreachable
    elif trouble in REFUSALS:
        kind = StoreRefused
    elif trouble is Trouble.MISSING:
        kind = CannotAnswer
    return kind(happened, store=store, todo=TODO[trouble], changed=changed)
