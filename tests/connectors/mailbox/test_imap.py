"""IMAP against a real Dovecot: lines that break, a server that dies, certificates, and servers that can less."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from kept.base.errors import SourceError, StoreRefused, StoreUnreachable
from kept.connectors.mailbox import open_mailbox
from kept.intake.letter import letter_key, read_letter
from tests.connectors.mailbox import dovecot as dovecots
from tests.connectors.mailbox.dovecot import Dovecot, served, stop_processes
from tests.connectors.mailbox.test_conformance import keys, letter, looked
from tests.connectors.post.lines import cut, silent
from tests.services import _free_port

pytestmark = pytest.mark.service


def large(megabytes: int) -> bytes:
    return letter(1) + b"x" * 70 + (b"\r\n" + b"All of it, please.".ljust(70)) * (megabytes * 2**20 // 72)


def test_looking_marks_nothing_as_read(imap: Dovecot) -> None:
    imap.put(letter(1))
    looked(imap.url())
    with imap.client() as client:
        assert not client.search("SEEN")
    looked(imap.url(), done=True)
    with imap.client() as client:
        assert client.search(["SEEN", "KEYWORD", "KeptDone"])


def test_what_somebody_else_has_read_is_taken_all_the_same(imap: Dovecot) -> None:
    imap.put(letter(1), letter(2))
    with imap.client() as client:
        client.add_flags([client.search()[0]], [r"\Seen"])
    assert len(looked(imap.url())) == 2
    assert keys(looked(imap.url(options="take=unseen"))) == [letter_key(letter(2))]


def test_done_letters_are_moved(imap: Dovecot) -> None:
    imap.put(letter(1), letter(2))
    url = imap.url(options="done=Done/Kept")
    assert len(looked(url, done=True)) == 2
    with imap.client() as client:
        assert client.search() == []
        client.select_folder("Done/Kept")
        assert len(client.search()) == 2


@pytest.mark.parametrize("capability", ["IMAP4rev1 LITERAL+ UIDPLUS", "IMAP4rev1 LITERAL+"])
def test_done_letters_are_moved_on_a_server_without_move(capability: str) -> None:
    with served(capability=capability) as old:
        old.put(letter(1), letter(2))
        url = old.url(options="done=Done")
        with closing(open_mailbox(url)) as mailbox:
            first, _ = mailbox.letters()
            mailbox.done(first)
        assert keys(looked(url)) == [letter_key(letter(2))]
        with old.client() as client:
            assert len(client.search("UNDELETED")) == 1
            client.select_folder("Done")
            assert len(client.search()) == 1


def test_the_line_breaks_in_the_middle_of_a_large_letter(imap: Dovecot) -> None:
    whole = large(20)
    imap.put(letter(0), whole)
    with cut(imap.encrypted, to_us=8 * 2**20) as broken, closing(open_mailbox(imap.url(port=broken))) as mailbox:
        letters = mailbox.letters()
        first = next(letters)
        with pytest.raises(StoreUnreachable):
            next(letters)
    assert first.key == letter_key(letter(0)), "what came before stays good"
    taken = looked(imap.url(), done=True)[1]
    assert taken.raw.reveal() == whole
    assert looked(imap.url()) == []


def test_the_server_dies_between_fetching_and_marking(imap: Dovecot) -> None:
    imap.put(letter(1))
    with closing(open_mailbox(imap.url())) as mailbox:
        (taken,) = mailbox.letters()
        stop_processes(imap)
        with pytest.raises(StoreUnreachable) as caught:
            mailbox.done(taken)
        assert caught.value.store == "mailbox"
        (again,) = mailbox.letters()
        assert again.key == taken.key, "it connects anew, and the letter is still there"
        mailbox.done(again)
    assert looked(imap.url()) == []


def test_the_server_dies_before_a_letter_is_fetched(imap: Dovecot) -> None:
    imap.put(letter(1), letter(2))
    with closing(open_mailbox(imap.url())) as mailbox:
        letters = mailbox.letters()
        next(letters)
        stop_processes(imap)
        with pytest.raises(StoreUnreachable):
            next(letters)
        assert len(list(mailbox.letters())) == 2


def test_a_letter_that_goes_while_it_is_looked_at(imap: Dovecot) -> None:
    imap.put(letter(1), letter(2), letter(3))
    with closing(open_mailbox(imap.url())) as mailbox:
        letters = mailbox.letters()
        first = next(letters)
        with imap.client() as client:
            client.delete_messages(client.search()[:2])
            client.expunge()
        assert keys(list(letters)) == [letter_key(letter(3))]
        mailbox.done(first)


def test_numbered_anew_no_other_letter_is_marked(imap: Dovecot) -> None:
    with imap.client() as client:
        client.create_folder("Requests")
        client.append("Requests", letter(1))
    with closing(open_mailbox(imap.url(folder="Requests"))) as mailbox:
        (old,) = mailbox.letters()
    with imap.client() as client:
        client.delete_folder("Requests")
        client.create_folder("Requests")
        client.append("Requests", letter(2))
    with closing(open_mailbox(imap.url(folder="Requests"))) as mailbox:
        (new,) = mailbox.letters()
        assert new.place.partition(":")[2] == old.place.partition(":")[2], "the same number"
        mailbox.done(old)
    assert keys(looked(imap.url(folder="Requests"))) == [letter_key(letter(2))]


def test_a_wrong_password(imap: Dovecot) -> None:
    with pytest.raises(StoreRefused, match="account and password") as caught:
        looked(imap.url(password="open-sesame"))
    assert imap.account not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_folder_that_is_not_there(imap: Dovecot) -> None:
    with pytest.raises(StoreRefused, match="asked to open the folder"):
        looked(imap.url(folder="Nowhere"))


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_a_certificate_that_is_not_trusted(imap: Dovecot, scheme: str) -> None:
    with pytest.raises(StoreUnreachable, match="certificate"):
        looked(imap.url(scheme=scheme).partition("?")[0])
    with pytest.raises(StoreUnreachable, match="certificate"):
        looked(imap.url(scheme=scheme).replace("@localhost", "@127.0.0.1"))


@pytest.fixture
def in_the_clear() -> Iterator[tuple[int, list[bytes]]]:
    """A server that offers no STARTTLS, as one looks with somebody in between, and what it was told."""
    told: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            one, _ = listening.accept()
            with one, one.makefile("rwb", buffering=0) as line:
                line.write(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
                while asked := line.readline():
                    told.append(asked)
                    tag, _, command = asked.partition(b" ")
                    if command.strip().upper() == b"CAPABILITY":
                        line.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
                    else:
                        line.write(tag + b" BAD unknown\r\n")

        serving = threading.Thread(target=serve)
        serving.start()
        yield int(listening.getsockname()[1]), told
        serving.join()


def test_no_password_goes_in_the_clear(imap: Dovecot, in_the_clear: tuple[int, list[bytes]]) -> None:
    port, told = in_the_clear
    with pytest.raises(SourceError):
        looked(imap.url(scheme="imap", port=port))
    assert told
    assert not any(b"LOGIN" in line.upper() or b"AUTH" in line.upper() for line in told)


def test_nobody_there(imap: Dovecot) -> None:
    with pytest.raises(StoreUnreachable):
        looked(imap.url(port=_free_port()))


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_a_server_that_says_nothing_is_left(imap: Dovecot, scheme: str) -> None:
    with silent() as port:
        mailbox = open_mailbox(imap.url(scheme=scheme, port=port), seconds=0.5)
        with pytest.raises(StoreUnreachable, match="in time"):
            list(mailbox.letters())


@pytest.mark.parametrize(
    "greeting", [b"220 smtp.example ESMTP\r\n", b"\x00\xff\r\n", b"* BYE go away\r\n", b"* OK " + b"x" * 20_000]
)
def test_a_server_that_speaks_something_else(imap: Dovecot, greeting: bytes) -> None:
    with silent(greeting) as port:
        mailbox = open_mailbox(imap.url(scheme="imap", port=port), seconds=0.5)
        with pytest.raises(SourceError):
            list(mailbox.letters())


def test_strange_letters_come_through(imap: Dovecot) -> None:
    strange = [b"\r\n", b"no head at all\r\n", b"From: \xff\xfe\r\n\r\n\x80\r\n", "Subject: अनुरोध\r\n\r\nनमस्ते\r\n".encode()]
    imap.put(*strange)
    found = looked(imap.url())
    assert [taken.raw.reveal() for taken in found] == strange
    assert [read_letter(taken.raw.reveal()).key for taken in found] == keys(found)


@pytest.mark.parametrize(("required", "outcome"), [("0", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_missing_dovecot_is_named(required: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_REQUIRE_SERVICES", required)
    monkeypatch.setattr(dovecots, "PLACES", ("/nowhere",))
    with pytest.raises(outcome, match="install the package dovecot-imapd"):
        dovecots.program()
