"""Finding the kind of mailbox for a URL."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from kept.base.errors import SourceError

from .imap import ImapMailbox, ImapPlace
from .mailbox import STORE, Mailbox
from .maildir import MaildirMailbox

__all__ = ["LARGEST", "SECONDS", "open_mailbox"]

LARGEST: Final = 50 * 2**20
SECONDS: Final = 60.0
HOW: Final = "Write it as imaps://account:password@host/INBOX, imap://… for STARTTLS, or maildir:///folder."
OPTIONS: Final = {"done", "take", "ca"}


def open_mailbox(url: str, *, seconds: float = SECONDS, largest: int = LARGEST) -> Mailbox:
    """Return a mailbox, which connects when it is first asked for letters.

    `imaps://account:password@host:993/INBOX`, `imap://…` (STARTTLS, never without), `maildir:///folder`. Letters and accounts
    with signs of their own are percent-encoded. IMAP knows the options `?done=Folder` (letters that are done are moved there; else
    they are marked), `&take=unseen` (leave out what somebody has read; else everything that is not done is taken, whoever has
    looked at it) and `&ca=/file` (the certificates to trust in the system's place). `seconds` bounds each step with the server;
    of a letter larger than `largest` bytes only the beginning is fetched. Raises SourceError, which does not repeat the URL.
    """
    try:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        port = parts.port
    except ValueError:
        raise _wrong("cannot be read") from None
    if strange := sorted(set(options) - OPTIONS):
        raise _wrong(f"has options that are not known, {len(strange)} of them")
    if parts.scheme == "maildir" and parts.path.strip("/") and not parts.netloc and not options:
        return MaildirMailbox(unquote(parts.path), largest=largest)
    if parts.scheme not in {"imaps", "imap"} or not parts.hostname or not parts.username or parts.password is None:
        raise _wrong("names no mailbox with an account and a password, and no folder")
    if options.get("take", "unseen") != "unseen":
        raise _wrong("says take= something else than unseen")
    place = ImapPlace(
        host=parts.hostname,
        port=port or (993 if parts.scheme == "imaps" else 143),
        encrypted_at_once=parts.scheme == "imaps",
        account=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path).strip("/") or "INBOX",
        done=options.get("done", ""),
        only_unseen="take" in options,
        trusted=options.get("ca"),
    )
    return ImapMailbox(place, seconds=seconds, largest=largest)


def _wrong(what: str) -> SourceError:
    return SourceError(f"the URL of the mailbox {what}", store=STORE, todo=HOW)
