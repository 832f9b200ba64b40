"""News for agents, over real connections: TLS, the open internet, and nowhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.base.errors import SourceError, StoreRefused, StoreUnreachable
from kept.connectors.callbacks import Caller, is_public

from .processors.benches import PATIENT, QUICK, Asked, Authority, Bench, Reply, calling, serving

NEWS = b'{"status":"fulfilled"}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def reply() -> Reply:
    """What the agent's server answers; a test changes it."""
    return Reply(status=200, body=b"ok")


@pytest.fixture
def bench(authority: Authority, reply: Reply) -> Iterator[Bench]:
    with serving(lambda _: reply, tls=authority.server("localhost")) as bench:
        yield bench


def address(bench: Bench, path: str = "/news?id=7") -> str:
    return f"https://localhost:{bench.url.rpartition(':')[2]}{path}"


def test_the_message_arrives_as_it_is(bench: Bench, authority: Authority) -> None:
    calling(authority).tell("permit", address(bench), NEWS)
    (asked,) = bench.asked
    assert isinstance(asked, Asked)
    assert (asked.method, asked.path, asked.body) == ("POST", "/news?id=7", NEWS)
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["host"] == address(bench, "").removeprefix("https://")


@pytest.mark.parametrize("status", [204, 299])
def test_every_status_of_success_is_one(bench: Bench, authority: Authority, reply: Reply, status: int) -> None:
    reply.status, reply.body = status, b""
    calling(authority).tell("permit", address(bench), NEWS)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 500, 503])
def test_any_other_is_not_and_leads_nowhere(bench: Bench, authority: Authority, reply: Reply, status: int) -> None:
    reply.status, reply.headers = status, {"Location": address(bench, "/elsewhere")}
    with pytest.raises(StoreRefused, match=str(status)):
        calling(authority).tell("permit", address(bench), NEWS)
    assert len(bench.asked) == 1


def test_nothing_goes_into_a_network(bench: Bench, authority: Authority) -> None:
    careful = Caller(patience=PATIENT, ca=str(authority.file))
    port = bench.url.rpartition(":")[2]
    for host in ("localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
        with pytest.raises(StoreRefused, match="into a network"):
            careful.tell("permit", f"https://{host}:{port}/", NEWS)
    assert bench.asked == []


@pytest.mark.parametrize(
    "inside",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_an_address_of_a_network_is_known_in_every_dress(inside: str) -> None:
    four = bytes(int(part) for part in inside.split("."))
    words = f"{four[0] << 8 | four[1]:x}:{four[2] << 8 | four[3]:x}"
    for shown in (inside, f"::ffff:{inside}", f"64:ff9b::{words}", f"2002:{words}::1"):
        assert not is_public(shown), shown
    assert not is_public("fe80::1%eth0")
    assert not is_public("fd00::1")


def test_the_open_internet_is_public() -> None:
    for shown in ("9.9.9.9", "2620:fe::fe", "64:ff9b::909:909"):
        assert is_public(shown), shown


@pytest.mark.parametrize("url", ["http://localhost:1/", "ftp://localhost/", "https://a:b@localhost/", "https:///x", "localhost"])
def test_only_tls_and_no_password(authority: Authority, url: str) -> None:
    with pytest.raises(StoreRefused, match="no https address"):
        calling(authority).tell("permit", url, NEWS)


def test_a_certificate_of_another_name_or_authority_is_not_believed(authority: Authority, tmp_path: Path) -> None:
    with serving(lambda _: Reply(), tls=authority.server("agent.example")) as wrong, pytest.raises(StoreUnreachable):
        calling(authority).tell("permit", address(wrong), NEWS)
    other = Authority(tmp_path, "other")
    with serving(lambda _: Reply(), tls=other.server("localhost")) as strange, pytest.raises(StoreUnreachable):
        calling(authority).tell("permit", address(strange), NEWS)
    assert wrong.asked == strange.asked == []


def test_who_hangs_up_or_says_nothing_is_not_waited_for(bench: Bench, authority: Authority, reply: Reply) -> None:
    reply.hangs_up = True
    with pytest.raises(SourceError):
        calling(authority).tell("permit", address(bench), NEWS)
    reply.hangs_up, reply.waits = False, threading.Event()
    began = time.monotonic()
    with pytest.raises(SourceError):
        calling(authority, QUICK).tell("permit", address(bench), NEWS)
    assert time.monotonic() - began < 5
    reply.waits.set()


def test_an_error_does_not_say_where(bench: Bench, authority: Authority, reply: Reply) -> None:
    reply.status = 500
    with pytest.raises(StoreRefused) as told:
        calling(authority).tell("permit", address(bench, "/a-secret-of-theirs"), NEWS)
    assert "secret" not in f"{told.value} {told.value!r}"
    with pytest.raises(StoreUnreachable):
        calling(authority).tell("permit", "https://nobody.invalid/", NEWS)
