"""What every kind of mailbox must do, on a real Maildir and a real IMAP server."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.connectors.mailbox import Mailbox, Taken, open_mailbox
from kept.intake.letter import letter_key, read_letter
from tests.connectors.mailbox.conftest import Box, maildir


def letter(number: int) -> bytes:
    head = f"From: ann{number}@people.example\r\nMessage-ID: <{number}@people.example>\r\nSubject: Letter {number}\r\n\r\n"
    return f"{head}Please send me what you hold. {number}\r\n".encode()


def looked(url: str, *, done: bool = False) -> list[Taken]:
    """Look at everything once, over a connection of its own."""
    with closing(open_mailbox(url)) as mailbox:
        found = list(mailbox.letters())
        for taken in found if done else ():
            mailbox.done(taken)
    return found


def keys(found: list[Taken]) -> list[str]:
    return [taken.key for taken in found]


def test_an_empty_one(box: Box) -> None:
    assert looked(box.url) == []


def test_letters_come_again_until_they_are_done(box: Box) -> None:
    written = [letter(number) for number in range(5)]
    box.put(*written)
    first = looked(box.url)
    assert [taken.raw.reveal() for taken in first] == written, "whole, in the order they came"
    assert keys(first) == [letter_key(one) for one in written]
    assert not any(taken.cut for taken in first)
    assert keys(looked(box.url, done=True)) == keys(first)
    assert looked(box.url) == []
    box.put(letter(9))
    assert keys(looked(box.url)) == [letter_key(letter(9))]


def test_done_is_said_one_by_one_and_twice_does_no_harm(box: Box) -> None:
    box.put(*map(letter, range(3)))
    with closing(open_mailbox(box.url)) as mailbox:
        _, middle, _ = mailbox.letters()
        mailbox.done(middle)
        mailbox.done(middle)
    assert keys(looked(box.url)) == [letter_key(letter(0)), letter_key(letter(2))]


def test_a_letter_that_its_taker_cannot_read_keeps_none_back(box: Box) -> None:
    box.put(*map(letter, range(4)))
    for _ in range(2):
        with closing(open_mailbox(box.url)) as mailbox:
            for taken in mailbox.letters():
                if taken.key != letter_key(letter(0)):
                    mailbox.done(taken)
    assert keys(looked(box.url)) == [letter_key(letter(0))]


def test_only_so_much_of_a_huge_letter_is_fetched(box: Box) -> None:
    whole = letter(1) + b"All of it. " * 100_000
    box.put(whole)
    with closing(open_mailbox(box.url, largest=10_000)) as mailbox:
        (taken,) = mailbox.letters()
        assert taken.cut
        assert taken.raw.reveal() == whole[:10_000]
        assert read_letter(taken.raw.reveal()).sender is not None


def test_printing_one_shows_nothing(box: Box) -> None:
    box.put(letter(1))
    (taken,) = looked(box.url)
    assert "ann1" not in repr(taken)


TAKES_AND_DIES = """
import json, os, signal, sys
from kept.connectors.mailbox import open_mailbox
mailbox = open_mailbox(sys.argv[1])
for number, taken in enumerate(mailbox.letters()):
    print(json.dumps(taken.key), flush=True)
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    mailbox.done(taken)
"""


def test_killed_between_fetching_and_marking(box: Box) -> None:
    box.put(*map(letter, range(3)))
    ran = subprocess.run([sys.executable, "-c", TAKES_AND_DIES, box.url], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    first, second = map(json.loads, ran.stdout.split())
    left = keys(looked(box.url))
    assert first == letter_key(letter(0))
    assert left == [second, letter_key(letter(2))], "the one that was in hand comes again, with the same key"


def test_two_who_poll_at_once_take_each_letter_once(box: Box, tmp_path: Path) -> None:
    written = {letter_key(letter(number)) for number in range(30)}
    box.put(*map(letter, range(30)))
    register = tmp_path / "taken.sqlite3"
    with closing(sqlite3.connect(register)) as made:
        made.execute("CREATE TABLE taken (key TEXT PRIMARY KEY, who INTEGER)")
    failures: list[BaseException] = []
    together = threading.Barrier(2)

    def poll(who: int) -> None:
        try:
            with (
                closing(open_mailbox(box.url)) as mailbox,
                closing(sqlite3.connect(register, timeout=30, isolation_level=None)) as rows,
            ):
                together.wait(30)
                _take_all(mailbox, rows, who)
        except BaseException as failure:
            failures.append(failure)

    pollers = [threading.Thread(target=poll, args=(who,)) for who in range(2)]
    for one in pollers:
        one.start()
    for one in pollers:
        one.join()
    assert not failures
    with closing(sqlite3.connect(register)) as rows:
        assert {key for (key,) in rows.execute("SELECT key FROM taken")} == written
    assert looked(box.url) == []


def _take_all(mailbox: Mailbox, rows: sqlite3.Connection, who: int) -> None:
    for taken in mailbox.letters():
        rows.execute("INSERT OR IGNORE INTO taken VALUES (?, ?)", (taken.key, who))
        mailbox.done(taken)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    letters=st.lists(st.binary(min_size=1, max_size=300), max_size=4, unique=True), steps=st.lists(st.integers(0, 3), max_size=6)
)
def test_nothing_is_lost_whatever_is_done_in_which_order(tmp_path_factory: object, letters: list[bytes], steps: list[int]) -> None:
    assert hasattr(tmp_path_factory, "mktemp")
    one = maildir(tmp_path_factory.mktemp("box") / "Maildir")
    one.put(*letters)
    gone: set[bytes] = set()
    for step in steps:
        with closing(open_mailbox(one.url)) as mailbox:
            for taken in [taken for number, taken in enumerate(mailbox.letters()) if number == step]:
                mailbox.done(taken)
                gone.add(taken.raw.reveal())
    assert {taken.raw.reveal() for taken in looked(one.url)} == set(letters) - gone
