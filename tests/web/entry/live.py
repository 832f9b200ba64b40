"""The pages in a process of their own, as a browser meets them."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.pages import ROOT

__all__ = ["Live", "code_in", "free_port", "listening", "served"]

SECONDS = 30
SERVE = (sys.executable, "-c", "from kept.cli.main import main; main()", "serve", "--no-worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A server that runs: its folder and its address."""

    folder: Path
    url: str

    def newest_code(self) -> str:
        """Return the code in the letter that was sent last."""
        letters = sorted((self.folder / ".kept" / "mail").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return code_in(letters[-1].read_text())


def code_in(letter: str) -> str:
    """Return the code that a letter brings; the last one where a file holds several letters."""
    found = re.findall(r"^    (\S+)$", letter, re.MULTILINE)
    assert found, letter
    return str(found[-1])


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a process listens. Raises AssertionError where it ends, or takes too long."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"it ended with {process.returncode}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


@contextmanager
def served(founded: Path, home: Path, *, environment: Mapping[str, str], toml: str = "", port: int = 0) -> Iterator[Live]:
    """Run `kept serve` over a copy of a privacy folder, whose kept.toml may say more."""
    folder, port = home / "privacy", port or free_port()
    shutil.copytree(founded, folder)
    with (folder / "kept.toml").open("a") as file:
        file.write(toml)
    command = [*SERVE, "--folder", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        listening(process, port)
        yield Live(folder=folder, url=f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait(SECONDS)
