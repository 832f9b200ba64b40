"""Certificates from a real ACME authority: Pebble, the test server of Let's Encrypt's makers, where its package is installed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509

from tests.cli.test_serve import PATIENCE, _listens, free_port, served

VALID_SECONDS = 12
DOMAIN = "privacy.aurigen.example"


@pytest.fixture
def authority(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[tuple[str, int]]:
    """An authority whose certificates are valid for seconds, and the port on which it asks."""
    if shutil.which("pebble") is None or shutil.which("pebble-challtestsrv") is None:
        said = "no Pebble: install the package pebble"
        pytest.fail(said) if os.environ.get("KEPT_REQUIRE_SERVICES") == "1" else pytest.skip(said)
    port, manage, asks, dns, dns_manage = (free_port() for _ in range(5))
    settings = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{manage}",
        "certificate": str(certificate[0]),
        "privateKey": str(certificate[1]),
        "httpPort": asks,
        "tlsPort": free_port(),
        "certificateValidityPeriod": VALID_SECONDS,
    }
    config = tmp_path / "pebble.json"
    config.write_text(json.dumps({"pebble": settings}))
    names = ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{dns_manage}", "-defaultIPv6", ""]
    off = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
    quick = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "100"}
    log = (tmp_path / "pebble.log").open("w")
    with ExitStack() as running:
        running.enter_context(log)
        for command in ([*names, *off], ["pebble", "-config", str(config), "-dnsserver", f"127.0.0.1:{dns}"]):
            process = subprocess.Popen(command, env=quick, stdout=log, stderr=log)
            running.callback(process.wait)
            running.callback(process.terminate)
        ends = time.monotonic() + PATIENCE
        while not (_listens(port) and _listens(dns)):
            assert time.monotonic() < ends, (tmp_path / "pebble.log").read_text()
            time.sleep(0.1)
        yield f"https://localhost:{port}/dir", asks


def _serial(port: int) -> tuple[int, list[str]]:
    """Return the number of the certificate that is shown, and its names."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the authority is made for the test
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw, server_hostname=DOMAIN) as talk:
        shown = x509.load_der_x509_certificate(talk.getpeercert(binary_form=True) or b"")
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return shown.serial_number, names.get_values_for_type(x509.DNSName)


def _shown(port: int) -> int | None:
    """Return the number of the certificate that is shown; None in the moment in which the processes that show it are replaced."""
    try:
        return _serial(port)[0]
    except ConnectionError:
        return None


def test_a_certificate_is_got_and_renewed_while_the_pages_are_served(
    privacy: Path, authority: tuple[str, int], certificate: tuple[Path, Path]
) -> None:
    directory, asks = authority
    words = ("--domain", DOMAIN, "--acme", directory, "--http-port", str(asks), "--no-worker")
    with served(privacy, *words, REQUESTS_CA_BUNDLE=str(certificate[0])) as (_, port):
        first, names = _serial(port)
        assert names == [DOMAIN]
        assert b"308" in _plain(asks, "/policy/editions/")
        ends = time.monotonic() + PATIENCE
        while _shown(port) in (first, None):
            assert time.monotonic() < ends, "a third of its time is left, and no new one came"
            time.sleep(0.2)
    kept = privacy / ".kept" / "tls"
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    assert len(list(kept.iterdir())) == 3, "one account, however often"


def _plain(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as talk:
        talk.sendall(f"GET {path} HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: close\r\n\r\n".encode())
        return talk.recv(65536)


def test_an_authority_that_is_not_there_says_so(privacy: Path) -> None:
    port = free_port()
    words = ("--domain", DOMAIN, "--acme", f"https://localhost:{port}/dir", "--http-port", str(free_port()))
    with pytest.raises(AssertionError, match="gave no certificate"), served(privacy, *words):
        pass
