"""Run as a program: write a bundle of so many megabytes, and print the peak of memory; half of it are rows, half a file."""

from __future__ import annotations

import json
import os
import random
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kept.bundles import About, Column, Controller, FileItem, Letter, Section, write_bundle
from kept.ledger.notes import Signer

NAMES = ("id", "placed_at", "total", "note", "text")
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


def rows(size: int, counted: list[int]) -> Iterator[dict[str, Any]]:
    """Yield rows of some 1.2 KB until they are `size` bytes together."""
    words = random.Random(1).randbytes(1 << 16).hex()
    number = 0
    while counted[0] < size:
        at = number * 7_919 % 120_000
        text = words[at : at + 1_000] if number % 100 else words[:50_000]
        yield {
            "id": number,
            "placed_at": BEGAN + timedelta(minutes=number),
            "total": Decimal(number) / 100,
            "note": "=1+1" if number % 7 else None,
            "text": text,
        }
        counted[0] += 100 + len(text)
        number += 1


def pieces(size: int, counted: list[int]) -> Iterator[bytes]:
    """Yield noise, `size` bytes of it."""
    noise = os.urandom(1 << 20)
    for _ in range(size >> 20):
        yield noise
        counted[0] += len(noise)


def main() -> None:
    """Write it."""
    path, size = Path(sys.argv[1]), int(float(sys.argv[2]) * 1e6)
    in_rows, in_files = [0], [0]
    table = Section(
        table="app.messages",
        title="Messages",
        columns=tuple(Column(name=name) for name in NAMES),
        rows=rows(size // 2, in_rows),
    )
    written = write_bundle(
        path,
        key=os.urandom(32),
        about=About(request="R-1", right="access", made_at=BEGAN, controller=Controller(name="A", contact="a@example.org")),
        sections=[table],
        files=[FileItem(name="film.mp4", content=pieces(size // 2 + (1 << 20), in_files))],
        letter=Letter(text="Here it is."),
        signer=Signer.generate("kept.example/bundles"),
    )
    peak = own_peak()
    print(json.dumps({"peak": peak, "through": in_rows[0] + in_files[0], "size": written.size, "rows": written.rows}))


def own_peak() -> int:
    """Return the most memory in bytes that this program had; `getrusage` would tell that of whoever started it, if it had more."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
