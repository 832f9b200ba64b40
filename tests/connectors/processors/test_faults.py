"""What a network and a bad processor do to every way that goes by HTTP; and nothing of a person in what is said about it."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from kept.base.errors import SourceError, StoreRefused, StoreUnreachable
from kept.connectors.processors import Processor
from kept.connectors.processors.wire import Patience, near

from .benches import (
    EMAIL,
    KEY,
    PATIENT,
    QUICK,
    REF,
    SUBJECT,
    Asked,
    Authority,
    Reply,
    asking,
    order,
    pem_of,
    processor,
    secrets,
    serving,
)

MAY_HAVE_GONE = "the order went out and may have arrived"
NOT_GONE = "the order did not go out"


def to(url: str, *, patience: Patience = PATIENT, ca: str = "") -> Processor:
    options = {"ca": ca} if ca else {}
    return processor(asking("http", f"{url}/orders", secrets=secrets("key"), options=options), patience=patience)


def failure(act: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        act()
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    for value in (EMAIL, EMAIL.lower(), SUBJECT, KEY):
        assert value not in said
    assert caught.value.__context__ is None, "the error below holds the request, with the person in it"
    assert caught.value.store == "processor:posts"
    return caught.value


def good(asked: Asked) -> Reply:
    return Reply.json(202, {"ref": REF, "state": "accepted"})


def test_a_connection_that_is_cut_after_the_body_was_read_may_have_arrived() -> None:
    with serving(lambda asked: Reply(hangs_up=True)) as bench:
        error = failure(lambda: to(bench.url).ask(order()))
        assert len(bench.posts()) == 1, "it is for the caller to ask again"
    assert isinstance(error, StoreUnreachable)
    assert error.changed == MAY_HAVE_GONE


def test_asked_again_after_a_cut_it_is_acknowledged() -> None:
    replies = [Reply(hangs_up=True), Reply.json(202, {"ref": REF, "state": "accepted"})]
    with serving(lambda asked: replies.pop(0)) as bench:
        failure(lambda: to(bench.url).ask(order()))
        assert to(bench.url).ask(order()).state == "accepted"
        assert {one.headers["idempotency-key"] for one in bench.posts()} == {REF}


def test_a_processor_that_does_not_answer_in_time_may_have_it() -> None:
    stop = threading.Event()
    with serving(lambda asked: Reply(waits=stop)) as bench:
        try:
            assert failure(lambda: to(bench.url, patience=QUICK).ask(order())).changed == MAY_HAVE_GONE
        finally:
            stop.set()


def drip(listening: socket.socket, stop: threading.Event) -> None:
    """Take one connection, and give it a header that never ends, a byte at a time."""
    connection, _ = listening.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while not stop.wait(0.1):
            connection.sendall(b"x")


def test_a_processor_that_drips_holds_nobody() -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening, stop), daemon=True)
        dripping.start()
        begun = time.monotonic()
        error = failure(lambda: to(f"http://127.0.0.1:{listening.getsockname()[1]}", patience=QUICK).ask(order()))
        took = time.monotonic() - begun
        stop.set()
        dripping.join()
    assert "answers too slowly" in str(error)
    assert error.changed == MAY_HAVE_GONE
    assert took < 10, "it would go on for as long as the processor likes"


def test_a_port_nobody_listens_on_gets_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = failure(lambda: to(f"http://127.0.0.1:{taken.getsockname()[1]}").ask(order()))
    assert isinstance(error, StoreUnreachable)
    assert error.changed == NOT_GONE


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    with serving(lambda asked: Reply(200, b"x" * 5_000_000)) as bench:
        error = failure(lambda: to(bench.url).ask(order()))
    assert "more than an acknowledgement can be" in str(error)
    assert error.changed == MAY_HAVE_GONE


def test_an_answer_that_unpacks_to_too_much_is_not_unpacked_to_its_end() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(lambda asked: Reply(200, bomb, {"Content-Encoding": "gzip"})) as bench:
        assert "more than an acknowledgement can be" in str(failure(lambda: to(bench.url).ask(order())))


def test_an_answer_that_stops_in_the_middle_is_none() -> None:
    half = b'{"ref": "' + REF.encode() + b'", "state": "done"}'
    with serving(lambda asked: Reply(200, half, {"Content-Length": str(len(half) + 1)})) as bench:
        assert failure(lambda: to(bench.url).ask(order())).changed == MAY_HAVE_GONE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_with_a_person_in_hand(status: int) -> None:
    with (
        serving(good) as other,
        serving(lambda asked: Reply(status, b"", {"Location": f"{other.url}/orders"})) as bench,
    ):
        error = failure(lambda: to(bench.url).ask(order()))
        assert other.asked == []
    assert isinstance(error, StoreRefused)
    assert "leads elsewhere" in str(error)


def test_passwords_of_the_machine_are_not_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(good) as bench:
        to(bench.url).ask(order())
    assert "authorization" not in bench.asked[0].headers


def test_over_tls_with_an_authority_of_the_processors_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(good, host="localhost", tls=authority.server("localhost")) as bench:
        assert to(bench.url, ca=str(authority.file)).ask(order()).state == "accepted"


def test_a_certificate_of_nobody_gets_nothing(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    with serving(good, host="localhost", tls=authority.server("localhost")) as bench:
        for ca in ("", str(other.file)):
            error = failure(lambda: to(bench.url, ca=ca).ask(order()))  # noqa: B023 - called at once
            assert "a certificate that is not to be trusted" in str(error)
            assert error.changed == NOT_GONE
        assert bench.asked == []


def test_a_certificate_of_somebody_else_gets_nothing(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(good, host="localhost", tls=authority.server("other.example")) as bench:
        assert failure(lambda: to(bench.url, ca=str(authority.file)).ask(order())).changed == NOT_GONE
        assert bench.asked == []


BREAKS: dict[str, Any] = {
    "500": lambda asked: Reply(500),
    "cut": lambda asked: Reply(hangs_up=True),
    "redirect": lambda asked: Reply(302, b"", {"Location": "http://127.0.0.1:1/"}),
    "huge": lambda asked: Reply(200, b"x" * 1_000_000),
    "text": lambda asked: Reply(200, b"hello"),
}


@pytest.mark.parametrize("way", ["ddrf", "opendsr"])
@pytest.mark.parametrize("break_", BREAKS)
def test_a_discovery_that_fails_sends_no_person_anywhere(way: str, break_: str, tmp_path: Path) -> None:
    options = {"issuer": "example.org", "kid": "k1"} if way == "ddrf" else {}
    entry = {"options": options, "secrets": secrets("key") if way == "ddrf" else {}}
    pem = pem_of(ed25519.Ed25519PrivateKey.generate()).decode()
    with serving(BREAKS[break_]) as bench:
        asked = processor(asking(way, bench.url, **entry), environ={"POSTS_KEY": pem})
        error = failure(lambda: asked.ask(order()))
        assert bench.posts() == []
    assert error.changed in (NOT_GONE, "nothing was changed")


@pytest.mark.parametrize(
    ("url", "base", "found"),
    [
        ("https://posts.example/x", "https://posts.example", True),
        ("https://api.posts.example/x", "https://www.posts.example/", True),
        ("https://posts.example.evil.example/x", "https://posts.example", False),
        ("https://evilposts.example/x", "https://posts.example", False),
        ("http://posts.example/x", "https://posts.example", False),
        ("https://posts.example@evil.example/", "https://posts.example", False),
        ("https://evil.example\\@posts.example/", "https://posts.example", False),
        ("http://127.0.0.1/x", "https://posts.example", False),
        ("http://localhost/x", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:8000", True),
        ("file:///etc/passwd", "https://posts.example", False),
        (None, "https://posts.example", False),
        (["https://posts.example"], "https://posts.example", False),
        ("https://[::1", "https://posts.example", False),
    ],
)
def test_discovery_leads_nowhere_but_to_the_processors_own_host(url: object, base: str, found: bool) -> None:
    assert near(url, base) == (url if found else "")
