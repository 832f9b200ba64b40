"""The ledger: durable appends by group size beside a raw INSERT and an fdatasync of the same bytes, and proofs beside pymerkle.

Floors: `INSERT` of the same rows (place, hash, body; made beforehand) in one transaction, by executemany and on PostgreSQL also by
arrays, and the same bytes written to a file with one fdatasync. Product: `append_group`, which hashes, grows the tree, stores, and
signs a checkpoint. "From entries" also checks and encodes the entries. Peer: pymerkle's InmemoryTree in an environment of its own
(.cache/pymerkle, made on the first run), on the same leaves and the same proofs; its root must be ours.

Run: python -m benchmarks.ledger [--full]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
import uuid
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import IO

import psycopg
from django.db import connections
from psycopg import sql

from kept.base.questions import CheckLedger
from kept.db import actions, configure
from kept.db.registers import Registers
from kept.ledger import Entry, Fact
from kept.ledger.hashing import leaf_hash
from kept.ledger.proofs import Tree, inclusion_proof, verify_inclusion

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".cache" / "pymerkle"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
GROUPS = (1, 10, 100, 1000)
SERVERS = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://root@127.0.0.1:5432/postgres")

PEER_PROGRAM = """
import json, sys, time
from pymerkle import InmemoryTree
for line in sys.stdin:
    leaves, places = json.loads(line)
    tree = InmemoryTree(algorithm="sha256")
    entries = [b"entry %d" % number for number in range(leaves)]
    began = time.perf_counter()
    for entry in entries:
        tree.append_entry(entry)
    grown = time.perf_counter()
    for place in places:
        tree.prove_inclusion(place + 1, leaves)
    print(json.dumps([grown - began, time.perf_counter() - grown, tree.get_root(leaves).hex()]), flush=True)
"""

Append = Callable[[Sequence[Entry], Sequence[bytes]], None]


@dataclass(kw_only=True)
class Way:
    """One way to append a group; `seconds` is how long each group took, by round and group size."""

    name: str
    append: Append
    seconds: dict[tuple[int, int], list[float]] = field(default_factory=dict)

    def run(self, key: tuple[int, int], entries: Sequence[Entry], bodies: Sequence[bytes], groups: int) -> None:
        """Append that many groups and keep the time of each."""
        size = key[1]
        taken = self.seconds.setdefault(key, [])
        for group in range(groups):
            some = slice(group * size, (group + 1) * size)
            here, raw = entries[some], bodies[some]
            began = time.perf_counter()
            self.append(here, raw)
            taken.append(time.perf_counter() - began)

    def of_size(self, size: int) -> list[list[float]]:
        """Return the times of the rounds at one group size."""
        return [taken for (_, group), taken in sorted(self.seconds.items()) if group == size]


def entry(number: int) -> Entry:
    """Return an entry of the size and shape of a receipt."""
    digest = f"{number:064x}"
    facts: dict[str, Fact] = {
        "plan": "ab" * 32,
        "position": number,
        "change": digest,
        "rows": 12_345,
        "batches": 13,
        "remaining": 0,
    }
    return Entry(kind="step.done", at=AT, actor="cli", facts=facts)


def ours() -> list[Way]:
    """Return the product, from ready bytes and from entries."""
    return [
        Way(name="append_group", append=lambda _, bodies: consume(actions.append_group(bodies))),
        Way(
            name="append_group from entries",
            append=lambda entries, _: consume(actions.append_group([one.body() for one in entries])),
        ),
    ]


def consume(_: int) -> None:
    """Drop a result."""


def rows(bodies: Sequence[bytes], places: Iterator[int]) -> list[tuple[int, bytes, bytes]]:
    """Return rows as the ledger stores them, the hash (here: any 32 bytes) made beforehand."""
    return [(next(places), HASH, body) for body in bodies]


HASH = leaf_hash(b"any")
TABLE = 'CREATE TABLE raw ("index" {} PRIMARY KEY, leaf {} NOT NULL, body {} NOT NULL)'


def raw_sqlite(path: Path) -> Way:
    """Return the floor on SQLite: as durable as Kept's own settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + TABLE.format("integer NOT NULL", "BLOB", "BLOB"))
    places = count()

    def append(_: Sequence[Entry], bodies: Sequence[bytes]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO raw VALUES (?, ?, ?)", rows(bodies, places))
        connection.execute("COMMIT")

    return Way(name="INSERT, executemany", append=append)


def raw_postgresql(url: str) -> list[Way]:
    """Return the floors on PostgreSQL: executemany, and one statement over arrays, which is faster from some ten rows on."""
    connection = psycopg.connect(url)
    connection.execute(TABLE.format("bigint", "bytea", "bytea").encode())
    connection.commit()
    places = count()

    def many(_: Sequence[Entry], bodies: Sequence[bytes]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO raw VALUES (%b, %b, %b)", rows(bodies, places))
        connection.commit()

    def arrays(_: Sequence[Entry], bodies: Sequence[bytes]) -> None:
        columns = [list(column) for column in zip(*rows(bodies, places), strict=True)]
        connection.execute("INSERT INTO raw SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[])", columns)
        connection.commit()

    return [Way(name="INSERT, executemany", append=many), Way(name="INSERT from arrays", append=arrays)]


def synced_file(path: Path) -> Way:
    """Return the lowest floor: the bytes in a file, and one fdatasync."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(_: Sequence[Entry], bodies: Sequence[bytes]) -> None:
        os.write(descriptor, b"".join(bodies))
        os.fdatasync(descriptor)

    return Way(name="file, fdatasync", append=append)


@contextmanager
def fresh_postgresql() -> Iterator[str | None]:
    """Yield the URL of an empty database, None where no server answers."""
    given = os.environ.get("KEPT_TEST_POSTGRES_URL")
    for server in (given,) if given else SERVERS:
        try:
            connection = psycopg.connect(server, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError:
            continue
        name = sql.Identifier(f"kept_bench_{uuid.uuid4().hex[:12]}")
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield f"{server.rpartition('/')[0]}/{name.as_string()[1:-1]}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        return
    yield None


def measure(ways: Sequence[Way], rounds: int, groups_of: dict[int, int]) -> None:
    """Run every way once a round and size, each round beginning with another, after one group to warm up; check the ledger then."""
    numbers = count()
    for number in range(-1, rounds):
        for size in GROUPS:
            groups = groups_of[size] if number >= 0 else 1
            entries = [entry(next(numbers)) for _ in range(size * groups)]
            bodies = [one.body() for one in entries]
            for way in [*ways[number % len(ways) :], *ways[: number % len(ways)]]:
                way.run((number, size), entries, bodies, groups)
    for way in ways:
        way.seconds = {key: taken for key, taken in way.seconds.items() if key[0] >= 0}
    state = Registers().answer([CheckLedger()]).of(CheckLedger())
    assert not getattr(state, "faults", ("not read",)), state


def show_appends(name: str, ways: Sequence[Way], floor: str) -> bool:
    """Print rates and ratios; return whether the target is met at every group size (the hardest floor is the one that counts)."""
    print(f"\n**{name}** (rows a second, median of the rounds; p99 of one group)\n")
    print("| group | " + " | ".join(way.name for way in ways) + " | ratio to the faster INSERT | from entries | p99 |")
    print("| --- " * (len(ways) + 4) + "|")
    by_name = {way.name: way for way in ways}
    met = True
    for size in GROUPS:
        rates = [statistics.median(size / statistics.mean(taken) for taken in way.of_size(size)) for way in ways]
        inserts = [way for way in ways if way.name.startswith(floor)]
        fastest = [
            min(statistics.mean(way.of_size(size)[turn]) for way in inserts) for turn in range(len(inserts[0].of_size(size)))
        ]
        ratios = {
            way: [best / statistics.mean(taken) for best, taken in zip(fastest, by_name[way].of_size(size), strict=True)]
            for way in ("append_group", "append_group from entries")
        }
        each = sorted(one for taken in by_name["append_group"].of_size(size) for one in taken)
        p99 = each[min(len(each) - 1, round(len(each) * 0.99))]
        shown = " | ".join(f"{rate:,.0f}" for rate in rates)
        ready, encoded = ratios["append_group"], ratios["append_group from entries"]
        print(f"| {size} | {shown} | {spread(ready)} | {spread(encoded)} | {p99 * 1000:.2f} ms |")
        met &= statistics.median(ready) >= 0.5
    return met


def spread(values: Sequence[float]) -> str:
    """Return the median with the smallest and the largest."""
    return f"**{statistics.median(values):.2f}** ({min(values):.2f}–{max(values):.2f})"


def start_peer() -> subprocess.Popen[str] | None:
    """Start pymerkle in its own environment, making that on the first run; None where it cannot be had."""
    python = PEER / "bin" / "python"
    try:
        if not python.exists():
            venv.create(PEER, with_pip=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", "--quiet", "pymerkle>=6"], check=True, stdout=subprocess.DEVNULL
            )
        return subprocess.Popen(
            [str(python), "-W", "ignore", "-c", PEER_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"\nThe peer pymerkle could not be installed ({type(error).__name__}); proofs are shown without it.")
        return None


def proofs(leaves: int, asked: int, rounds: int) -> bool:
    """Print what appending in memory and proving take, beside the peer; return whether the target is met."""
    places = [(number * 7919) % leaves for number in range(asked)]
    peer = start_peer()
    mine, theirs = [], []
    for _ in range(rounds):
        tree, grown, proven = prove_ours(leaves, places)
        mine.append((grown, proven))
        if peer and peer.stdin and peer.stdout:
            peer_grown, peer_proven, root = ask_peer(peer.stdin, peer.stdout, leaves, places)
            theirs.append((peer_grown, peer_proven))
            assert root == tree.root().hex(), "the peer's tree is not ours"
    if peer:
        peer.communicate()
    print(f"\n**Proofs in memory**, {leaves:,} leaves, {asked:,} inclusion proofs, {rounds} rounds\n")
    print("| | ours | pymerkle | ratio, median (min–max) |\n| --- | --- | --- | --- |")
    return show_pair("append", leaves, mine, theirs, 0) | show_pair("proof", asked, mine, theirs, 1)


def show_pair(name: str, each: int, mine: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]], which: int) -> bool:
    """Print one row in microseconds; return whether it is at least five times as fast as the peer (True where there is none)."""
    own = statistics.median(one[which] for one in mine) / each * 1e6
    if not theirs:
        print(f"| {name} | {own:.2f} µs | – | – |")
        return True
    other = statistics.median(one[which] for one in theirs) / each * 1e6
    ratios = [b[which] / a[which] for a, b in zip(mine, theirs, strict=True)]
    print(f"| {name} | {own:.2f} µs | {other:.2f} µs | {spread(ratios)} |")
    return statistics.median(ratios) >= 5


def prove_ours(leaves: int, places: Sequence[int]) -> tuple[Tree, float, float]:
    """Return our tree, and the seconds that growing it and proving took; a tenth of the proofs is verified."""
    entries = [b"entry %d" % number for number in range(leaves)]
    began = time.perf_counter()
    tree = Tree(leaf_hash(one) for one in entries)
    grown = time.perf_counter()
    paths = [inclusion_proof(place, leaves, tree.node) for place in places]
    proven = time.perf_counter()
    root = tree.root()
    for place, path in list(zip(places, paths, strict=True))[::10]:
        assert verify_inclusion(index=place, size=leaves, leaf=leaf_hash(entries[place]), path=path, root=root)
    return tree, grown - began, proven - grown


def ask_peer(into: IO[str], out: IO[str], leaves: int, places: Sequence[int]) -> tuple[float, float, str]:
    """Return the peer's seconds for growing and for proving, and its root."""
    into.write(json.dumps([leaves, places]) + "\n")
    into.flush()
    grown, proven, root = json.loads(out.readline())
    return grown, proven, root


def main() -> None:
    """Measure and print; say at the end whether the targets are met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="many more groups and a tree of a million leaves")
    full = parser.parse_args().full
    rounds = 9 if full else 5
    groups_of = {1: 1000, 10: 400, 100: 100, 1000: 40} if full else {1: 150, 10: 60, 100: 20, 1000: 5}
    met = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ.pop("KEPT_DATABASE_URL", None)
        for name in ("sqlite", "postgresql"):
            (folder / name).mkdir()
        configure(folder / "sqlite")
        ways = [raw_sqlite(folder / "raw.sqlite3"), synced_file(folder / "raw.log"), *ours()]
        measure(ways, rounds, groups_of)
        met.append(show_appends("SQLite, WAL, synchronous FULL", ways, "INSERT"))
        if url := stack.enter_context(fresh_postgresql()):
            os.environ["KEPT_DATABASE_URL"] = url
            configure(folder / "postgresql")
            ways = [*raw_postgresql(url), synced_file(folder / "raw2.log"), *ours()]
            measure(ways, rounds, groups_of)
            met.append(show_appends("PostgreSQL", ways, "INSERT"))
            connections.close_all()
        else:
            print("\nNo PostgreSQL server answers; set KEPT_TEST_POSTGRES_URL.")
    met.append(proofs(1_000_000 if full else 50_000, 10_000 if full else 2_000, 3))
    print(
        "\nTargets: appends ≥ 0.5 of the raw INSERT at every group size, proofs ≥ 5 × pymerkle: "
        + ("met" if all(met) else "MISSED")
    )


if __name__ == "__main__":
    main()
