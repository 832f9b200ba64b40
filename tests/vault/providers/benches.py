"""Each kind of provider on the real thing behind it, for one test."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kept.vault.providers import registry
from kept.vault.providers.provider import Provider
from kept.vault.secret import Secret
from tests import services
from tests.vault.providers.transit_server import TransitServer

INSTALLATION = "0123456789abcdef" * 2
EVERYTHING = ("make", "wrap", "unwrap", "destroy")


class Bench:
    """A kind of provider, with options that reach something real."""

    bits = 1
    """Of how many bits one is flipped: 1 is each."""
    needs: tuple[str, ...] = EVERYTHING
    """What cannot be done while the thing behind it is away."""

    def __init__(self, name: str, options: dict[str, str], folder: Path) -> None:
        """Take the options as kept.toml would have them; secrets are in the environment."""
        self.name, self.options, self.folder = name, options, folder
        self._opened: list[Provider] = []

    @property
    def secrets(self) -> list[str]:
        """What the environment holds for it: texts that must never be told."""
        named = [value.removeprefix("env:") for value in self.options.values() if value.startswith("env:")]
        return [os.environ[name] for name in named]

    def open(self, **changed: str) -> Provider:
        """Return one more provider, as another process would open it."""
        provider = registry.connect(self.name, self.options | changed, self.folder)
        self._opened.append(provider)
        return provider

    @contextmanager
    def away(self) -> Iterator[Provider]:
        """Take away what is behind it, and lend a provider that will notice."""
        raise NotImplementedError
        yield

    def close(self) -> None:
        """Close every provider that was opened."""
        for provider in self._opened:
            provider.close()


class FileBench(Bench):
    """Key files in a folder."""

    needs = ("wrap", "unwrap")

    @property
    def keys(self) -> Path:
        """The folder of the key files."""
        return self.folder / "keys"

    @contextmanager
    def away(self) -> Iterator[Provider]:
        """Move the folder with the key files."""
        elsewhere = self.keys.rename(self.folder / "elsewhere")
        yield self.open()
        elsewhere.rename(self.keys)


class KmsBench(Bench):
    """moto's server of KMS."""

    bits = 7

    @contextmanager
    def away(self) -> Iterator[Provider]:
        """Ask at a port where nothing listens; the server is there for every test."""
        yield self.open(endpoint=f"http://127.0.0.1:{services._free_port()}")


class Pkcs11Bench(Bench):
    """A token of SoftHSM2."""

    @property
    def tokens(self) -> Path:
        """The folder of the token."""
        return self.folder / "tokens"

    @contextmanager
    def away(self) -> Iterator[Provider]:
        """Move the token's folder."""
        elsewhere = self.tokens.rename(self.folder / "elsewhere")
        yield self.open()
        elsewhere.rename(self.tokens)


class TransitBench(Bench):
    """Our small server of the transit engine."""

    server: TransitServer

    @contextmanager
    def away(self) -> Iterator[Provider]:
        """Stop the server for good."""
        self.server.stop()
        yield self.open()


def caught(call: Callable[[], object]) -> BaseException:
    """Return the error of a call. This frame is in the error's traceback, so it holds nothing."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("it did not fail")


def some(count: int) -> tuple[list[Secret], list[bytes]]:
    """Return new keys, and what each is about."""
    return [Secret.random() for _ in range(count)], [f"person {number}".encode() for number in range(count)]


def exit_of_child(works: Callable[[], bool], meanwhile: Callable[[], object] = bool, seconds: float = 20) -> int:
    """Return how a child of a fork ends that does this while the parent does that: 0 when it works. One that hangs is killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if works() else 2
        finally:
            os._exit(status)
    meanwhile()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
