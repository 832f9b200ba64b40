"""Letters of requests: kept sealed as they came, or as they will go."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from kept.base.errors import NotThere
from kept.db.models import Letter, Request
from kept.db.notices import Voice, notice
from kept.db.request_key import opened_key
from kept.planning.answers import Draft

from .action import action, record

__all__ = ["SEALED_FOR", "keep_letter", "letter_name", "letter_refused", "letter_sent", "letter_tried", "write_notice"]

SEALED_FOR = "letter"
LONGEST_DELAY = timedelta(hours=1)


def letter_name(message_id: str) -> str:
    """Return what a letter is known by: the SHA-256 of its Message-ID."""
    return sha256(message_id.strip().encode("utf-8", "surrogatepass")).hexdigest()


@action
def keep_letter(
    *, request: str, incoming: bool, message_id: str, kind: str, content: bytes, attachments: int = 0, at: datetime, actor: str
) -> bool:
    """Keep a letter, sealed under its request's key; return False where it is kept already. One that goes waits to be sent.

    Raises NotThere; KeyDestroyed where the request's key is gone.
    """
    owner = Request.objects.select_for_update().filter(ref=request).first()
    if owner is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    name = letter_name(message_id)
    if Letter.objects.filter(name=name).exists():
        return False
    Letter.objects.create(
        request=owner,
        incoming=incoming,
        name=name,
        kind=kind,
        sealed=opened_key(owner.key).seal_bytes(content, SEALED_FOR),
        size=len(content),
        attachments=attachments,
        at=at,
        next_at=None if incoming else at,
    )
    record("letter.received" if incoming else "letter.written", at=at, actor=actor, request=request, what=kind, bytes=len(content))
    return True


def write_notice(request: Request, draft: Draft, *, voice: Voice, to: str, at: datetime, actor: str) -> str:
    """Keep a letter to somebody whom a request concerns, in the transaction that is open; return the name it is known by.

    Raises Refused where it cannot be addressed; KeyDestroyed.
    """
    written = notice(voice, draft, ref=request.ref, to=to, at=at, language=request.language)
    keep_letter(
        request=request.ref,
        incoming=False,
        message_id=written.message_id,
        kind="notice",
        content=written.content,
        at=at,
        actor=actor,
    )
    return letter_name(written.message_id)


def _unsent(name: str) -> Letter | None:
    """Return a letter with its request, locked; None where it was sent, by this worker or another."""
    return Letter.objects.select_for_update().select_related("request").filter(name=name, sent_at__isnull=True).first()


@action
def letter_sent(*, name: str, at: datetime, actor: str) -> None:
    """Say that the mail server took a letter; nothing happens where that was said before."""
    letter = _unsent(name)
    if letter is None:
        return
    letter.sent_at, letter.next_at = at, None
    letter.save(update_fields=["sent_at", "next_at"])
    request = letter.request
    if letter.kind == "acknowledgement" and request.acknowledged_at is None:
        Request.objects.filter(pk=request.pk).update(acknowledged_at=at)
    record("letter.sent", at=at, actor=actor, request=request.ref, what=letter.kind)


@action
def letter_tried(*, name: str, at: datetime) -> None:
    """Count an attempt to send a letter that failed, and try again later each time, within the hour.

    Nothing happens where another worker has sent it meanwhile.
    """
    letter = _unsent(name)
    if letter is not None:
        letter.tries += 1
        letter.next_at = at + min(LONGEST_DELAY, timedelta(seconds=2.0 ** min(letter.tries + 2, 12)))
        letter.save(update_fields=["tries", "next_at"])


@action
def letter_refused(*, name: str, why: str, at: datetime, actor: str) -> None:
    """Say that the mail server will never take a letter; it is sent no more, and the ledger says why in a code.

    Nothing happens where another worker has sent it meanwhile.
    """
    letter = _unsent(name)
    if letter is not None:
        letter.next_at = None
        letter.tries += 1
        letter.save(update_fields=["tries", "next_at"])
        record("letter.refused", at=at, actor=actor, request=letter.request.ref, what=letter.kind, error=why)
