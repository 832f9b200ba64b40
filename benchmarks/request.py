"""One request end to end, embedded: the CPU that it takes from a signed-in person's asking to the letter that is sent.

Everything Kept does is in it: verification, restriction, following, counting, the deletion, the second look, the search through the
texts of others, keys, tombstones, ledger, certificate, the answer, and the letter; Kept's own database is a SQLite file. Two
companies: the store of `benchmarks/erasures.py` (eight tables, a hundred rows a person), and the example company (three stores,
fourteen tables, free text that is opened and searched). The floor is the same deletion as hand-written SQL in one transaction.

Run: python -m benchmarks.request [--people 500] [--runs 8]
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from kept.base.roles import Who
from kept.db import configure
from kept.db.actions.requests import open_request
from kept.db.models import Account, Certificate, Request
from kept.vault import make_vault
from kept.workflows.requests import work_requests
from kept.workflows.working import settle
from kept.workflows.world import World

from .check import build, privacy_folder
from .erasure_stores import sqlite
from .erasures import folder_of, seal

MILLISECONDS = 1_000
TARGET = 250
"""Milliseconds of CPU that one request may take, by the team's own performance page."""


def answer(world: World, right: str, person: int) -> float:
    """Let a signed-in person ask, and work until they are answered; return the CPU that took, in milliseconds."""
    subject = f"account:{person}"
    account, _ = Account.objects.get_or_create(subject=subject, defaults={"email": f"{right}{person}@people.example"})
    who = Who(account=account.pk, ref=account.ref, subject=subject)
    begun = time.process_time()
    ref = open_request(right=right, channel="centre", terms=world.terms, at=world.now(), by=who)
    Request.objects.filter(ref=ref).update(wake_at=world.now())
    work_requests(world)
    took = (time.process_time() - begun) * MILLISECONDS
    if Request.objects.get(ref=ref).state != "answered":
        raise SystemExit(f"the {right} of {subject} was not answered")
    if right == "erasure" and not Certificate.objects.filter(request__ref=ref).exists():
        raise SystemExit(f"the erasure of {subject} has no certificate")
    return took


def by_hand(delete: Callable[[Sequence[int]], None], person: int) -> float:
    """Delete a person by hand; return the CPU that took, in milliseconds."""
    begun = time.process_time()
    delete([person])
    return (time.process_time() - begun) * MILLISECONDS


def show(name: str, values: Sequence[float], target: int | None = None) -> None:
    """Print a figure's median with its smallest and largest."""
    median = statistics.median(values)
    said = "" if target is None else f"≤ {target} {'met' if median <= target else 'MISSED'}"
    print(f"| {name} | {median:.2f} | {min(values):.2f}–{max(values):.2f} | {said} |")


def of_the_benchmark(people: int, runs: int) -> None:
    """Measure in the store of the erasures."""
    with ExitStack() as stack:
        bench = stack.enter_context(sqlite(people))
        folder = folder_of(Path(stack.enter_context(tempfile.TemporaryDirectory())), bench.url)
        world = World(folder=folder)
        stack.callback(world.close)
        erased = list(range(2, 2 * runs + 4, 2))
        seal(world, folder, erased)
        for right in ("access", "erasure"):
            answer(world, right, erased[0])
        access = [answer(world, "access", person) for person in erased[1:]]
        floor, ours = [], []
        for person in erased[1:]:
            floor.append(by_hand(bench.delete, person + 1))
            ours.append(answer(world, "erasure", person))
            if rows := bench.left([person]):
                raise SystemExit(f"{rows} rows are left")
        show("floor: the deletion by hand, eight tables", floor)
        show("an access, eight tables", access, TARGET)
        show("an erasure, eight tables", ours, TARGET)
        world.close()


def of_the_example(runs: int) -> None:
    """Measure in the example company."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = build(folder, 30_000)
        os.environ |= {key: value for key, value in environment.items() if key.startswith("AURIGEN_")}
        privacy = privacy_folder(folder)
        make_vault(privacy)
        configure(privacy)
        world = World(folder=privacy)
        with sqlite3.connect(folder / "app.sqlite3") as app:
            found = app.execute("SELECT id FROM accounts WHERE status = 'active' ORDER BY id LIMIT ?", [runs + 1])
            people = [person for (person,) in found]
        answer(world, "erasure", people[0])
        show("an erasure, the example company", [answer(world, "erasure", person) for person in people[1:]], TARGET)
        world.close()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--runs", type=int, default=8)
    asked = parser.parse_args()
    settle()
    print(f"\nSQLite, {asked.runs} requests each, one after another\n")
    print("| one request | CPU ms, median | min–max | target |\n| --- | --- | --- | --- |")
    of_the_benchmark(asked.people, asked.runs)
    of_the_example(asked.runs)


if __name__ == "__main__":
    main()
