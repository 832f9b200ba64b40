"""Letters against a real SMTP server (aiosmtpd), which refuses, dawdles, hangs up and encrypts."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from kept.base.errors import NOTHING_CHANGED, MailUnreachable, Refused, StoreRefused
from kept.connectors.post import compose, send
from kept.connectors.post.sending import PERHAPS
from kept.intake.letter import read_letter
from tests.connectors.post.certificates import Certificate, made_certificate
from tests.connectors.post.lines import cut, silent
from tests.connectors.post.test_writing import DRAFT
from tests.services import _free_port

LETTER = compose(DRAFT)


class Post:
    """What the server's own program does with a letter; `says` answers the step of that name."""

    def __init__(self, **says: str) -> None:
        self.says = says
        self.letters: list[Envelope] = []
        self.slow = self.hangs_up = False

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd names it
        if self.slow:
            await asyncio.sleep(30)
        envelope.mail_from, envelope.mail_options = address, options
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd names it
        envelope.rcpt_tos.append(address)
        return self.says.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd names it
        if self.hangs_up:
            self.letters.append(envelope)
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        answer = self.says.get("DATA", "250 OK")
        if answer.startswith("250"):
            self.letters.append(envelope)
        return answer


@contextmanager
def served(post: Post, **options: Any) -> Iterator[int]:
    """Lend the port of a server."""
    controller = Controller(post, hostname="127.0.0.1", port=_free_port(), ready_timeout=30, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return made_certificate(tmp_path)


def encrypting(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


def test_a_letter_arrives_whole() -> None:
    post = Post()
    with served(post) as port:
        send(f"smtp://127.0.0.1:{port}", LETTER)
        send(f"smtp://127.0.0.1:{port}", LETTER)
    assert len(post.letters) == 2, "to leave out the second of the same id is the receiver's affair"
    (one, same) = post.letters
    assert (one.mail_from, one.rcpt_tos) == (DRAFT.sender, [DRAFT.to])
    assert isinstance(one.content, bytes)
    assert one.content == same.content
    read = read_letter(one.content)
    assert read.text.reveal() == DRAFT.text.strip(), "also the line that is a dot"
    assert f"<{read.message_id}>" == DRAFT.message_id


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        ("MAIL", "550 no such ann@people.example", StoreRefused),
        ("RCPT", "550 5.1.1 ann@people.example is nobody", StoreRefused),
        ("RCPT", "451 4.7.1 greylisted", MailUnreachable),
        ("RCPT", "421 closing", MailUnreachable),
        ("DATA", "554 5.7.1 looks like spam", StoreRefused),
        ("DATA", "452 4.3.1 no room", MailUnreachable),
    ],
)
def test_no_is_for_now_or_for_good(step: str, answer: str, error: type[Exception]) -> None:
    post = Post(**{step: answer})
    with served(post) as port, pytest.raises(error) as caught:
        send(f"smtp://127.0.0.1:{port}", LETTER)
    assert type(caught.value) is error
    assert "ann" not in str(caught.value), "the server's words quote addresses"
    assert getattr(caught.value, "changed", "") == NOTHING_CHANGED
    assert not post.letters


def test_a_server_that_dawdles_is_left() -> None:
    post = Post()
    post.slow = True
    with served(post) as port, pytest.raises(MailUnreachable, match="in time"):
        send(f"smtp://127.0.0.1:{port}", LETTER, seconds=0.5)
    with silent() as port, pytest.raises(MailUnreachable, match="in time"):
        send(f"smtp://127.0.0.1:{port}", LETTER, seconds=0.5)


def test_nobody_there() -> None:
    with pytest.raises(MailUnreachable, match="cannot be reached"):
        send(f"smtp://127.0.0.1:{_free_port()}", LETTER)


def test_hung_up_after_the_letter_says_that_it_may_have_been_taken() -> None:
    post = Post()
    post.hangs_up = True
    with served(post) as port, pytest.raises(MailUnreachable) as caught:
        send(f"smtp://127.0.0.1:{port}", LETTER)
    assert post.letters
    assert caught.value.changed == PERHAPS


def test_the_line_breaks_in_the_middle_of_a_large_letter() -> None:
    post = Post()
    large = compose(replace(DRAFT, text="All of it. " * 200_000))
    with (
        served(post, data_size_limit=10**8) as port,
        cut(port, from_us=600_000) as broken,
        pytest.raises(MailUnreachable) as caught,
    ):
        send(f"smtp://127.0.0.1:{broken}", large)
    assert not post.letters
    assert caught.value.changed == PERHAPS


def test_encrypted_at_once(certificate: Certificate) -> None:
    post = Post()
    with served(post, ssl_context=encrypting(certificate)) as port:
        send(f"smtps://localhost:{port}?ca={quote(str(certificate.certificate))}", LETTER)
        for strange in (f"smtps://localhost:{port}", f"smtps://127.0.0.1:{port}?ca={quote(str(certificate.certificate))}"):
            with pytest.raises(MailUnreachable, match="certificate"):
                send(strange, LETTER)
    assert len(post.letters) == 1


def test_encrypted_by_starttls_with_a_password(certificate: Certificate) -> None:
    def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, told: Any) -> AuthResult:
        good = isinstance(told, LoginPassword) and (told.login, told.password) == (b"corp", b"p@ss:/1")
        return AuthResult(success=good, handled=False)

    post = Post()
    options = {"tls_context": encrypting(certificate), "require_starttls": True, "authenticator": known, "auth_required": True}
    ca = quote(str(certificate.certificate))
    with served(post, **options) as port:
        send(f"smtp+tls://corp:p%40ss%3A%2F1@localhost:{port}?ca={ca}", LETTER)
        with pytest.raises(MailUnreachable, match="name and password") as caught:
            send(f"smtp+tls://corp:wrong@localhost:{port}?ca={ca}", LETTER)
        assert "wrong" not in str(caught.value)
        with pytest.raises(MailUnreachable, match="certificate"):
            send(f"smtp+tls://corp:p%40ss%3A%2F1@localhost:{port}", LETTER)
    assert len(post.letters) == 1


def test_starttls_that_is_not_offered_is_not_gone_without() -> None:
    post = Post()
    with served(post) as port, pytest.raises(MailUnreachable, match="does not offer"):
        send(f"smtp+tls://localhost:{port}", LETTER)
    assert not post.letters


def test_an_address_in_another_script() -> None:
    letter = compose(replace(DRAFT, to="राम@डाटामेल.भारत"))
    post = Post()
    with served(post, enable_SMTPUTF8=True) as port:
        send(f"smtp://127.0.0.1:{port}", letter)
    assert post.letters[0].rcpt_tos == ["राम@xn--c2bd4bq1db8d.xn--h2brj9c"]
    with served(Post(), enable_SMTPUTF8=False) as port, pytest.raises(StoreRefused, match="another script"):
        send(f"smtp://127.0.0.1:{port}", letter)


WRONG = "|mail.corp.example|http://corp.example|smtp://|smtp://host:port|file://|file:///|file://host/x|smtps://["
CLEAR = "smtp://corp:secret@mail.corp.example"


@pytest.mark.parametrize("url", [*WRONG.split("|"), CLEAR])
def test_wrong_urls_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Refused) as caught:
        send(url, LETTER)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("to", ["ann@people.example, bob@people.example", "Friends: ann@people.example, b@x.example;", "ann", ""])
def test_a_letter_to_several_is_refused_before_anybody_is_asked(to: str) -> None:
    letter = compose(DRAFT)
    del letter["To"]
    letter["To"] = to
    with pytest.raises(Refused):
        send(f"smtp://127.0.0.1:{_free_port()}", letter)


def test_a_folder_has_one_file_a_letter(tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / "mail"
    url = f"file://{quote(str(folder))}"
    send(url, LETTER)
    send(url, LETTER)
    send(url, compose(replace(DRAFT, message_id="<other@corp.example>")))
    assert len(list(folder.iterdir())) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.eml"))
    assert any(read_letter(path.read_bytes()).text.reveal() == DRAFT.text.strip() for path in folder.iterdir())


def test_what_a_killed_process_left_of_a_letter_goes_when_it_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed before it has renamed its file leaves the letter under a name that nobody looks at."""
    with monkeypatch.context() as killed:
        killed.setattr(Path, "replace", _killed)
        with pytest.raises(KeyboardInterrupt):
            send(f"file://{tmp_path}", LETTER)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".")
    left.rename(left.with_suffix(".4711"))
    (tmp_path / ".another.1.2").write_text("of another letter")
    send(f"file://{tmp_path}", LETTER)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".2", ".eml"]


def test_two_processes_write_the_same_letter_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is done first, and takes this one's file for one that was left."""
    rename, fsync = Path.replace, os.fsync

    def other(number: int) -> None:
        fsync(number)
        (mine,) = tmp_path.iterdir()
        rename(mine, tmp_path / f"{mine.name.split('.')[1]}.eml")

    monkeypatch.setattr(os, "fsync", other)
    send(f"file://{tmp_path}", LETTER)
    assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailUnreachable, match="folder for letters"):
        send(f"file://{tmp_path}/file/mail", LETTER)
