"""A short letter that an action leaves for the worker to send: plain text, one recipient."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kept.base.errors import Refused

__all__ = ["Voice", "notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks to people: the company's name, its contact, and the address that letters come from (the contact, where empty)."""

    company: str
    contact: str
    sender: str = ""

    @property
    def address(self) -> str:
        """Where letters come from."""
        return self.sender or self.contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A letter that was written: its Message-ID, and the whole of it."""

    message_id: str
    content: bytes = field(repr=False)


def notice(voice: Voice, *, to: str, subject: str, text: str, at: datetime, language: str = "") -> Notice:
    """Return a letter, whole. Raises Refused where an address or the subject cannot stand in a letter's head; never repeats it."""
    domain = voice.address.rpartition("@")[2] or "localhost"
    message_id = f"<{secrets.token_hex(16)}@{domain}>"
    letter = EmailMessage(policy=SMTP)
    try:
        letter["From"], letter["To"], letter["Subject"] = voice.address, to, subject
        letter["Date"], letter["Message-ID"], letter["Auto-Submitted"] = format_datetime(at), message_id, "auto-generated"
        if language:
            letter["Content-Language"] = language
        letter.set_content(text)
        content = bytes(letter)
    except (ValueError, IndexError, UnicodeError):
        raise Refused(
            "The letter cannot be addressed", todo="Look at the address of the request, and write by another way."
        ) from None
    return Notice(message_id=message_id, content=content)
