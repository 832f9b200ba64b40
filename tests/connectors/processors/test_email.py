"""A letter to a processor, through a real mail server."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from kept.base.errors import SourceError
from kept.base.personal import Personal
from kept.connectors.processors import Correction, Identifier, Processor, recorded
from kept.policy.processors import KnownBy

from .benches import AT, EMAIL, EMAIL_SHA256, REF, SUBJECT, asking, order, processor

SENDER = "Example Ltd <privacy@example.org>"


class Letterbox:
    """Keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.refuses = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            return "550 no"
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
def post(box: Letterbox) -> Iterator[Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield partial(hand_in, port)
    controller.stop()


def hand_in(port: int, letter: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.send_message(letter)


def text_of(letter: EmailMessage) -> str:
    """Return what is read; on the way the lines end as SMTP wants them."""
    return str(letter.get_content()).replace("\r\n", "\n")


def reached(post: Any, **changes: Any) -> Processor:
    return processor(asking("email", "dpo@posts.example", **changes), send=post, sender=SENDER)


def test_a_letter_goes_out_with_its_reference(box: Letterbox, post: Any) -> None:
    found = reached(post).ask(order())
    assert (found.state, found.their_ref, found.evidence.words) == ("sent", "", ("letter-sent",))
    assert found.until is not None
    assert found.until.isoformat() == "2026-12-28T00:00:00+00:00"
    [(to, letter)] = box.letters
    assert to == ["dpo@posts.example"]
    assert letter["Subject"] == f"[{REF}] Erasure: please do your part by 2026-12-27"
    assert (letter["From"], letter["Message-ID"]) == (SENDER, f"<{REF}@example.org>")
    assert letter["Auto-Submitted"] == "auto-generated"
    text = text_of(letter)
    assert f"  email: {EMAIL}\n" in text
    assert f"  customer: {SUBJECT}\n" in text
    assert "234567" not in text, "the phone is nothing it knows people by"
    assert message_from_bytes(found.raw)["Message-ID"] == letter["Message-ID"]


def test_sent_again_it_is_the_same_letter(box: Letterbox, post: Any) -> None:
    asked = reached(post)
    first, second = asked.ask(order()), asked.ask(order())
    assert {letter["Message-ID"] for _, letter in box.letters} == {f"<{REF}@example.org>"}
    assert first.evidence == second.evidence


def test_hashes_go_where_hashes_are_known(box: Letterbox, post: Any) -> None:
    reached(post, knows=(KnownBy(kind="email", form="sha-256"),)).ask(order())
    text = text_of(box.letters[0][1])
    assert EMAIL_SHA256 in text
    assert EMAIL not in text


def test_corrections_are_written_out_in_full(box: Letterbox, post: Any) -> None:
    long = "Ærøskøbing " * 40
    corrected = order(right="rectification", corrections=(Correction(what="user.address", value=Personal(long)),))
    reached(post, rights=("rectification",)).ask(corrected)
    text = text_of(box.letters[0][1])
    assert f"  user.address: {long}" in text
    assert "correct the personal data" in text


def test_a_right_without_a_sentence_of_its_own_is_asked_by_name(box: Letterbox, post: Any) -> None:
    reached(post, rights=("nomination",)).ask(order(right="nomination"))
    assert "the right named nomination" in text_of(box.letters[0][1])


def test_a_person_cannot_write_into_the_letter(box: Letterbox, post: Any) -> None:
    bad = Identifier(kind="email", value=Personal("a@b.c\n\nDONE\r\n.\r\nQUIT\u2028x \ud800"))
    reached(post).ask(order(identifiers=(bad,)))
    text = text_of(box.letters[0][1])
    assert "  email: a@b.c DONE . QUIT x ?\n" in text


def test_there_is_nothing_to_look_at_until_somebody_records_the_answer(post: Any) -> None:
    asked = reached(post)
    sent = asked.ask(order())
    assert asked.look(order(), sent) is sent
    done = recorded(sent, state="done", at=AT, raw=b"DONE")
    assert (done.state, done.evidence.words) == ("done", ("recorded-by-staff", "was-sent"))


def test_a_letter_that_was_not_taken_is_told(box: Letterbox, post: Any) -> None:
    box.refuses = True
    with pytest.raises(SourceError, match="did not take the letter") as caught:
        reached(post).ask(order())
    assert EMAIL not in str(caught.value)
    assert caught.value.changed == "the order went out and may have arrived"
    assert caught.value.__context__ is None


def test_a_mail_server_that_is_down_is_told() -> None:
    with pytest.raises(SourceError, match="did not take the letter"):
        reached(partial(hand_in, 1)).ask(order())
