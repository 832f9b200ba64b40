"""Writing a letter: one sender, one recipient, plain text, and fields that hold nothing but what was meant for them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from typing import Final, Literal

from kept.base.errors import Refused
from kept.base.personal import Personal
from kept.intake.addresses import bare_address

__all__ = ["Attached", "Draft", "compose"]

LONGEST_SUBJECT: Final = 250
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MESSAGE_ID = re.compile(r"<[!-;=?A-Z\[-~]{1,200}@[!-;=?A-Z\[-~]{1,250}>\Z")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+\-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+\-]{0,80}\Z")


class _Ids(UnstructuredHeader, BaseHeader):
    """Message ids, one a line. Python writes those above some 70 characters as encoded words, in which nobody finds them again."""

    def fold(self, *, policy: Policy) -> str:
        """Return the field as it goes into the letter."""
        return f"{self.name}: " + f"{policy.linesep} ".join(self.split()) + policy.linesep


def _policy() -> EmailPolicy[EmailMessage]:
    fields = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references"):
        fields.map_to_type(name, _Ids)
    return SMTP.clone(header_factory=fields)


POLICY: Final = _policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file to go with a letter."""

    name: str = field(repr=False)
    media_type: str
    content: Personal[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a letter is to say. `at` is its Date, with a zone; ids carry their angle brackets; addresses are bare, one each.

    `automatic` is RFC 3834's word for what no person wrote. Printing it shows nothing of a person.
    """

    sender: str
    sender_name: str = ""
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    message_id: str
    in_reply_to: str = field(default="", repr=False)
    references: tuple[str, ...] = field(default=(), repr=False)
    attachments: tuple[Attached, ...] = ()
    language: str = ""
    automatic: Literal["", "auto-generated", "auto-replied"] = ""


def compose(draft: Draft) -> EmailMessage:
    """Write the letter; the same draft gives the same bytes.

    Raises Refused, which repeats no value, for an address that is not exactly one, and for anything in a field that could end it
    and begin another.
    """
    letter = EmailMessage(policy=POLICY)
    letter["From"] = _address(draft.sender, "sender", _one_line(draft.sender_name, "name of the sender"))
    letter["To"] = _address(draft.to, "recipient")
    letter["Subject"] = _one_line(draft.subject, "subject")
    letter["Date"] = format_datetime(draft.at)
    letter["Message-ID"] = _matching(MESSAGE_ID, draft.message_id, "Message-ID")
    answered = (draft.in_reply_to,) if draft.in_reply_to else ()
    if answered:
        letter["In-Reply-To"] = _matching(MESSAGE_ID, draft.in_reply_to, "Message-ID it answers")
    if thread := dict.fromkeys((*draft.references, *answered)):
        letter["References"] = " ".join(_matching(MESSAGE_ID, one, "Message-ID of the thread") for one in thread)
    if draft.automatic:
        letter["Auto-Submitted"] = draft.automatic
        letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(draft.text.replace("\0", ""), charset="utf-8", cte="quoted-printable")
    for one in draft.attachments:
        main, _, sub = _matching(MEDIA_TYPE, one.media_type, "media type").partition("/")
        name = _one_line(one.name, "name of an attachment").replace("/", "_").replace("\\", "_")
        letter.add_attachment(one.content.reveal(), maintype=main, subtype=sub, filename=name)
    if draft.attachments:  # from the letter's id, so that the same letter is the same bytes
        letter.set_boundary("kept-" + hashlib.sha256(draft.message_id.encode()).hexdigest()[:40])
    if draft.language:  # last, because what is set before goes with the text into its part
        letter["Content-Language"] = _matching(LANGUAGE, draft.language, "language")
    return letter


def _address(address: str, whose: str, name: str = "") -> Address:
    if bare_address(address) is None:
        raise Refused(f"The {whose} of the letter is not one e-mail address", todo="Write it as name@example.org, and only one.")
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=_ascii(domain))


def _ascii(domain: str) -> str:
    """Return the domain as the name servers know it (RFC 5890)."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise Refused(
            "The domain of an address cannot be written for the name servers", todo="Look at the address again."
        ) from None


def _one_line(value: str, what: str) -> str:
    if CONTROLS.search(value) or len(value) > LONGEST_SUBJECT:
        raise Refused(f"The {what} is no single line of at most {LONGEST_SUBJECT} characters", todo="Leave line ends out.")
    return value


def _matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    if pattern.match(value) is None:
        raise Refused(f"The {what} of the letter is not written as one", todo="Write it as its standard says.")
    return value
