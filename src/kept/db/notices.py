"""A short letter that an action leaves for the worker to send: plain text, one recipient."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kept.base.errors import Refused
from kept.db.models import Request
from kept.intake.threads import message_id, subject_tag
from kept.planning.answers import Draft, Letterhead, saying
from kept.policy.settings import Settings

__all__ = ["Notice", "Voice", "letterhead", "notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks to people: the company's name, its contact, and the address that letters come from (the contact, where empty)."""

    company: str
    contact: str
    sender: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Voice:
        """Return the company's, as kept.toml says."""
        return cls(company=settings.company.name, contact=settings.company.contact, sender=settings.web.sender)

    @property
    def address(self) -> str:
        """Where letters come from."""
        return self.sender or self.contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A letter that was written: its Message-ID, and the whole of it."""

    message_id: str
    content: bytes = field(repr=False)


def letterhead(request: Request, voice: Voice) -> Letterhead:
    """Return what every letter about a request says."""
    received = request.received_at.date()
    return Letterhead(ref=request.ref, received=received, company=voice.company, contact=voice.contact)


def notice(voice: Voice, draft: Draft, *, ref: str, to: str, at: datetime, language: str = "") -> Notice:
    """Return a letter about a request, whole; what is answered to it finds the way back to the request.

    Raises Refused where an address or the subject cannot stand in a letter's head; never repeats it.
    """
    name = message_id(ref, voice.address.rpartition("@")[2], secrets.token_hex(8))
    letter = EmailMessage(policy=SMTP)
    try:
        letter["From"], letter["To"], letter["Subject"] = voice.address, to, f"{draft.subject} {subject_tag(ref)}"
        letter["Date"], letter["Message-ID"], letter["Auto-Submitted"] = format_datetime(at), name, "auto-generated"
        letter.set_content(draft.text)
        letter["Content-Language"] = saying(language).language  # after the text, which takes such fields away
        content = bytes(letter)
    except (ValueError, IndexError, UnicodeError):
        raise Refused(
            "The letter cannot be addressed", todo="Look at the address of the request, and write by another way."
        ) from None
    return Notice(message_id=name, content=content)
