"""The process that the runs of `tests.warm` are forked from: everything Kept loads is loaded, nothing is opened or begun.

Started as `python -c "import tests.ending; from tests.loaded import serve; serve()()" DESCRIPTOR`, where the descriptor is a
socket. Each message on it brings four descriptors: standard input, output and error of a run, and a socket on which the run is
described in JSON and its end is told. `serve` returns in the forked process alone, with what is to be run: it is run and ends as
the program that `-c` names.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType

import kept.cli.commands
import kept.cli.formats
import kept.connectors
from kept.detectors.evidence import judge_column
from kept.detectors.panel import Panel
from kept.promises.registry import terms
from kept.workflows.requests import stages
from tests.ending import ends_at_once

__all__ = ["load", "serve"]

STREAMS = 3
LATER = (
    "django.db.models.sql.compiler",
    "kept.vault.providers.file",
    "pwd",
    "rich._emoji_codes",
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
"""What is imported when it is first needed."""


APART = {"kept.cli.commands.serve", "kept.cli.commands.work"}
"""Commands that end when they are stopped: nobody runs them to their end."""


def load() -> None:
    """Import what a command imports. What cannot be imported is left to the run that needs it, which then says why."""
    for package in (kept.cli.commands, kept.cli.formats, kept.connectors):
        _load_all(package)
    for name in LATER:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    terms()
    stages()
    Panel.of()
    judge_column("a", "TEXT", None)


def _load_all(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        with contextlib.suppress(Exception):
            if module.name not in APART:
                importlib.import_module(module.name)


def serve() -> Callable[[], None]:
    """Fork a process for each message until there are no more; return only in those processes, with what is to be run."""
    load()
    assert threading.active_count() == 1, "an import started a thread, which a fork would not bring along"
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        while True:
            message, descriptors, _, _ = socket.recv_fds(asked, 1, STREAMS + 1)
            if not message:
                os._exit(0)
            if os.fork() == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
    return _attended(descriptors)


def _attended(descriptors: list[int]) -> Callable[[], None]:
    """Fork once more: this process tells the pid and the end of the other, which alone returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, last = descriptors
    with socket.socket(fileno=last) as caller:
        with caller.makefile() as words:
            run = json.load(words)
        pid = os.fork()
        if pid:
            for descriptor in streams:
                os.close(descriptor)
            caller.sendall(b"%d\n" % pid)
            caller.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            os._exit(0)
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    coerced = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}
    os.environ.clear()
    os.environ.update({**coerced, **run["environment"]})
    time.tzset()
    os.chdir(run["folder"])
    sys.argv = ["-c", *run["words"]]
    code = compile(run["code"], "<string>", "exec", dont_inherit=True)
    return ends_at_once(lambda: exec(code, sys.modules["__main__"].__dict__))
