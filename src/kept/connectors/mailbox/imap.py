"""A mailbox by IMAP (RFC 3501 and 9051), always encrypted."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import imapclient
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from kept.base.errors import StoreRefused
from kept.base.personal import Personal
from kept.intake.letter import letter_key

from .mailbox import STORE, Taken, away, unread

__all__ = ["ImapMailbox", "ImapPlace"]

DONE: Final = "KeptDone"
"""The keyword (RFC 3501 section 2.3.2) that marks a letter which needs no more looking at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapPlace:
    """Where a mailbox is and who opens it. Printing it shows neither account nor password."""

    host: str
    port: int
    encrypted_at_once: bool
    account: str = field(repr=False)
    password: str = field(repr=False)
    folder: str
    done: str
    only_unseen: bool
    trusted: str | None


class ImapMailbox:
    """One folder of an IMAP server. After an error it connects anew when it is next asked."""

    def __init__(self, place: ImapPlace, *, seconds: float, largest: int) -> None:
        """Know where; connect later."""
        self._place = place
        self._seconds = seconds
        self._largest = largest
        self._client: Any = None
        self._epoch = 0
        self._keywords = False

    def letters(self) -> Iterator[Taken]:
        """Yield the folder's letters that are not done, by the order they came. As `Mailbox` says."""
        with self._errors("to open the folder"):
            client = self._connected()
            found = sorted(client.search(self._wanted()))
        failed = 0
        for uid in found:
            with self._errors("for a letter"):
                raw, total, there = self._fetch(client, uid)
            if raw is None:
                failed += there
            else:
                place = f"{self._epoch}:{uid}"
                yield Taken(key=letter_key(raw), raw=Personal(raw), cut=total > len(raw), place=place)
        if failed:
            raise unread(failed)

    def done(self, taken: Taken) -> None:
        """Move the letter to the folder for what is done, or mark it. As `Mailbox` says.

        Where the server has numbered its letters anew since (UIDVALIDITY, RFC 3501 section 2.3.1.1), nothing is done: the letter
        is handed out again, with the same key.
        """
        with self._errors("to mark or move a letter"):
            client = self._connected()
            epoch, _, uid = taken.place.partition(":")
            if int(epoch) != self._epoch or not _there(client, int(uid)):
                return
            if self._place.done:
                self._move(client, int(uid))
            else:
                client.add_flags([int(uid)], [r"\Seen", *([DONE] if self._keywords else [])], silent=True)

    def close(self) -> None:
        """Say goodbye if the server is still there."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(IMAPClientError, OSError):
                client.logout()
            with suppress(IMAPClientError, OSError):
                client.shutdown()

    def _wanted(self) -> list[str]:
        """What to search for. A server that keeps no keywords can only tell by what was seen, as letters are not moved."""
        unseen = self._place.only_unseen or not (self._keywords or self._place.done)
        return ["UNDELETED", *(["UNKEYWORD", DONE] if self._keywords else []), *(["UNSEEN"] if unseen else [])]

    def _connected(self) -> Any:
        if self._client is None:
            place = self._place
            context = ssl.create_default_context(cafile=place.trusted)
            client = imapclient.IMAPClient(
                place.host, place.port, ssl=place.encrypted_at_once, ssl_context=context, timeout=self._seconds
            )
            self._client = client
            if not place.encrypted_at_once:
                client.starttls(context)
            client.login(place.account, place.password)
            chosen = client.select_folder(place.folder)
            self._epoch = int(chosen.get(b"UIDVALIDITY", 0))
            self._keywords = b"\\*" in chosen.get(b"PERMANENTFLAGS", ()) or DONE.encode() in chosen.get(b"PERMANENTFLAGS", ())
        return self._client

    def _fetch(self, client: Any, uid: int) -> tuple[bytes | None, int, bool]:
        """Return the letter's first bytes without marking it as read, its whole size, and whether it is there at all."""
        try:
            answer = client.fetch([uid], ["RFC822.SIZE", f"BODY.PEEK[]<0.{self._largest}>"]).get(uid)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:  # the server says no to this one letter
            answer = {}
        if answer is None or answer.get(b"BODY[]<0>") is None:  # Dovecot says NIL of what is gone
            return None, 0, _there(client, uid)
        return answer[b"BODY[]<0>"], int(answer.get(b"RFC822.SIZE", 0)), True

    def _move(self, client: Any, uid: int) -> None:
        """Move a letter. Where somebody else did, or made the folder, in the same moment, that is as good."""
        target = self._place.done
        if not client.folder_exists(target):
            with _unless(lambda: client.folder_exists(target)):
                client.create_folder(target)
        with _unless(lambda: not _there(client, uid)):
            if client.has_capability("MOVE"):
                client.move([uid], target)
                return
            client.copy([uid], target)
            client.delete_messages([uid], silent=True)
            if client.has_capability("UIDPLUS"):
                client.uid_expunge([uid])

    @contextmanager
    def _errors(self, asked: str) -> Iterator[None]:
        """Turn what goes wrong into what to do about it, and connect anew next time. Nothing the server said is repeated."""
        try:
            yield
        except Exception as error:
            self._drop()
            raise _told(error, asked) from None

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(IMAPClientError, OSError):
                client.shutdown()


def _there(client: Any, uid: int) -> bool:
    """Return whether the folder has the letter now; a server tells of what others took out when it is asked for news."""
    client.noop()
    return bool(client.search(["UID", str(uid)]))


@contextmanager
def _unless(good: Callable[[], bool]) -> Iterator[None]:
    """Overlook that the server says no, where things are good all the same."""
    try:
        yield
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if not good():
            raise


def _told(error: Exception, asked: str) -> Exception:
    match error:
        case LoginError():
            return _refused("the mail server did not take the account and password")
        case ssl.SSLError():
            return away("the mail server did not show a certificate that is trusted, or broke off the encryption")
        case TimeoutError():
            return away("the mail server did not answer in time")
        case CapabilityError():
            return _refused("the mail server does not offer what the URL asks for")
        case IMAPClientAbortError() | ProtocolError() | OSError() | EOFError():
            return away("the mail server cannot be reached, or hung up")
        case IMAPClientError():
            return _refused(f"the mail server said no when asked {asked}")
        case _:
            return error


def _refused(happened: str) -> StoreRefused:
    return StoreRefused(happened, store=STORE, todo="Look at the mail server, at the account and at the URL.")
