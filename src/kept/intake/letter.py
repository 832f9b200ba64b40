"""One letter, read without trust: who says they wrote it, what is new in it, what hangs on it, and whether a person wrote it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from kept.base.personal import Personal

from .addresses import sender_of
from .bounces import Bounce, bounce_in, message_ids
from .mime import MOST_BYTES, Part, decode_text, read_parts, words_of
from .plain import clean, line, new_words, text_of_html

__all__ = ["Attachment", "Letter", "letter_key", "read_letter"]

MOST_TEXTS: Final = 20
ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|bounces?(?:[+\-=].*)?|listserv|majordomo)\Z", re.I)
MAILINGS = ("feedback-id", "x-campaign", "x-campaignid")
ANSWERING = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-mail-autoreply", "x-auto-reply-from")
VACATION = re.compile(
    r"\s*(?:auto(?:matic(?:ally)?)?[ -]?(?:reply|response|generated)|automatische (?:antwort|abwesenheit)|out of (?:the )?office"
    r"|abwesenheits(?:notiz|meldung)|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina"
    r"|resposta automática|ausência temporária|स्वचालित उत्तर|स्वत: उत्तर)\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that hung on a letter. Never opened here; `media_type` is what the letter claims, `name` has no folders in it."""

    name: Personal[str]
    media_type: str
    content: Personal[bytes]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as it was read. Printing it shows nothing of a person.

    `sender` is None where From names nobody, several, or holds an address that is none; nothing here proves that they wrote it,
    and an answer goes to no other address, Reply-To included. `text` is all of it, `new` without what was quoted from older
    letters. `automatic` is empty for a person's letter, else says why a program wrote it: such a letter is never answered.
    `cut` where a limit left something out, so that somebody looks at the original.
    """

    key: str
    sender: Personal[str] | None
    name: Personal[str]
    subject: Personal[str]
    message_id: str = field(repr=False)
    in_reply_to: tuple[str, ...] = field(repr=False)
    references: tuple[str, ...] = field(repr=False)
    written_at: datetime | None
    text: Personal[str]
    new: Personal[str]
    attachments: tuple[Attachment, ...]
    automatic: str
    bounce: Bounce | None
    cut: bool

    def answers(self) -> Iterator[str]:
        """Yield the message ids that it says it answers, the nearest first."""
        yield from self.in_reply_to
        yield from reversed(self.references)


def letter_key(raw: bytes) -> str:
    """Return what tells this letter from all others, 64 hexadecimal digits, the same however often it is fetched.

    A SHA-256 over the Message-ID, From, Date and everything beneath the head. The Message-ID alone would let two letters of a
    program that counts badly, or of somebody who knows another's, be taken for one, and the second be lost.
    """
    head = read_head(raw)
    _, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    digest = hashlib.sha256()
    for piece in (*(head.first(name).encode("utf-8", "replace") for name in ("message-id", "from", "date")), body):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()


def read_head(raw: bytes) -> Part:
    """Return the letter's fields without its parts."""
    end = re.search(rb"\r?\n\r?\n", raw)
    return read_parts(raw[: end.end()] if end else raw[:MOST_BYTES])


def read_letter(raw: bytes) -> Letter:
    """Read a letter from its bytes. Never raises: whatever cannot be read is empty, whatever is too much is left out (`cut`)."""
    whole = read_parts(raw)
    senders = whole.fields.get("from", ())
    address, name = sender_of(senders[0]) if len(senders) == 1 else (None, "")
    subject = line(words_of(whole.first("subject")))
    texts, attachments = _sorted(whole)
    text = clean("\n\n".join(one for one in texts[:MOST_TEXTS] if one.strip())).strip()
    bounce = bounce_in(whole)
    return Letter(
        key=letter_key(raw),
        sender=Personal(address) if address else None,
        name=Personal(line(words_of(name), 200)),
        subject=Personal(subject),
        message_id=next(iter(message_ids(whole.first("message-id"))), ""),
        in_reply_to=message_ids(whole.first("in-reply-to")),
        references=message_ids(whole.first("references")),
        written_at=_moment(whole.first("date")),
        text=Personal(text),
        new=Personal(new_words(text)),
        attachments=tuple(attachments),
        automatic="it reports that a letter did not arrive" if bounce else _automatic(whole, address or "", subject),
        bounce=bounce,
        cut=len(texts) > MOST_TEXTS or any(part.cut for part in whole.walk()),
    )


def _moment(value: str) -> datetime | None:
    """Return the Date field in UTC; None where it is none. A zone that is not told is taken for UTC (RFC 5322, `-0000`)."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _sorted(part: Part) -> tuple[list[str], list[Attachment]]:
    """Return the texts to read and the files that hang on it. Of alternatives, the plain text counts, or else the HTML."""
    if not part.parts:
        text = _text(part)
        return ([], [_attachment(part)] if part.content else []) if text is None else ([text], [])
    if part.media_type == "multipart/alternative":
        return _best(part)
    texts: list[str] = []
    attachments: list[Attachment] = []
    for one in part.parts:
        more_texts, more_attachments = _sorted(one)
        texts += more_texts
        attachments += more_attachments
    return texts, attachments


def _best(part: Part) -> tuple[list[str], list[Attachment]]:
    texts: list[str] = []
    attachments: list[Attachment] = []
    for one in sorted(part.parts, key=lambda one: one.media_type != "text/plain"):
        more_texts, more_attachments = _sorted(one)
        if not any(text.strip() for text in texts):
            texts += more_texts
        attachments += more_attachments
    return texts, attachments


def _text(part: Part) -> str | None:
    """Return the part's text; None where it is a file."""
    if part.disposition == "attachment" or part.file_name or part.media_type not in {"text/plain", "text/html"}:
        return None
    text = decode_text(part.content, part.parameters.get("charset", ""))
    return text_of_html(text) if part.media_type == "text/html" else text


def _attachment(part: Part) -> Attachment:
    name = re.split(r"[/\\]", line(part.file_name, 200))[-1].strip(". ")
    return Attachment(name=Personal(name), media_type=part.media_type, content=Personal(part.content), size=len(part.content))


def _through_a_group(whole: Part) -> bool:
    """Return whether it came through a list that people write to (RFC 2369); a company's address for privacy often is one."""
    return whole.first("list-post").strip().lower() not in {"", "no"}


def _automatic(whole: Part, address: str, subject: str) -> str:
    """Return why a program wrote the letter, or nothing (RFC 3834 section 2, and what programs did before it).

    In doubt a person did: a letter too many is looked at, one too few is a right denied. So a list's fields alone say nothing, and
    neither does an address that takes no answer, from which a company's own contact form may write.
    """
    submitted = whole.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return "Auto-Submitted says so (RFC 3834)"
    if "return-path" in whole.fields and whole.first("return-path").replace(" ", "") in {"<>", ""}:
        return "its return path is empty (RFC 5321)"
    if whole.first("precedence").strip().lower() in {"junk", "auto_reply"}:
        return "Precedence says that a program wrote it"
    if any(name in whole.fields for name in MAILINGS) and not _through_a_group(whole):
        return "it is a mailing"
    if any(name in whole.fields for name in ANSWERING):
        return "it says that it answers by itself"
    if ROBOTS.match(address.rpartition("@")[0]):
        return "nobody reads at its address"
    return "its subject is that of an automatic answer" if VACATION.match(subject) else ""
