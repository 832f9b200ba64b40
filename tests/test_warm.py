"""A run that is forked is a process like one that was started: it ends, reads, writes and is told things the same way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.company import KEPT, ROOT
from tests.warm import run

PYTHON = (sys.executable, "-c")
PLAIN = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}


@pytest.mark.parametrize(
    ("code", "typed", "more"),
    [
        ("print(1)", "", {}),
        ("import sys; print('a'); print('b', file=sys.stderr); sys.exit(7)", "", {}),
        ("import sys; sys.exit('told')", "", {}),
        ("import os; print('lost', end=''); os._exit(137)", "", {}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "", {}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "", {}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "", {}),
        ("import signal; print([signal.getsignal(one) for one in (signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD)])", "", {}),
        ("import atexit; atexit.register(print, 'at the end')", "", {}),
        ("import atexit, sys; atexit.register(print, 'at the end'); sys.exit(300)", "", {}),
        ("import sys, weakref; weakref.finalize(sys, print, 'at the end'); sys.stdout.write('before it, ')", "", {}),
        ("import os; print('said'); os.close(1)", "", {}),
        ("import threading; threading.Timer(0.1, print, ['in a thread']).start()", "", {}),
        ("import sys; print(sys.argv, repr(sys.path[0]), __name__, sys.stdin.read()[::-1])", "typed\n" * 1000, {}),
        ("import os; print(sorted(os.environ.items()), os.getcwd())", "", {"ONE": "1", "COLUMNS": "7"}),
        ("import sys; print(sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors)", "", {}),
        ("print('é')", "", {"PYTHONIOENCODING": "ascii:replace"}),
        ("import time; print(time.tzname)", "", {"TZ": "Asia/Kolkata"}),
        ("print({str(number) for number in range(99)})", "", {}),
        ("import os; print(os.listdir('/proc/self/fd'))", "", {}),
        ("print('x' * 1_000_000)", "", {}),
        (KEPT[2], "", {}),
    ],
)
def test_a_run_is_what_a_start_from_nothing_is(tmp_path: Path, code: str, typed: str, more: Mapping[str, str]) -> None:
    command = [*PYTHON, code, "one", "two words"]
    cold = subprocess.run(
        command, cwd=tmp_path, env={**PLAIN, **more}, input=typed, capture_output=True, check=False, encoding="utf-8"
    )
    warm = run(command, cwd=tmp_path, env={**PLAIN, **more}, typed=typed)
    assert (warm.args, warm.returncode, warm.stdout) == (cold.args, cold.returncode, cold.stdout)
    assert warm.stderr.splitlines()[-1:] == cold.stderr.splitlines()[-1:], "a traceback names where the code was called"


def test_one_run_leaves_nothing_to_the_next() -> None:
    leave = "import os, kept, builtins; os.environ['LEFT'] = kept.left = builtins.left = '1'; os.chdir('/'); print(os.getpid())"
    see = "import os, kept; print(os.environ.get('LEFT'), hasattr(kept, 'left'), 'left' in globals()); print(os.getpid())"
    pids = {run([*PYTHON, leave]).stdout.strip(), run([*PYTHON, leave]).stdout.strip(), str(os.getpid())}
    seen = run([*PYTHON, see]).stdout.splitlines()
    assert seen[0] == "None False False"
    assert len({*pids, seen[1]}) == 4


def test_chance_is_another_in_every_run() -> None:
    code = "import random, uuid; print(random.random(), uuid.uuid4())"
    assert run([*PYTHON, code]).stdout != run([*PYTHON, code]).stdout


def test_everything_is_loaded_and_nothing_is_opened_or_begun() -> None:
    code = (
        "import sys, threading; from django.db import connections; "
        "print('kept.workflows.applying' in sys.modules, threading.active_count(), connections['default'].connection)"
    )
    assert run([*PYTHON, code], env={**PLAIN, "ONE": "1"}).stdout == "True 1 None\n"


def test_what_kept_reads_while_it_is_loaded_is_read_anew() -> None:
    code = "import sys; print('kept' in sys.modules); import kept.db.settings as s; print(s.DATABASES['default']['NAME'])"
    assert run([*PYTHON, code], env={**PLAIN, "KEPT_DATABASE_URL": "sqlite:////a/b"}).stdout == "False\n/a/b\n"
    assert "/a/b" not in run([*PYTHON, code], env=PLAIN).stdout


@pytest.mark.service
def test_which_postgresql_database_is_kepts_own_is_read_before_it_is_opened(postgres_url: str, tmp_path: Path) -> None:
    code = (
        "import sys; loaded = 'kept' in sys.modules; from pathlib import Path; from kept.db import configure; configure(Path('.'));"
        "from django.db import connection; print(loaded, connection.settings_dict['NAME'], 'kept_request' in "
        "connection.introspection.table_names())"
    )
    ran = run([*PYTHON, code], cwd=tmp_path, env={**PLAIN, "KEPT_DATABASE_URL": postgres_url})
    assert ran.stdout == f"True {postgres_url.rpartition('/')[2]} True\n", ran.stderr


def test_a_run_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    code = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run([*PYTHON, code], cwd=tmp_path, timeout=2)
    assert time.monotonic() - started < 30
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    pytest.fail("it is still there")


def test_what_runs_are_forked_from_ends_with_who_asked() -> None:
    inner = "import os; print(open(f'/proc/{os.getppid()}/stat').read())"
    code = "import sys; from tests.warm import run; print(run([sys.executable, '-c', sys.argv[1]]).stdout)"
    ran = subprocess.run([*PYTHON, code, inner], cwd=ROOT, capture_output=True, text=True, check=True)
    forked_from = int(ran.stdout.split(") ")[1].split()[1])
    for _ in range(100):
        if not Path(f"/proc/{forked_from}").exists():
            return
        time.sleep(0.1)
    pytest.fail("it is still there")
