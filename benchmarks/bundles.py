"""The bundle: megabytes a second of CPU, and memory, beside the least that the same output takes.

Each case runs in a process of its own, so that its peak of memory is its own. Floors do with the same input what cannot be left
out: for files, Python's zipfile (stored, or deflate level 1) into AES-GCM by the chunk of 64 KiB and onto the disk, without the
bundle's two SHA-256; for rows, a JSON line by orjson and a CSV line by Python's csv into two members, the CSV waiting in the clear,
and no pages for reading. For opening, AES-GCM alone over as many chunks.

Run: python -m benchmarks.bundles [--full]
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kept.bundles import About, Column, Controller, FileItem, Letter, Section, open_range, write_bundle
from kept.bundles.sealing import CHUNK, HEAD, SEALED_CHUNK
from kept.ledger.notes import Signer

NAMES = ("id", "placed_at", "total", "status", "note", "address")
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
KEY = bytes(range(32))
ABOUT = About(request="R-1", right="access", made_at=BEGAN, controller=Controller(name="A", contact="a@example.org"))
LETTER = Letter(text="Here it is.")
MOST_MEMORY = 200


def rows(size: int) -> Iterator[dict[str, Any]]:
    """Yield orders with a note of 400 characters, some 600 bytes of JSON each."""
    draw = random.Random(1)
    words = " ".join(
        draw.choice(("please", "leave", "parcel", "with", "neighbour", "second", "floor", "bell")) for _ in range(5_000)
    )
    for number in range(size // 600):
        yield {
            "id": number,
            "placed_at": BEGAN + timedelta(minutes=number % 2_000_000),
            "total": Decimal(number % 100_000) / 100,
            "status": "sent" if number % 3 else None,
            "note": words[number * 7_919 % 30_000 :][:400],
            "address": f"{number % 200} Long Street, 10115 Berlin",
        }


def noise(size: int) -> Iterator[bytes]:
    """Yield what does not compress."""
    piece = os.urandom(1 << 20)
    for _ in range(size >> 20):
        yield piece


def text(size: int) -> Iterator[bytes]:
    """Yield log lines."""
    draw = random.Random(2)
    lines = (
        f"2026-11-27T08:{at % 60:02d}:00Z GET /orders/{draw.randrange(10**6)} 200 {draw.randrange(10**5)}\n" for at in range(30_000)
    )
    piece = "".join(lines).encode()[: 1 << 20]
    for _ in range(size >> 20):
        yield piece


def ours(path: Path, kind: str, size: int) -> None:
    """Write a bundle."""
    table = Section(table="shop.orders", title="Orders", columns=tuple(Column(name=name) for name in NAMES), rows=rows(size))
    pieces = {"noise": noise, "text": text}
    files = [] if kind == "rows" else [FileItem(name="f", content=pieces[kind](size))]
    sections = [table] if kind == "rows" else []
    signer = Signer.generate("kept.example/b")
    write_bundle(path, key=KEY, about=ABOUT, sections=sections, files=files, letter=LETTER, signer=signer)


class Bare(io.RawIOBase):
    """Seals by the chunk and does nothing else."""

    def __init__(self, target: BinaryIO) -> None:
        super().__init__()
        self._target, self._gcm, self._waiting, self._number = target, AESGCM(KEY), bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, some: Any, /) -> int:
        self._waiting += some
        while len(self._waiting) >= CHUNK:
            self._target.write(self._gcm.encrypt(self._number.to_bytes(12, "big"), bytes(self._waiting[:CHUNK]), None))
            del self._waiting[:CHUNK]
            self._number += 1
        return len(some)


def floor(path: Path, kind: str, size: int) -> None:
    """Write the least."""
    with path.open("wb", buffering=0) as target:
        way = zipfile.ZIP_STORED if kind == "noise" else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(cast("Any", Bare(cast("BinaryIO", target))), "w", way, compresslevel=1) as archive:
            if kind == "rows":
                least_rows(archive, size)
                return
            with archive.open("f", "w", force_zip64=True) as member:
                for piece in {"noise": noise, "text": text}[kind](size):
                    member.write(piece)
        os.fsync(target.fileno())


def least_rows(archive: zipfile.ZipFile, size: int) -> None:
    """Write rows as JSON lines, by the thousand, and then as CSV."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        with archive.open("json", "w", force_zip64=True) as member:
            lines: list[bytes] = []
            for row in rows(size):
                lines.append(orjson.dumps(row, default=str))
                writer.writerow(row.values())
                if len(lines) == 1_000:
                    member.write(b"\n".join(lines))
                    lines.clear()
            member.write(b"\n".join(lines))
        with archive.open("csv", "w", force_zip64=True) as member:
            sheet.seek(0)
            for piece in iter(lambda: sheet.buffer.read(1 << 20), b""):
                member.write(piece)


def opening(path: Path, kind: str, size: int) -> None:
    """Open a bundle that is there, to its end."""
    del kind, size
    for piece in open_range(path, KEY):
        len(piece)


def bare_opening(path: Path, kind: str, size: int) -> None:
    """Read and open as many chunks with AES-GCM, and check nothing; the last stays where it is."""
    del kind, size
    gcm = AESGCM(KEY)
    sealed = gcm.encrypt(bytes(12), bytes(CHUNK), None)
    with path.open("rb") as source:
        source.seek(HEAD)
        while len(source.read(SEALED_CHUNK)) == SEALED_CHUNK:
            gcm.decrypt(bytes(12), sealed, None)


def peak() -> int:
    """Return the most memory that this process ever held, in bytes; of its parent nothing, which ru_maxrss would count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


WAYS: dict[str, Callable[[Path, str, int], None]] = {"ours": ours, "floor": floor, "open": opening, "bare": bare_opening}


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a case took."""

    cpu: float
    wall: float
    peak: int
    out: int

    @classmethod
    def of(cls, way: str, path: Path, kind: str, size: int) -> Took:
        """Run a case in a process of its own."""
        command = [sys.executable, "-m", "benchmarks.bundles", "--one", way, str(path), kind, str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return cls(**json.loads(done.stdout))


def one(way: str, path: Path, kind: str, size: int) -> None:
    """Run a case here and print what it took."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    WAYS[way](path, kind, size)
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - wall
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak(), "out": path.stat().st_size}))


def compare(name: str, size: int, own: Took, least: Took) -> bool:
    """Print a line of the table; return whether the memory is what it should be."""
    rates = (f"{size / took.cpu / 1e6:,.0f}" for took in (own, least))
    met = own.peak < MOST_MEMORY * 1e6
    cells = (name, f"{size / 1e9:.2f} GB", f"{own.out / 1e9:.2f} GB", *rates, f"{own.cpu / least.cpu:.2f}", f"{own.wall:.0f} s")
    print(f"| {' | '.join(cells)} | {own.peak / 1e6:.0f} MB {'met' if met else 'MISSED'} |", flush=True)
    return met


def main() -> None:
    """Measure and print; say at the end whether memory stays under its bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="5 GB through each case, and 1 GB of rows")
    parser.add_argument("--one", nargs=4, metavar=("WAY", "PATH", "KIND", "SIZE"), help="one case, in this process")
    given = parser.parse_args()
    if given.one:
        way, path, kind, size = given.one
        one(way, Path(path), kind, int(size))
        return
    most = 5_000_000_000 if given.full else 200_000_000
    print(
        "| case | in | sealed | ours, MB/s CPU | floor, MB/s CPU | times the floor's CPU | wall | peak, under 200 MB |\n"
        + "| --- " * 8
        + "|"
    )
    met = []
    with tempfile.TemporaryDirectory() as name:
        path, other = Path(name) / "ours", Path(name) / "floor"
        for kind, title, size in (
            ("noise", "a film", most),
            ("text", "a log", most),
            ("rows", "rows: JSON, CSV, pages", most // 5),
        ):
            own, least = Took.of("ours", path, kind, size), Took.of("floor", other, kind, size)
            met.append(compare(title, size, own, least))
            if kind == "noise":
                met.append(compare("opening the film", size, Took.of("open", path, kind, size), Took.of("bare", path, kind, size)))
            path.unlink()
            other.unlink()
    print(f"\nMemory under {MOST_MEMORY} MB: " + ("met" if all(met) else "MISSED"))


if __name__ == "__main__":
    main()
