"""`python -c CODE WORD...` without the second that loading takes: the process is forked from one that has loaded everything.

`run` stands for `subprocess.run`: the process has a pid, descriptors, a folder and an environment of its own, and ends as it likes.
Where Python or Kept reads the environment while it is loaded, it is forked from another process, or starts from nothing.
`Started` stands for `subprocess.Popen`, for what writes to a pipe until it is killed. What a test starts without this module starts
from nothing, as a person's does: to see what is loaded, or to be stopped.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

__all__ = ["Started", "run"]

ROOT = Path(__file__).parents[1]
SERVER = "import tests.ending; from tests.loaded import serve; serve()()"
AT_START = ("PYTHON", "LANG", "LC_")
"""How the names begin of what Python reads when it starts; runs that agree about it come from one process."""
AT_LOADING = {"KEPT_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "kept.db.settings"}
"""What is read while Kept is loaded, and what it was; a run with something else starts from nothing."""
READ_AGAIN = ("KEPT_DATABASE_URL", "postgresql://")
"""What is read again before a database is opened, and how it begins where loading does not mind it either."""
MOST_TYPED = 60_000
"""How many bytes a pipe holds that nobody reads yet."""


def run(
    command: Sequence[str],
    *,
    cwd: Path | str = ".",
    env: Mapping[str, str] = os.environ,
    typed: str = "",
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `[sys.executable, "-c", code, *words]` to its end and return its exit code and what it wrote.

    `typed` is what it reads. Raises subprocess.TimeoutExpired, when it was killed because time ran out.
    """
    if any(_minds(name, env.get(name, value), value) for name, value in AT_LOADING.items()):
        return subprocess.run(
            command, cwd=cwd, env=env, input=typed, capture_output=True, check=False, timeout=timeout, encoding="utf-8"
        )
    with ExitStack() as stack:
        caller, out, told = _begun(_asked(command, cwd, env), typed.encode(), stack)
        ended = stack.enter_context(caller.makefile("r"))
        pid = int(ended.readline() or 0)
        assert pid, "the process that runs are forked from is gone"
        texts = _read([out, told], pid, timeout, command)
        return subprocess.CompletedProcess(command, int(ended.readline()), *texts)


class Started:
    """A run that goes on by itself. Whoever started it ends it with `rest`."""

    def __init__(self, command: Sequence[str], *, cwd: Path | str = ".", env: Mapping[str, str] = os.environ) -> None:
        """Start `[sys.executable, "-c", code, *words]`; what it writes as an error is read by nobody."""
        self._stack = ExitStack()
        self._caller, self._out, _ = _begun(_asked(command, cwd, env), b"", self._stack)
        self._ended = self._stack.enter_context(self._caller.makefile("r"))
        self.pid = int(self._ended.readline() or 0)
        assert self.pid, "the process that runs are forked from is gone"

    def line(self) -> bytes:
        """Wait for the next line that it writes."""
        return self._out.readline()

    def kill(self) -> None:
        """End it without a word."""
        os.kill(self.pid, signal.SIGKILL)

    def rest(self) -> tuple[bytes, int]:
        """Return what else it wrote until it ended, and its exit code."""
        with self._stack:
            return self._out.read(), int(self._ended.readline())


def _minds(name: str, said: str, loaded: str) -> bool:
    """Return whether Kept would have been loaded in another way."""
    return said != loaded and not (name == READ_AGAIN[0] and said.startswith(READ_AGAIN[1]))


def _asked(command: Sequence[str], cwd: Path | str, env: Mapping[str, str]) -> dict[str, object]:
    interpreter, dash, code, *words = command
    assert (interpreter, dash) == (sys.executable, "-c"), command
    return {"code": code, "words": words, "folder": str(Path(cwd).resolve()), "environment": dict(env)}


def _begun(asked: Mapping[str, object], typed: bytes, stack: ExitStack) -> tuple[socket.socket, IO[bytes], IO[bytes]]:
    """Begin a run; return the socket on which its pid and its end are told, and what it writes."""
    assert len(typed) < MOST_TYPED
    environment = asked["environment"]
    assert isinstance(environment, dict)
    server = _server(tuple(sorted(pair for pair in environment.items() if pair[0].startswith(AT_START))))
    caller, theirs = socket.socketpair()
    stack.enter_context(caller)
    (read, write), (out, to_out), (told, to_told) = os.pipe(), os.pipe(), os.pipe()
    ours = [stack.enter_context(os.fdopen(descriptor, "rb")) for descriptor in (out, told)]
    with os.fdopen(write, "wb") as keyboard:
        keyboard.write(typed)
    socket.send_fds(server, [b"!"], [read, to_out, to_told, theirs.fileno()])
    theirs.close()
    for descriptor in (read, to_out, to_told):
        os.close(descriptor)
    caller.sendall(json.dumps(asked).encode())
    caller.shutdown(socket.SHUT_WR)
    return caller, ours[0], ours[1]


def _read(streams: Sequence[IO[bytes]], pid: int, timeout: float | None, command: Sequence[str]) -> list[str]:
    """Return what was written to each stream until everybody closed it."""
    end = None if timeout is None else time.monotonic() + timeout
    texts = {stream: bytearray() for stream in streams}
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(None if end is None else max(0.0, end - time.monotonic()))
            if not ready and end is not None and timeout is not None:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(command), timeout)
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                texts[streams[0] if key.fd == streams[0].fileno() else streams[1]] += chunk
                if not chunk:
                    selector.unregister(key.fd)
    return [bytes(text).decode() for text in texts.values()]


@cache
def _server(at_start: tuple[tuple[str, str], ...]) -> socket.socket:
    """Start what runs are forked from, once for each such environment; return the socket on which it is asked."""
    asked, theirs = socket.socketpair()
    named = {"PATH": os.environ.get("PATH", ""), **dict(at_start)}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(theirs.fileno())],
            cwd=ROOT,
            env=named,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(process.communicate)
    atexit.register(asked.close)
    return asked
