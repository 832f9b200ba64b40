"""What every kind of mailbox must do: hand out letters, and take note that one is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kept.base.errors import SourceError, StoreUnreachable
from kept.base.personal import Personal

__all__ = ["STORE", "Mailbox", "Taken", "unread"]

STORE = "mailbox"
"""What errors call it: an account's name can be a person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A letter in hand. `key` is `kept.intake.letter.letter_key`; `place` is where its mailbox has it and means nothing elsewhere.

    `cut` where the letter is larger than was to be fetched: `raw` is then its beginning, and the rest stays in the mailbox.
    """

    key: str
    raw: Personal[bytes]
    cut: bool
    place: str = field(repr=False)


class Mailbox(Protocol):
    """A place letters come into.

    A letter MUST be handed out again until it is `done`, also after the program was killed: whoever takes it writes `key` down in
    the same transaction as what came of the letter, leaves out a key that is there already, and calls `done` afterwards. Two who
    poll at once may both be handed the same letter, with the same key. Reading MUST NOT mark a letter as read. One letter that
    cannot be fetched MUST NOT keep the others back.
    """

    def letters(self) -> Iterator[Taken]:
        """Yield the letters that are not done, the oldest first, each fetched when it is its turn; stop whenever you like.

        Raises StoreUnreachable when the mailbox is not there or goes away, StoreRefused when it says no, SourceError at the end
        when some letters could not be fetched; those that were yielded before stay good.
        """

    def done(self, taken: Taken) -> None:
        """Take note that the letter needs no more looking at; one that is no longer there is done. Raises SourceError."""

    def close(self) -> None:
        """Let go of it; never raises."""


def unread(count: int) -> SourceError:
    """Return the error that tells of letters which could not be fetched."""
    what = "one letter" if count == 1 else f"{count} letters"
    return SourceError(
        f"{what} could not be fetched", store=STORE, todo="They come again at the next look; if not, look at the mailbox."
    )


def away(happened: str) -> StoreUnreachable:
    """Return the error of a mailbox that cannot be reached."""
    return StoreUnreachable(
        happened, store=STORE, todo="Look at the mail server and the URL; letters wait there until the next look."
    )
