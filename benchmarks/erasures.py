"""Erasure: everything of many people, eight tables, gone with proof, ledger, tombstones, keys and certificates (row b).

The ways erase different people of the same tables and take turns, round by round:

- floor: hand-written SQL, `= ANY(array)` over every table, a thousand people a transaction;
- floor, proved: the same, and by hand the least that proves it: the tables asked again, for each person a statement, its hash in a
  Merkle tree whose root is signed, and both written into a SQLite file in one transaction;
- kept: requests that are due are swept (`sweep_once`): their rows followed, counted, deleted and asked for again, their
  keys destroyed, keyed hashes kept, every step in the ledger, a signed certificate each;
- peer: the same SQL in a loop, a person a transaction;
- from a thousand people a round on: kept by two workers, a sweep each at a time, and the floor by two connections (PostgreSQL).

One value of each person is sealed, and one table is reached through another. Opening the requests and answering them is not timed.
The ratio is the way's people a second / the floor's; that nothing of anybody is left is looked at in every round.

Run: python -m benchmarks.erasures [--full] [--stores postgresql,sqlite]   (--full: 10,000 of 100,000 people, ten million rows)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from benchmarks.erasure_stores import STORES, TABLES, Bench, Delete

from kept.base.changes import SealColumn
from kept.base.conditions import OneOf
from kept.base.names import Table
from kept.connectors import open_store
from kept.db import configure
from kept.db.actions.sweeps import MOST_TOGETHER
from kept.db.models import Certificate, Request, Sweep
from kept.db.request_key import new_key, subject_digest
from kept.ledger import Signer
from kept.ledger.hashing import leaf_hash
from kept.ledger.proofs import Tree
from kept.policy.sealing import sealed_columns
from kept.vault import make_vault, open_vault
from kept.vault.columns import ColumnSeals
from kept.workflows.requests import work_requests_once
from kept.workflows.sweeping import sweep_once
from kept.workflows.working import settle
from kept.workflows.world import World

SETTINGS = '[company]\nname = "B"\ncontact = "b@example.org"\n[stores.bench]\nurl = "env:BENCH_URL"\n'
POLICY = """---
title: A policy
version: "1"
effective: 2026-01-01
---
Text.

---
id: "1"
version: 1
effective: 2026-01-01
---
## Everything

Text.
"""
KEPT = "kept"
PURPOSES = "purposes:\n  service: {title: The service, bases: [contract]}\n"


@dataclass(slots=True, kw_only=True)
class Way:
    """One way to erase people, its target as a multiple of another way's pace, and its people a second in each round."""

    name: str
    erase: Delete
    people: int
    pace: list[float] = field(default_factory=list)


def map_of() -> str:
    """Return the map of the store."""
    tables: dict[str, Any] = {}
    for name in TABLES:
        column, to = ("order_id", "orders") if name == "lines" else ("who", "accounts")
        tables[name] = {"what": "Rows.", "source": "direct", "purposes": ["service"], "erasure": "delete"}
        tables[name]["fields"] = {"note": {"category": "user.unique_id"}}
        if name == "accounts":
            tables[name]["subject"] = {"kind": "account", "key": "id"}
            tables[name]["fields"] |= {"id": {"category": "user.unique_id"}}
            tables[name]["fields"] |= {"email": {"category": "user.contact.email", "sealed": {}}}
        else:
            tables[name]["links"] = [{"column": column, "to": f"bench.{to}.id", "kind": "owned"}]
            tables[name]["fields"] |= {column: {"category": "user.unique_id"}}
    return json.dumps({"store": "bench", "region": "eu", "tables": tables}, indent=1)


def folder_of(home: Path, url: str) -> Path:
    """Make a privacy folder with a vault and use its state."""
    folder = home / "privacy"
    (folder / "map").mkdir(parents=True)
    files = {"kept.toml": SETTINGS, "policy.md": POLICY, "purposes.yaml": PURPOSES, "promises.yaml": "clauses: {}\n"}
    for name, text in {**files, "map/bench.yaml": map_of()}.items():
        (folder / name).write_text(text, encoding="utf-8")
    os.environ["BENCH_URL"] = url
    make_vault(folder)
    configure(folder)
    return folder


def seal(world: World, folder: Path, people: Sequence[int]) -> None:
    """Seal one value of each of some people, so that they have keys."""
    table = Table(store="bench", name="accounts")
    vault = open_vault(folder)
    store = open_store("bench", os.environ["BENCH_URL"], seals=ColumnSeals(vault, sealed_columns(world.policy)))
    where = OneOf(column="id", keys=tuple(people))
    store.perform(SealColumn(table=table, column="email", where=where, rows=len(people)))
    store.close()
    vault.close()


def ask(people: Sequence[int]) -> None:
    """Open a request of each, at the stage where it is due to be erased."""
    now = datetime.now(UTC)
    day = now + timedelta(days=30)
    moments = dict.fromkeys(("promised_by", "strict_by", "legal_by", "work_by"), day)
    rows = []
    for person in people:
        key, subject = new_key(), f"account:{person}"
        row = Request(right="erasure", channel="centre", state="working", stage="erase", key=key.wrapped(), **moments)
        row.subject, row.subject_digest = key.seal(subject, "subject"), subject_digest(subject)
        words = [["email", f"person{person}@example.org"], ["name", f"Person {person}"]]
        row.trail = key.seal_facts({"people": [subject], "words": words}, "trail")
        row.received_at = row.changed_at = row.wake_at = now
        rows.append(row)
    Request.objects.bulk_create(rows, batch_size=500)


def kept(world: World) -> Delete:
    """Return the product's way."""
    return lambda people: work_until(world, Certificate.objects.count() + len(people), alone=True)


def work_until(world: World, wanted: int, *, alone: bool) -> None:
    """Do what is due until there are so many certificates; where nothing is due, another worker is at the last ones."""
    while Certificate.objects.count() < wanted:
        if not (sweep_once(world) or work_requests_once(world)):
            if alone:
                raise SystemExit(f"nothing is due, and {wanted - Certificate.objects.count()} erasures are not certified")
            time.sleep(0.005)


def serve(folder: Path) -> None:
    """Be a worker: each line of the input says how many certificates there shall be; a line of the output says that there are."""
    configure(folder)
    world = World(folder=folder)
    settle()
    for line in sys.stdin:
        work_until(world, int(line), alone=False)
        print(flush=True)
    world.close()


@contextmanager
def two_workers(folder: Path) -> Iterator[Delete]:
    """Yield the product's way with two workers, which are there before the time is taken."""
    command = [sys.executable, "-m", "benchmarks.erasures", "--worker", str(folder)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    def tell(wanted: int) -> None:
        for worker in workers:
            print(wanted, file=worker.stdin, flush=True)
        for worker in workers:
            if not (worker.stdout and worker.stdout.readline()):
                raise SystemExit("a worker ended")

    tell(0)
    yield lambda people: tell(Certificate.objects.count() + len(people))
    for worker in workers:
        worker.communicate()


@contextmanager
def two_connections(one: Delete, another: AbstractContextManager[Delete]) -> Iterator[Delete]:
    """Yield the floor's way with two connections, half of the people each."""
    with another as other, ThreadPoolExecutor(2) as threads:
        ways = [by_the_thousand(one), by_the_thousand(other)]

        def erase(people: Sequence[int]) -> None:
            half = len(people) // 2
            for done in [threads.submit(way, some) for way, some in zip(ways, (people[:half], people[half:]), strict=True)]:
                done.result()

        yield erase


def proved(bench: Bench, folder: Path) -> Delete:
    """Return the floor's way with the least of a proof."""
    written = sqlite3.connect(folder / "proved.db", isolation_level=None)
    written.execute("CREATE TABLE proof (person INTEGER PRIMARY KEY, entry BLOB, note TEXT)")
    signer, tree, delete = Signer.generate("bench"), Tree(), by_the_thousand(bench.delete)

    def erase(people: Sequence[int]) -> None:
        delete(people)
        if bench.left(people):
            raise SystemExit("rows are left")
        entries = [orjson.dumps({"request": person, "found": True, "stores": list(TABLES)}) for person in people]
        for entry in entries:
            tree.append(leaf_hash(entry))
        note = signer.sign(f"{tree.root().hex()}\n")
        written.execute("BEGIN")
        written.executemany(
            "INSERT INTO proof VALUES (?, ?, ?)", [(person, entry, note) for person, entry in zip(people, entries, strict=True)]
        )
        written.execute("COMMIT")

    return erase


def one_by_one(delete: Delete) -> Delete:
    """Return the peer's way."""

    def erase(people: Sequence[int]) -> None:
        for person in people:
            delete([person])

    return erase


def by_the_thousand(delete: Delete) -> Delete:
    """Return the floor's way."""

    def erase(people: Sequence[int]) -> None:
        for at in range(0, len(people), MOST_TOGETHER):
            delete(people[at : at + MOST_TOGETHER])

    return erase


def measure(bench: Bench, ways: Sequence[Way], shares: Sequence[Sequence[Sequence[int]]]) -> None:
    """Run the ways in turn; `shares` has, by round and way, the people."""
    for turn, share in enumerate(shares):
        for at in range(len(ways)):
            which = (at + turn) % len(ways)
            way, people = ways[which], share[which]
            if way.name.startswith(KEPT):
                Request.objects.filter(stage="answer").update(wake_at=None)  # the letters of the last round are not looked at
                ask(people)
            begun = time.perf_counter()
            way.erase(people)
            way.pace.append(len(people) / (time.perf_counter() - begun))
            if rows := bench.left(people):
                raise SystemExit(f"{way.name} left {rows} rows")


def show(ways: Sequence[Way]) -> None:
    """Print a table, and whether the targets are met."""
    print("| way | people a second | times the floor, median (min–max) |\n| --- | --- | --- |")
    for way in ways:
        print(f"| {way.name} | {statistics.median(way.pace):,.0f} | {_ratio(way, ways[0])[0]} |")
    for mine in [way for way in ways if way.name.startswith(KEPT)]:
        for other, target in ((ways[0], 0.7), (ways[2], 0.0), (ways[3], 8.0)):
            said, median = _ratio(mine, other)
            wanted = f"; target ≥ {target:g} {'met' if median >= target else 'MISSED'}" if target else ""
            print(f"\n{mine.name} / {other.name}: {said}{wanted}")


def _ratio(way: Way, to: Way) -> tuple[str, float]:
    ratios = [ours / theirs for ours, theirs in zip(way.pace, to.pace, strict=True)]
    median = statistics.median(ratios)
    return f"{median:.2f} ({min(ratios):.2f}–{max(ratios):.2f})", median


def bench_of(kind: str, people: int, some: int, rounds: int) -> None:
    """Fill a store, measure in it, print."""
    with ExitStack() as stack:
        bench = stack.enter_context(STORES[kind](people))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = folder_of(home, bench.url)
        world = World(folder=folder)
        stack.callback(world.close)
        settle()
        ways = [
            Way(name="floor", erase=by_the_thousand(bench.delete), people=some),
            Way(name="kept", erase=kept(world), people=some),
            Way(name="floor, proved", erase=proved(bench, home), people=some),
            Way(name="peer: person by person", erase=one_by_one(bench.delete), people=max(1, some // 10)),
        ]
        if some >= MOST_TOGETHER:
            ways.append(Way(name="kept, two workers", erase=stack.enter_context(two_workers(folder)), people=2 * some))
            if bench.another is not None:
                pair = stack.enter_context(two_connections(bench.delete, bench.another()))
                ways.append(Way(name="floor, two connections", erase=pair, people=2 * some))
        chosen = iter(random.Random(3).sample(range(1, people + 1), (rounds + 1) * sum(way.people for way in ways)))
        shares = [[[next(chosen) for _ in range(way.people)] for way in ways] for _ in range(rounds + 1)]
        ours = [at for at, way in enumerate(ways) if way.name.startswith(KEPT)]
        seal(world, folder, [person for share in shares for at in ours for person in share[at]])
        measure(bench, ways, shares[:1])
        for way in ways:
            way.pace.clear()
        measure(bench, ways, shares[1:])
        print(f"\n{bench.title}, {people * sum(TABLES.values()):,} rows of {people:,} people, {rounds} rounds of {some:,}\n")
        show(ways)
        print(f"\n{Sweep.objects.count()} sweeps, {Certificate.objects.count():,} certificates.")


def main() -> None:
    """Measure in each store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="ten thousand of a hundred thousand people, ten million rows")
    parser.add_argument("--people", type=int, default=4_000)
    parser.add_argument("--some", type=int, default=100, help="how many are erased in a round")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--stores", default="postgresql,sqlite")
    parser.add_argument("--worker", type=Path, help="be a worker for this privacy folder")
    asked = parser.parse_args()
    if asked.worker is not None:
        serve(asked.worker)
        return
    people, some, rounds = (100_000, 1_000, 10) if asked.full else (asked.people, asked.some, asked.rounds)
    for kind in asked.stores.split(","):
        bench_of(kind, people, some, rounds)


if __name__ == "__main__":
    main()
