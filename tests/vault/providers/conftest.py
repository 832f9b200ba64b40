from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.vault.providers import softhsm
from tests.vault.providers.benches import Bench, FileBench, KmsBench, Pkcs11Bench, TransitBench
from tests.vault.providers.transit_server import Transit, running

PASSPHRASE = "correct horse battery staple"
TOKEN = "hvs.not-a-real-token-0a1b2c3d"
KINDS = ["file", "file_with_passphrase", "aws_kms", "pkcs11", "transit"]


@pytest.fixture(scope="session")
def kms_url() -> Iterator[str]:
    """The URL of moto's server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def file_bench(tmp_path: Path) -> Iterator[FileBench]:
    bench = FileBench("file", {}, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def file_with_passphrase_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileBench]:
    monkeypatch.setenv("KEPT_TEST_PASSPHRASE", PASSPHRASE)
    bench = FileBench("file", {"passphrase": "env:KEPT_TEST_PASSPHRASE"}, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def aws_kms_bench(kms_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KmsBench]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    bench = KmsBench("aws-kms", {"region": "eu-central-1", "endpoint": kms_url}, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def pkcs11_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pkcs11Bench]:
    monkeypatch.setenv("KEPT_TEST_PIN", softhsm.PIN)
    with softhsm.token(tmp_path, monkeypatch):
        options = {"module": softhsm.module(), "token": softhsm.LABEL, "pin": "env:KEPT_TEST_PIN"}
        bench = Pkcs11Bench("pkcs11", options, tmp_path)
        yield bench
        bench.close()


@pytest.fixture
def transit_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TransitBench]:
    monkeypatch.setenv("KEPT_TEST_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(Transit(TOKEN)) as server:
        bench = TransitBench("transit", {"url": server.url, "token": "env:KEPT_TEST_TOKEN"}, tmp_path)
        bench.server = server
        yield bench
        bench.close()


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each kind of provider in turn."""
    found: Bench = request.getfixturevalue(f"{request.param}_bench")
    return found
