"""A token of SoftHSM2, a PKCS#11 module in software, made for one test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pkcs11
import pytest

from tests import services

PLACES = ("usr/lib/softhsm", "usr/lib64/pkcs11", "usr/lib/*/softhsm", "usr/lib64/softhsm", "usr/local/lib/softhsm")
PIN, OFFICER_PIN, LABEL = "739215", "86420975", "kept-test"


def module() -> str:
    """Return the path of the module; skips the test, or fails it with KEPT_REQUIRE_SERVICES=1, where there is none."""
    found = next((path for place in PLACES for path in sorted(Path("/").glob(f"{place}/libsofthsm2.so"))), None)
    if found is None or shutil.which("softhsm2-util") is None:
        services._or_skip(services.NoServer("no SoftHSM2: install the package softhsm2"))
    return str(found)


def make_token(label: str = LABEL, pin: str = PIN) -> None:
    """Make one more token, where SOFTHSM2_CONF says. The module sees it from its next start."""
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", OFFICER_PIN]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def token(folder: Path, environment: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lend the folder of a new token; the module starts with it and is stopped afterwards."""
    so = module()
    tokens = folder / "tokens"
    tokens.mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    environment.setenv("SOFTHSM2_CONF", str(settings))
    make_token()
    stop(so)
    try:
        yield tokens
    finally:
        stop(so)


def stop(so: str) -> None:
    """Stop the module. It stays loaded: sessions that tests left open answer with an error instead of crashing."""
    with suppress(pkcs11.PKCS11Error):
        pkcs11.lib(so).finalize()
