"""Programs of the company, each in a process of its own, forked from one that is loaded already, because loading takes a second.

Run as: process.py SOCKET. Whoever connects gets a process, which is told in one line of JSON what to be: a program with an open
vault, which then answers one line with one line, or a command of `kept`, killed before one of its statements.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, TextIO

import psycopg
import sqlalchemy as sa

from kept.base.errors import KeptError
from kept.cli.commands import vault as commands
from kept.cli.main import main as kept
from kept.detectors.panel import Panel
from kept.promises.registry import terms
from kept.vault import Vault, destroy, open_vault, rotation
from kept.vault.rotation import rotate

PLACE = "app.accounts.email"
LOADED = (psycopg, commands, Panel.of(), terms())
"""What would be loaded when it is first needed."""


def serve(path: str) -> None:
    """Fork a process for everybody who connects, until the input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            one, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                os._exit(be(one))
            one.close()


def be(one: socket.socket) -> int:
    """Be what is asked for; return the exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with one, one.makefile("r") as asked, one.makefile("w") as answers:
        what, environment, folder, *words = json.loads(asked.readline())
        os.environ.clear()
        os.environ.update(environment)
        tell(answers, {"said": os.getpid()})
        if what == "kept":
            tell(answers, {"said": command(folder, answers, *words)})
        else:
            program(folder, asked, answers)
    return 0


def tell(answers: TextIO, answer: object) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def command(folder: str, answers: TextIO, deadly: int, *words: str) -> list[int]:
    """Run a command, killed before that statement in the stores or the keys database; return its exit code and their number."""
    statements = itertools.count(1)
    reached = 0

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def step(*_: object) -> None:
        nonlocal reached
        reached = next(statements)
        if reached == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(folder)
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    try:
        sys.argv = ["kept", *words]
        kept()
    except SystemExit as end:
        return [int(end.code or 0), reached]
    return [0, reached]


def program(folder: str, asked: TextIO, answers: TextIO) -> None:
    """Answer with an open vault until nobody asks any more."""
    vault = open_vault(folder)
    tell(answers, {"said": "open"})
    for line in asked:
        verb, *words = json.loads(line)
        try:
            answer: dict[str, Any] = {"said": VERBS[verb](vault, *words)}
        except KeptError as error:
            answer = {"error": error.code}
        tell(answers, answer)
    vault.close()


def seal(vault: Vault, subject: str, text: str) -> str:
    """Seal one value."""
    return vault.field(PLACE).seal_text(subject, text)


def seal_all(vault: Vault, subjects: list[str], start: float) -> dict[str, str]:
    """Wait for a moment, then seal each person's name for them; return what was sealed."""
    time.sleep(max(0.0, start - time.time()))
    vault.load(subjects)
    return {subject: seal(vault, subject, subject) for subject in subjects}


def open_(vault: Vault, subject: str, sealed: str) -> str:
    """Open one value."""
    return vault.field(PLACE).open_text(subject, sealed)


def use(vault: Vault, values: Mapping[str, str], stop: str) -> int:
    """Open and seal again and again until a file appears; return how often."""
    vault.cache.most = 1  # so that every key is fetched
    for rounds in count():
        if Path(stop).exists():
            return rounds
        for subject, sealed in values.items():
            assert open_(vault, subject, sealed) == subject
            assert open_(vault, subject, seal(vault, subject, "anew")) == "anew"
        seal(vault, f"account:new-{rounds}", "new")
    raise AssertionError


def destroy_(vault: Vault, subjects: list[str]) -> int:
    """Destroy people's keys; return how many."""
    return destroy(vault, subjects).keys


def rotate_for_ever(vault: Vault, batch: int) -> None:
    """Rotate until killed."""
    rotation.BATCH = batch
    while True:
        rotate(vault, "file")


VERBS: Mapping[str, Callable[..., Any]] = {
    "destroy": destroy_,
    "open": open_,
    "rotate": rotate_for_ever,
    "seal": seal,
    "seal_all": seal_all,
    "use": use,
}

if __name__ == "__main__":
    serve(sys.argv[1])
