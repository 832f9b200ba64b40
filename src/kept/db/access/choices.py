"""What a person chose: what counts now, and every choice before it as proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Choice

__all__ = ["KnownChoice", "choice_of", "choices_of", "history_of", "newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChoice:
    """A choice: `notice` is the SHA-256 of the words that were shown, `channel` centre, api or gpc."""

    ref: str
    purpose: str
    granted: bool
    edition: int
    notice: str
    channel: str
    at: datetime


def history_of(by: Who) -> tuple[KnownChoice, ...]:
    """Return every choice of whoever asks, the newest first."""
    if not by.account:
        return ()
    with database_errors():
        return tuple(_known(one) for one in Choice.objects.filter(account_id=by.account).order_by("-pk"))


def choices_of(by: Who) -> Mapping[str, KnownChoice]:
    """Return the choice that counts, by purpose; a purpose nobody chose about is not in it."""
    return newest(history_of(by))


def newest(history: tuple[KnownChoice, ...]) -> Mapping[str, KnownChoice]:
    """Return the first choice about each purpose in a history that begins with the newest."""
    return {one.purpose: one for one in reversed(history)}


def choice_of(ref: str, *, by: Who) -> KnownChoice:
    """Return one choice of whoever asks. Raises NotThere where it is not theirs."""
    with database_errors():
        found = Choice.objects.filter(ref=ref, account_id=by.account).first() if by.account else None
    if found is None:
        raise NotThere("There is no such choice", todo="Look through the list of your receipts.")
    return _known(found)


def _known(one: Choice) -> KnownChoice:
    return KnownChoice(
        ref=one.ref,
        purpose=one.purpose,
        granted=one.granted,
        edition=one.edition,
        notice=one.notice,
        channel=one.channel,
        at=one.at,
    )
