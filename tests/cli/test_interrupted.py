"""Ctrl-C ends a command at once with one clear line and exit code 130, and what was begun can be finished."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.shop import TODAY, Shop, opened
from tests.company import KEPT
from tests.warm import run

STOPPED = """
import itertools, os, signal, sys
from kept.connectors.sql import connector
from kept.cli.main import main

deadly, when = int(sys.argv[1]), sys.argv[2]
calls = itertools.count()
perform = connector.SqlConnector.perform

def stops(self, change, **more):
    number = next(calls)
    if number == deadly and when == "before":
        os.kill(os.getpid(), signal.SIGINT)
    receipt = perform(self, change, **more)
    if number == deadly:
        os.kill(os.getpid(), signal.SIGINT)
    return receipt

connector.SqlConnector.perform = stops
sys.argv = ["kept", *sys.argv[3:]]
main()
"""
SAID = "stopped: What was done before that is recorded: see `kept status`, and run the same command again."


def test_a_check_that_waits_for_a_store_is_stopped_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        shop = opened(tmp_path, url=f"postgresql://u:hush@127.0.0.1:{port}/x?connect_timeout=60")
        check = subprocess.Popen(
            [*KEPT, "check"], cwd=tmp_path, env=shop.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        silent.settimeout(60)
        connection, _ = silent.accept()
        with connection:
            time.sleep(0.2)
            check.send_signal(signal.SIGINT)
            started = time.monotonic()
            out, told = check.communicate(timeout=60)
    assert time.monotonic() - started < 10
    assert (check.returncode, out) == (130, "")
    assert told.split() == SAID.split()


@pytest.mark.parametrize(("deadly", "when"), [(0, "before"), (2, "after")])
def test_an_apply_that_is_stopped_is_finished_by_the_next(shop: Shop, deadly: int, when: str) -> None:
    assert shop.kept("plan", "--as-of", TODAY).returncode == 1
    command = [sys.executable, "-c", STOPPED, str(deadly), when, "apply", "--as-of", TODAY]
    ran = run(command, cwd=shop.folder, env=shop.environment)
    assert (ran.returncode, ran.stdout) == (130, "")
    assert ran.stderr.split() == SAID.split()
    left = json.loads(shop.kept("status", "--format", "json").stdout)
    assert len(left["unfinished_plans"]) == 1
    assert "steps done; apply its file again" in shop.kept("status").stdout
    again = shop.kept("apply", "--as-of", TODAY)
    assert again.returncode == 0, again.stdout + again.stderr
    assert json.loads(shop.kept("status", "--format", "json").stdout)["unfinished_plans"] == []
