"""A letter to the processor, with a reference to answer by. What comes back is read by a person, or by the company's letterbox.

Nothing more than `sent` can be said of a letter: it is done when somebody records the answer (`recorded` in this package). A letter
that is sent again bears the same Message-ID, so that the other end shows one. Letters go as the company's mail server sends them;
where that is not by TLS to the end, let `knows` name hashed identifiers or the subject's key.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from kept.base.errors import Refused, SourceError

from .choosing import may_be_asked, morning_after, told
from .orders import Acknowledgement, Order, Processor
from .registry import Known
from .wire import MAY_HAVE_GONE

__all__ = ["EmailProcessor", "connect"]

NAME = "email"
TITLE = "A letter with a reference, for a processor that reads its mail and nothing else."
OPTIONS = {"greeting": "The first line; `To whom it may concern,` where it is not set."}
SECRETS: dict[str, str] = {}
NEEDS = ()

ASKS: Final = {
    "erasure": "erase every copy of the personal data of this person that you hold on our behalf",
    "restriction": "stop every use of the personal data of this person but its storage, until we tell you otherwise",
    "rectification": "correct the personal data of this person that you hold on our behalf, as stated below",
    "objection": "stop processing the personal data of this person for the purposes the person objects to",
    "access": "send us the personal data of this person that you hold on our behalf",
    "portability": "send us the personal data of this person that you hold on our behalf, in a machine-readable form",
}
"""What is asked for each right; a right without a sentence here is asked about by its name."""


def connect(known: Known) -> Processor:
    """Return the processor. Raises Refused where no letters can be sent."""
    if known.around.send is None or "@" not in known.around.sender:
        raise Refused(
            f"processor:{known.name} is asked by letter, and there is no way to send one",
            todo="Set `mail` and `sender` under [web] in kept.toml.",
        )
    return EmailProcessor(known)


class EmailProcessor:
    """A processor that is written to; see the module."""

    def __init__(self, known: Known) -> None:
        """Take what is known of it."""
        self._known, self._around = known, known.around

    def ask(self, order: Order) -> Acknowledgement:
        """Write the letter and send it. Raises SourceError where the mail server did not take it, Refused."""
        may_be_asked(self._known.name, self._known.asking, order)
        at = self._around.clock()
        letter = self._letter(order, at)
        if not self._sent(letter):
            raise SourceError(
                f"processor:{self._known.name} could not be written to: the mail server did not take the letter",
                store=f"processor:{self._known.name}",
                changed=MAY_HAVE_GONE,
                todo="See that the mail server of kept.toml answers, and ask again: it is the same letter.",
            )
        return Acknowledgement.of("sent", at=at, raw=letter.as_bytes(), words=("letter-sent",), until=morning_after(order))

    def look(self, order: Order, before: Acknowledgement) -> Acknowledgement:  # noqa: ARG002 - a letter has nothing to look at
        """Return `before`: the answer comes by letter, and is recorded by whoever reads it."""
        return before

    def _sent(self, letter: EmailMessage) -> bool:
        send = self._around.send
        if send is None:
            return False
        try:
            send(letter)
        except (SourceError, OSError):
            return False
        return True

    def _letter(self, order: Order, at: datetime) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._around.sender
        letter["To"] = self._known.asking.address
        letter["Subject"] = f"[{order.ref}] {order.right.capitalize()}: please do your part by {order.by.isoformat()}"
        letter["Date"] = format_datetime(at.astimezone(UTC))
        domain = re.sub(r"[^A-Za-z0-9.-]", "", self._around.sender.rpartition("@")[2]) or "kept.invalid"
        letter["Message-ID"] = f"<{order.ref}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        letter.set_content(self._text(order), cte="quoted-printable")
        return letter

    def _text(self, order: Order) -> str:
        forms = {"plain": "", "sha-256": " (SHA-256 of the trimmed lower-case form)"}
        identifiers = [
            f"  {one.kind}{forms[one.form]}: {_line(one.value.reveal())}"
            for one in told(self._known.name, self._known.asking, order)
        ]
        corrections = [f"  {_line(one.what)}: {_line(one.value.reveal())}" for one in order.corrections]
        wish = ASKS.get(order.right, f"do your part of the right named {order.right}, which this person has used")
        return "\n".join(
            [
                self._known.option("greeting", "To whom it may concern,"),
                "",
                f"As our processor, please {wish}, and tell those you have passed it on to.",
                "",
                "We know the person by:",
                *identifiers,
                *(["", "What is to stand there instead:", *corrections] if corrections else []),
                "",
                f"Please do so by {order.by.isoformat()}, and answer this letter, leaving {order.ref} in its subject, with one of:",
                "  DONE            it is done",
                "  UNKNOWN PERSON  you hold nothing of this person",
                "  REFUSED         you will not, and on which ground",
                "",
                "Use what is named here for this only, and delete this letter when you have answered it.",
                "",
                self._around.company,
                "",
            ]
        )


def _line(text: str) -> str:
    """Return a value on one line, so that none can write a letter of its own into ours."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).encode("utf-8", "replace").decode()
