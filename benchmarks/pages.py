"""The pages: server time of each beside an empty one, 200 people at once, and the board with 500 promises and a year of checks.

Floor of a page's time: the page for an address where nothing is, through the same middleware, sessions and frame, so that what is
measured is the page's own asking and writing. Floor of the load: the same server with a program that answers one line. There is no
peer: no other software shows these pages. The company is Aurigen with Kept's state of a year: 365 runs of 500 findings. Its stores
do not matter here: no page opens one, and `--rows` fills the history further. The load comes from wrk on loopback.

Run: python -m benchmarks.pages [--full]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urldefrag, urljoin

from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import Resolver404, resolve

from kept.base.verdicts import Mark
from kept.db import configure_pages
from kept.policy.prose import read_prose

ROOT: Final = Path(__file__).resolve().parent.parent
NOW: Final = datetime.now(UTC)
SLOWEST, MOST_QUERIES, BOARD_SLOWEST, LOADED_SLOWEST = 50.0, 12, 200.0, 500.0
"""Milliseconds, queries, milliseconds, milliseconds."""
CODES: Final = ("retention", "documented", "coarse-network", "sealed", "source")
LINE = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"here"]
"""
PAUSES: Final = {"who read for one to three seconds": "math.random(1000, 3000)", "without a pause": "0"}
REPORT = """
delay = function()
  return %s
end
done = function(summary, latency, requests)
  io.write(string.format("p50 %%.1f p95 %%.1f p99 %%.1f errors %%d requests %%d seconds %%.2f\\n", latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect,
    summary.requests, summary.duration / 1e6))
end
"""


class Links(HTMLParser):
    """The addresses a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = dict(attrs)
        if tag == "a" and words.get("href") and "download" not in words:
            self.found.append(str(words["href"]))


def made(folder: Path, *, days: int, promises: int) -> None:
    """Give a folder a state with a year's checks."""
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", folder, ignore=shutil.ignore_patterns(".kept"))
    toml = folder / "kept.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[web]\nlimit = 100000000\n", "utf-8")
    configure_pages(folder)
    from kept.db import actions  # noqa: PLC0415 - once Django is set up
    from kept.workflows.publishing import publish_first  # noqa: PLC0415 - likewise

    prose = read_prose((folder / "policy.md").read_text("utf-8"), "policy.md", [])
    clauses = [clause.id for clause in prose.clauses] if prose else []
    dice = random.Random(7)
    for day in range(days):
        found = [
            actions.Found(
                clause=clauses[at % len(clauses)],
                code=CODES[at % len(CODES)],
                about=f"app.table_{at}",
                mark=Mark(dice.choices(("kept", "broken", "unknown"), (998, 1.5, 0.5))[0]),
                reason="1,200 rows older than 1 year",
            )
            for at in range(promises)
        ]
        actions.record_run(policy="p" * 64, findings=found, at=NOW - timedelta(days=days - day), actor="cron")
    publish_first(folder, at=NOW, actor="cron")


def signed_in(folder: Path, *, role: str = "", subject: str = "") -> Client:
    """Return a browser in which somebody is signed in."""
    from tests.web.site import Site  # noqa: PLC0415 - once Django is set up

    site = Site(folder=folder)
    return site.signed_in(site.account(role=role, subject=subject), factor=bool(role))


def walk(client: Client, start: str) -> Iterator[str]:
    """Yield one address of each kind of page that can be reached from a first one."""
    seen, waiting = set(), [start]
    while waiting:
        path = waiting.pop(0)
        try:
            kind = resolve(path.split("?")[0]).view_name
        except Resolver404:
            continue
        if kind in seen or kind == "account_logout":
            continue
        seen.add(kind)
        answer = client.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html") and not answer.streaming:
            yield path
            links = Links()
            links.feed(answer.content.decode())
            waiting += [urldefrag(urljoin(path, link)).url for link in links.found if ":" not in link.split("/")[0]]


def timed(client: Client, path: str) -> float:
    """Return the milliseconds of one answer."""
    began = time.perf_counter()
    client.get(path)
    return (time.perf_counter() - began) * 1000


def pages(folder: Path, rounds: int) -> bool:
    """Print each page's time beside the empty page's, and return whether all targets are met."""
    who = {"nobody": (Client(SERVER_NAME="localhost"), "/"), "person": (signed_in(folder, subject="account:1"), "/me/")}
    who["owner"] = (signed_in(folder, role="owner"), "/console/")
    print("| page | whose | median ms | beside an empty page (min–max) | queries | |\n| --- | --- | --- | --- | --- | --- |")
    met = True
    for name, (client, start) in who.items():
        for path in list(walk(client, start)):
            connections["default"].force_debug_cursor = True
            client.get(path)
            asked = len(connections["default"].queries_log)
            connections["default"].force_debug_cursor = False
            own, floor = [], []
            for _ in range(rounds):
                floor.append(timed(client, "/nothing/here/"))
                own.append(timed(client, path))
            ratios = [one / other for one, other in zip(own, floor, strict=True)]
            median = statistics.median(own)
            good = median < (BOARD_SLOWEST if path == "/console/" else SLOWEST) and asked <= MOST_QUERIES
            met &= good
            ratio = f"{statistics.median(ratios):.1f}× ({min(ratios):.1f}–{max(ratios):.1f})"
            print(f"| `{path}` | {name} | {median:.1f} | {ratio} | {asked} | {'met' if good else '**missed**'} |")
    return met


@contextmanager
def listening(command: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    """Run a server until the block ends."""
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def loaded(url: str, script: Path, seconds: int, cookie: str = "") -> dict[str, float]:
    """Return what wrk measured with 200 connections: percentiles in ms, errors, requests, seconds."""
    command = ["wrk", "-t1", "-c200", f"-d{seconds}s", "--timeout", "20s", "-s", str(script)]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    ran = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    return {name: float(value) for name, value in re.findall(r"(p\d+|errors|requests|seconds) ([\d.]+)", ran.stdout)}


def load(folder: Path, seconds: int) -> bool:
    """Print what 200 people at once wait for, and return whether the target is met."""
    if shutil.which("wrk") is None:
        print("\nThe load was not measured: wrk is not installed here.")
        return True
    person = signed_in(folder, subject="account:1").cookies[settings.SESSION_COOKIE_NAME]
    connections.close_all()
    scripts = {}
    for at, (name, pause) in enumerate(PAUSES.items()):
        scripts[name] = folder / f"pause-{at}.lua"
        scripts[name].write_text(REPORT % pause)
    (folder / "line.py").write_text(LINE)
    plain = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    kept, line = free_port(), free_port()
    words = ["serve", "--folder", str(folder), "--port", str(kept), "--processes", "2", "--no-worker"]
    serve = [sys.executable, "-c", "from kept.cli.main import main; main()", *words]
    bare = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(line), "--workers", "2", "line:application"]
    met = True
    print("\n200 people at once, 2 processes\n\n| what | p50 ms | p95 ms | p99 ms | a second | errors | |\n" + "| --- " * 7 + "|")
    with listening(serve, plain, kept), listening(bare, {**plain, "PYTHONPATH": str(folder)}, line):
        rows = [
            ("one line, bare server (floor)", f"http://127.0.0.1:{line}/", ""),
            ("the policy", f"http://localhost:{kept}/", ""),
            ("a person's privacy centre", f"http://localhost:{kept}/me/", f"{person.key}={person.value}"),
        ]
        for pause, script in scripts.items():
            for name, url, cookie in rows:
                got = loaded(url, script, seconds, cookie)
                good = got["p95"] < LOADED_SLOWEST and not got["errors"]
                met &= good or pause == "without a pause"
                times = " | ".join(f"{got[name]:.0f}" for name in ("p50", "p95", "p99"))
                verdict = ("met" if good else "**missed**") if pause != "without a pause" else "no target"
                print(f"| {name}, {pause} | {times} | {got['requests'] / got['seconds']:.0f} | {got['errors']:.0f} | {verdict} |")
    return met


def main() -> int:
    """Measure, print, and return 0 where every target is met."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--full", action="store_true", help="500 promises, a year, more rounds")
    full = words.parse_args().full
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "privacy"
        made(folder, days=365, promises=500)
        met = pages(folder, 30 if full else 9)
        met &= load(folder, 20 if full else 6)
    print(f"\nTargets: {'met' if met else 'missed'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
