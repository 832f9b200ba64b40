"""What is said of a letter by workers that send it at the same time: on each database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kept.db.access.letters import letters_to_send
from kept.db.actions.letters import keep_letter, letter_refused, letter_sent, letter_tried
from kept.db.actions.requests import Coming, receive_request
from kept.db.models import Letter
from kept.db.terms import Terms

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def name(folder: Path) -> str:
    """A letter that waits to be sent."""
    coming = Coming(right="access", channel="email", address="ada@example.org", received_at=NOW)
    ref = receive_request(coming, terms=Terms(jurisdictions=("eu",)), at=NOW, actor="worker")
    keep_letter(
        request=ref, incoming=False, message_id="<1@kept.example>", kind="notice", content=b"Hello.", at=NOW, actor="worker"
    )
    return Letter.objects.get(incoming=False).name


def waiting() -> list[str]:
    return [one.name for one in letters_to_send(at=LATER)]


def test_a_letter_that_failed_is_tried_again_later_each_time(name: str) -> None:
    assert waiting() == [name]
    for tries in (1, 2):
        letter_tried(name=name, at=NOW)
        assert not letters_to_send(at=NOW + timedelta(seconds=2.0 ** (tries + 1)))
        assert [one.name for one in letters_to_send(at=NOW + timedelta(seconds=2.0 ** (tries + 2)))] == [name]


def test_a_letter_that_was_sent_is_not_sent_again_because_it_failed_elsewhere(name: str) -> None:
    letter_sent(name=name, at=NOW, actor="worker")
    letter_tried(name=name, at=NOW)
    letter_refused(name=name, why="store-refused", at=NOW, actor="worker")
    letter = Letter.objects.get(name=name)
    assert (letter.sent_at, letter.next_at, letter.tries) == (NOW, None, 0)
    assert not waiting()


def test_a_letter_that_was_refused_elsewhere_and_taken_here_was_sent(name: str) -> None:
    letter_refused(name=name, why="store-refused", at=NOW, actor="worker")
    letter_sent(name=name, at=NOW, actor="worker")
    assert Letter.objects.get(name=name).sent_at == NOW
    assert not waiting()
