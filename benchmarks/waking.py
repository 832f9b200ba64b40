"""Waking requests on PostgreSQL: our own leases, polled or told by NOTIFY, beside Procrastinate, with 10,000 requests that wait.

Every way ends in the same work: a request is leased and closed, with its entry in the ledger. They differ in how a worker learns
that one is due. `poll` asks twice a second and at once after work; `notify` waits for a NOTIFY sent in the transaction that wakes
the request, and asks every 30 seconds besides; `procrastinate` takes a job that was deferred in that transaction, by its own worker
with one job at a time, and leases the request that the job names, because the lease is what a worker that died is known by.
Measured are the time from the commit that wakes a request to its lease, requests a second, and the CPU of workers with nothing to
do, theirs and that of their connections' server processes. There is no floor: a wake-up that costs nothing does not exist.

Run: python -m benchmarks.waking [--full]
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from django.db import connection, transaction
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.types import JSONValue
from tests.services import postgres_database, postgres_server

from kept.db import configure
from kept.db.actions.request_steps import Held, close_request, lease_request, wake_request
from kept.db.models import Request
from kept.db.request_key import new_key

WAYS: Final = ("poll", "notify", "procrastinate")
WORKERS: Final = (1, 4, 8)
IDLE_SECONDS: Final = 0.5
FALLBACK_SECONDS: Final = 30.0
CHANNEL: Final = "kept_requests"
WAITING: Final = 10_000
TICKS: Final = os.sysconf("SC_CLK_TCK")


def now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


def requests_that_wait(many: int) -> list[str]:
    """Make requests whose moment comes in a year; return their references."""
    key, at = new_key().wrapped(), now() - timedelta(seconds=1)
    later = at + timedelta(days=365)
    dates = {"promised_by": later, "strict_by": later, "legal_by": later, "work_by": later, "received_at": at, "changed_at": at}
    made = [Request(right="contact", channel="email", stage="answer", key=key, wake_at=later, **dates) for _ in range(many)]
    Request.objects.bulk_create(made, batch_size=1_000)
    return [one.ref for one in made]


def work_on(ref: str, fence: int) -> None:
    """Do what every way does with a request it has leased, and say when it had it."""
    print(ref, time.monotonic(), flush=True)
    close_request(Held(ref=ref, fence=fence, name="answer"), state="answered", outcome="", at=now(), actor="bench")


def poll() -> None:
    """Ask, and sleep half a second where nothing is due."""
    while True:
        leased = lease_request(at=now())
        if leased is None:
            time.sleep(IDLE_SECONDS)
        else:
            work_on(*leased)


def notify(url: str) -> None:
    """Ask when told, and once in a while."""
    with psycopg.connect(url, autocommit=True) as told:
        told.execute(f"LISTEN {CHANNEL}")
        while True:
            while (leased := lease_request(at=now())) is not None:
                work_on(*leased)
            for _ in told.notifies(timeout=FALLBACK_SECONDS, stop_after=1):
                pass


def app_of(connector: Any) -> App:
    """Return Procrastinate's application with the one task there is."""
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    app = App(connector=connector)

    @app.task(name="wake")
    def wake(ref: str) -> None:
        leased = lease_request(at=now(), ref=ref)
        if leased is not None:
            work_on(*leased)

    return app


def procrastinate(url: str) -> None:
    """Run Procrastinate's own worker."""
    app_of(PsycopgConnector(conninfo=url)).run_worker(concurrency=1, delete_jobs="successful", install_signal_handlers=False)


def worker(way: str, folder: str, url: str) -> None:
    """Be one worker."""
    configure(Path(folder))
    print("ready", time.monotonic(), flush=True)
    ways: dict[str, Callable[[], None]] = {"poll": poll, "notify": lambda: notify(url), "procrastinate": lambda: procrastinate(url)}
    ways[way]()


def wake(ref: str, way: str, app: App) -> float:
    """Wake a request, telling workers in the same transaction; return when that was done."""
    with transaction.atomic():
        wake_request(ref=ref, at=now())
        if way == "notify":
            _tell()
        if way == "procrastinate":
            app.configure_task("wake").defer(ref=ref)
    return time.monotonic()


class Running:
    """Workers that run, what they say, and what CPU they took."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]], said: Sequence[Path]) -> None:
        """Keep both."""
        self.processes, self._said = processes, said

    def lines(self) -> list[tuple[str, float]]:
        """Return everything that was said, in pairs."""
        found = [line.split() for path in self._said for line in path.read_text("ascii").splitlines()]
        return [(words[0], float(words[1])) for words in found if len(words) == 2]

    def leased(self, ref: str = "") -> list[float]:
        """Return when this request, or any, was leased."""
        return [at for name, at in self.lines() if (name == ref if ref else name != "ready")]

    def cpu(self, database: str) -> tuple[float, float]:
        """Return CPU seconds so far: of the workers, and of the server's processes behind their connections."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND client_port IS NOT NULL",
                [database],
            )
            behind = [pid for (pid,) in cursor.fetchall()]
        return sum(_cpu(one.pid) for one in self.processes), sum(map(_cpu, behind))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def running(way: str, many: int, folder: Path, url: str) -> Iterator[Running]:
    """Run so many workers; they are ready when the block begins."""
    said = [folder / f"worker-{number}-{random.randrange(10**9)}" for number in range(many)]
    with_env = {**os.environ, "KEPT_DATABASE_URL": url}
    processes = []
    for path in said:
        with path.open("w", encoding="ascii") as out:
            command = [sys.executable, "-m", "benchmarks.waking", "--worker", way, str(folder), url]
            processes.append(subprocess.Popen(command, stdout=out, env=with_env, text=True))
    found = Running(processes, said)
    try:
        until(lambda: len([name for name, _ in found.lines() if name == "ready"]) == many)
        time.sleep(1.0)
        yield found
    finally:
        for one in processes:
            one.kill()
            one.wait()


def until(true: Callable[[], bool], seconds: float = 300.0) -> None:
    """Wait for something. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


def latency(way: str, folder: Path, url: str, app: App, times: int) -> list[float]:
    """Return milliseconds from a commit that wakes a request to its lease by the one worker, who has nothing else to do."""
    refs, found = requests_that_wait(times), []
    with running(way, 1, folder, url) as workers:
        for ref in refs:
            time.sleep(random.uniform(0.1, 0.7))  # at no fixed distance from a poll
            woken = wake(ref, way, app)
            until(lambda ref=ref: bool(workers.leased(ref)))  # type: ignore[misc]  # mypy cannot see a lambda's default
            found.append((workers.leased(ref)[0] - woken) * 1_000)
    return found


def speed(way: str, folder: Path, url: str, app: App, workers: int, size: int) -> tuple[float, float]:
    """Return how many requests a second are leased and closed, from the first to the last, and milliseconds of CPU for each.

    The CPU is that of the workers and of the server's processes behind their connections.
    """
    refs = requests_that_wait(size)
    named: list[dict[str, JSONValue]] = [{"ref": ref} for ref in refs]
    database = str(sa.make_url(url).database)
    with running(way, workers, folder, url) as at_work:
        before = sum(at_work.cpu(database))
        with transaction.atomic():
            Request.objects.filter(ref__in=refs).update(wake_at=now() - timedelta(seconds=1))
            if way == "notify":
                _tell()
            if way == "procrastinate":
                app.configure_task("wake").batch_defer(*named)
        until(lambda: len(at_work.leased()) >= size)
        found, used = sorted(at_work.leased()), sum(at_work.cpu(database)) - before
    return (len(found) - 1) / (found[-1] - found[0]), used / size * 1_000


def idle(way: str, folder: Path, url: str, seconds: float) -> tuple[float, float]:
    """Return the share of one core that one worker with nothing to do takes, and its server processes, in percent."""
    database = str(sa.make_url(url).database)
    with running(way, 1, folder, url) as workers:
        time.sleep(2.0)
        before = workers.cpu(database)
        time.sleep(seconds)
        after = workers.cpu(database)
    return (after[0] - before[0]) / seconds * 100, (after[1] - before[1]) / seconds * 100


def main() -> None:
    """Measure the ways in turn, each on a database of its own, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="five times as many")
    parser.add_argument("--worker", nargs=3, metavar=("WAY", "FOLDER", "URL"))
    given = parser.parse_args()
    if given.worker:
        worker(*given.worker)
    times, size, seconds, rounds = (100, 2_000, 60.0, 5) if given.full else (20, 300, 15.0, 3)
    print(f"\n{WAITING:,} requests that wait, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rounds} rounds, medians\n")
    speeds = " | ".join(f"{many} workers, a second" for many in WORKERS)
    print(f"| way | woken after, ms: median (95 %, most) | {speeds} | CPU, ms a request | idle, % | its connections, % |")
    print("| --- | --- | " + "--- | " * (len(WORKERS) + 3))
    with postgres_server() as server, tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        places = {way: (Path(home) / way, _founded(way, Path(home), server, stack)) for way in WAYS}
        quiet = {way: idle(way, *_at(places[way]), seconds) for way in WAYS}
        took = {way: sorted(latency(way, *_at(places[way]), app_of(DjangoConnector()), times)) for way in WAYS}
        fast: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for way, many in [(way, many) for _ in range(rounds) for many in WORKERS for way in WAYS]:
            found = speed(way, *_at(places[way]), app_of(DjangoConnector()), many, size)
            fast.setdefault((way, many), []).append(found)
        connection.close()
    for way in WAYS:
        rates = " | ".join(f"{statistics.median(rate for rate, _ in fast[way, many]):.0f}" for many in WORKERS)
        used = statistics.median(cpu for many in WORKERS for _, cpu in fast[way, many])
        late = f"{statistics.median(took[way]):.0f} ({took[way][int(times * 0.95) - 1]:.0f}, {took[way][-1]:.0f})"
        print(f"| {way} | {late} | {rates} | {used:.1f} | {quiet[way][0]:.1f} | {quiet[way][1]:.1f} |")


def _founded(way: str, home: Path, server: sa.URL, stack: ExitStack) -> str:
    """Make a database with requests that wait, and return its URL."""
    url = stack.enter_context(postgres_database(server)).render_as_string(hide_password=False)
    (home / way).mkdir()
    _at((home / way, url))
    with connection.cursor() as cursor:
        if way == "procrastinate":
            cursor.execute(app_of(DjangoConnector()).schema_manager.get_schema())
        requests_that_wait(WAITING)
        cursor.execute("ANALYZE")
    return url


def _at(place: tuple[Path, str]) -> tuple[Path, str]:
    """Go to a folder and its database."""
    os.environ["KEPT_DATABASE_URL"] = place[1]
    configure(place[0])
    return place


def _tell() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


if __name__ == "__main__":
    main()
