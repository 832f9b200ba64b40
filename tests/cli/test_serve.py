"""`kept serve` as it is run: one process more for the work, TLS by choice, and an end when it is told."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.company import KEPT

PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("KEPT_")}, **more}


@contextmanager
def served(folder: Path, *words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    command = [*KEPT, "serve", "--folder", str(folder), "--port", str(port), *words]
    server = subprocess.Popen(command, env=clean(**environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        ends = time.monotonic() + PATIENCE
        while not _listens(port):
            assert server.poll() is None, server.stdout.read() if server.stdout else ""
            assert time.monotonic() < ends
            time.sleep(0.1)
        yield server, port
    finally:
        server.terminate()
        server.wait(PATIENCE)
        if server.stdout:
            server.stdout.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_shows_the_policy_and_ends_when_told(privacy: Path) -> None:
    with served(privacy) as (server, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            assert answer.status == 200
            assert "Aurigen privacy policy" in answer.read().decode()
        children = _children(server.pid)
        assert any("work" in command for command in children.values()), children
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
        ends = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            assert time.monotonic() < ends, "the worker and the server's own processes end with it"
            time.sleep(0.1)


@pytest.mark.service
def test_its_state_may_be_in_postgresql(privacy: Path, postgres_url: str) -> None:
    with served(privacy, "--processes", "2", KEPT_DATABASE_URL=postgres_url) as (_, port):
        for path, shown in (("/", "Aurigen privacy policy"), ("/account/login/", "Sign in"), ("/ledger/checkpoint", "kept.local/")):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
                assert shown in answer.read().decode()
    assert not (privacy / ".kept" / "state.sqlite3").exists()


def _children(pid: int) -> dict[int, list[str]]:
    """Return the processes below one, with the words each was started with."""
    found: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                found[int(path.name)] = (path / "cmdline").read_bytes().decode().split("\0")
        except (OSError, IndexError):
            continue
    return found


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_from_1_2_on_and_nothing_below(privacy: Path, certificate: tuple[Path, Path]) -> None:
    words = ("--certificate", str(certificate[0]), "--key", str(certificate[1]), "--no-worker")
    with served(privacy, *words) as (_, port):
        spoken = {version: _handshake(port, certificate[0], version) for version in ssl.TLSVersion if version > 0}
        answer = _ask(port, certificate[0])
    old = {version for version in spoken if version < ssl.TLSVersion.TLSv1_2}
    assert {spoken[version] for version in old} == {None}
    assert spoken[ssl.TLSVersion.TLSv1_2] == "TLSv1.2"
    assert spoken[ssl.TLSVersion.TLSv1_3] == "TLSv1.3"
    assert "strict-transport-security: max-age=31536000; includesubdomains" in answer.lower()
    assert "__host-kept-csrf=" in answer.lower()
    assert "secure" in answer.lower()


def _context(ca: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    context.set_ciphers("ALL:@SECLEVEL=0")  # ours must not be who refuses
    return context


def _handshake(port: int, ca: Path, version: ssl.TLSVersion) -> str | None:
    """Return what was agreed on when only this version is offered; None where the server refuses it."""
    context = _context(ca)
    context.minimum_version = context.maximum_version = version
    try:
        with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw, server_hostname="localhost") as talk:
            return talk.version()
    except (ssl.SSLError, ConnectionError, ValueError):
        return None


def _ask(port: int, ca: Path) -> str:
    with socket.create_connection(("127.0.0.1", port)) as raw, _context(ca).wrap_socket(raw, server_hostname="localhost") as talk:
        talk.sendall(b"GET /account/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        parts = []
        while part := talk.recv(65536):
            parts.append(part)
    return b"".join(parts).decode(errors="replace")


def test_bad_options_are_refused_before_anything_starts(privacy: Path, certificate: tuple[Path, Path]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "cannot be listened on" in _refused(privacy, "--port", port)
    assert "belong together" in _refused(privacy, "--certificate", str(certificate[0]))
    assert "in the clear" in _refused(privacy, "--host", "0.0.0.0", "--port", str(free_port()))
    (privacy / "kept.toml").write_text("nonsense", "utf-8")
    assert "kept.toml:1" in _refused(privacy, "--port", str(free_port()))


def _refused(folder: Path, *words: str) -> str:
    ran = subprocess.run(
        [*KEPT, "serve", "--folder", str(folder), *words],
        env=clean(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stderr


def test_the_first_owner_is_made_on_the_command_line(privacy: Path) -> None:
    ran = subprocess.run(
        [*KEPT, "staff", "add", "ada@aurigen.example", "--folder", str(privacy)],
        env=clean(),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert "is owner now" in ran.stdout
