"""Reports that a letter did not arrive (RFC 3464), and the two older forms without a report that are still about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from kept.base.personal import Personal

from .addresses import bare_address
from .mime import Part, decode_text

__all__ = ["Bounce", "Failure", "bounce_in", "message_ids"]

MESSAGE_ID = re.compile(r"<([^<>\s]{1,400})>")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
FIELD_LINE = re.compile(r"([A-Za-z\-]{1,60})\s*:\s*(.*)\Z")
MOST_FAILURES: Final = 50
LONGEST_REPORT: Final = 64 * 1024
BAD = {"failed", "delayed"}
"""The actions of RFC 3464 that say a letter is not there; delivered, relayed and expanded say that it is, or is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One address that a letter did not reach. `status` is RFC 3463's, such as 5.1.1, or empty; 5 is for good, 4 for now."""

    recipient: Personal[str]
    action: str
    status: str
    permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a report says. `message_id` is that of the letter that failed, without brackets, empty where it is not told.

    Anybody can write one: believe it only where `message_id` is that of a letter we sent to that recipient.
    """

    message_id: str = field(repr=False)
    failures: tuple[Failure, ...]

    @property
    def permanent(self) -> bool:
        """Whether it makes no sense to send the letter to this address again."""
        return any(failure.permanent for failure in self.failures)


def message_ids(value: str) -> tuple[str, ...]:
    """Return the message ids in a field, without brackets, in their order, at most the last hundred."""
    return tuple(MESSAGE_ID.findall(value))[-100:]


def bounce_in(part: Part) -> Bounce | None:
    """Return what the letter reports as not delivered; None where it reports nothing, or only what arrived."""
    failures = tuple(failure for one in part.walk() if one.media_type == "message/delivery-status" for failure in _failures(one))
    if not failures and (told := part.first("x-failed-recipients")):
        failures = tuple(_failure(address, "failed", "") for address in told.split(",")[:MOST_FAILURES])
    bad = tuple(failure for failure in failures if failure.action in BAD)
    return Bounce(message_id=_about(part), failures=bad) if bad else None


def _failures(part: Part) -> list[Failure]:
    """Read the groups of fields: the first is about the letter, each further one about a recipient."""
    text = decode_text(part.content[:LONGEST_REPORT], "utf-8").replace("\r\n", "\n")
    found: list[Failure] = []
    for group in re.split(r"\n[ \t]*\n", re.sub(r"\n[ \t]+(?=\S)", " ", text)):
        fields = {match[1].lower(): match[2].strip() for one in group.split("\n") if (match := FIELD_LINE.match(one.strip()))}
        recipient = fields.get("final-recipient") or fields.get("original-recipient")
        if recipient and len(found) < MOST_FAILURES:
            status = STATUS.search(fields.get("status", ""))
            action = fields.get("action", "failed").split()[:1]
            found.append(_failure(recipient, (action or ["failed"])[0].lower(), status[1] if status else ""))
    return found


def _failure(recipient: str, action: str, status: str) -> Failure:
    address = bare_address(recipient.rpartition(";")[2].strip().strip("<>").strip()) or ""
    permanent = action == "failed" and not status.startswith("4")
    return Failure(recipient=Personal(address), action=action[:20], status=status, permanent=permanent)


def _about(part: Part) -> str:
    """Return the message id of the letter that failed, from its head or the whole of it beneath the report."""
    for one in part.walk():
        if one.media_type in {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}:
            head = re.split(rb"\r?\n\r?\n", one.content[:LONGEST_REPORT].lstrip(), maxsplit=1)[0]
            found = re.search(r"^message-id\s*:\s*(\S.*|\n[ \t]+\S.*)$", decode_text(head, "utf-8"), re.I | re.MULTILINE)
            if found and (ids := message_ids(found[1])):
                return ids[0]
    return next(iter(message_ids(part.first("in-reply-to"))[:1] or message_ids(part.first("references"))[-1:]), "")
