"""A Maildir: letters lie in new/ until they are done, and in cur/ afterwards."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kept.base.errors import StoreRefused
from kept.base.personal import Personal
from kept.intake.letter import letter_key

from .mailbox import STORE, Taken, away, unread

__all__ = ["MaildirMailbox"]


class MaildirMailbox:
    """Letters that a mail server, or a program in its place, lays into a folder; `tmp/` is the deliverer's and is not looked at."""

    def __init__(self, folder: str, *, largest: int) -> None:
        """Know where; nothing is looked at yet."""
        self._folder = Path(folder)
        self._largest = largest

    def letters(self) -> Iterator[Taken]:
        """Yield the letters in new/, the oldest first. As `Mailbox` says."""
        failed = 0
        for name in self._names():
            try:
                raw, cut = self._read(name)
            except FileNotFoundError:  # somebody else was done with it
                continue
            except OSError:
                failed += 1
                continue
            yield Taken(key=letter_key(raw), raw=Personal(raw), cut=cut, place=name)
        if failed:
            raise unread(failed)

    def done(self, taken: Taken) -> None:
        """Move the letter into cur/, marked as seen. As `Mailbox` says."""
        try:
            (self._folder / "cur").mkdir(exist_ok=True, mode=0o700)
            (self._folder / "new" / taken.place).rename(self._folder / "cur" / f"{taken.place.partition(':')[0]}:2,S")
        except FileNotFoundError:
            return
        except OSError:
            raise StoreRefused(
                "a letter could not be moved out of new/", store=STORE, todo="Let Kept write to the Maildir's folders."
            ) from None

    def close(self) -> None:
        """Do nothing: a folder is not held open."""

    def _names(self) -> list[str]:
        try:
            with os.scandir(self._folder / "new") as entries:
                found = [(entry.stat(follow_symlinks=False).st_mtime_ns, entry.name) for entry in entries if entry.name[:1] != "."]
        except OSError:
            raise away("the Maildir has no folder new/ that can be looked into") from None
        return [name for _, name in sorted(found)]

    def _read(self, name: str) -> tuple[bytes, bool]:
        """Return a letter's bytes. A link, a folder or a pipe is none: whoever lays one there wants another file to be read."""
        handle = os.open(self._folder / "new" / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError
            raw = file.read(self._largest + 1)
        return raw[: self._largest], len(raw) > self._largest
