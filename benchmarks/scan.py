"""`kept scan` by sampling: seconds and memory of the whole command, as the store grows.

Floor: one Python process that reads every column of the same number of rows from the same tables, and looks at none of them.
A scan by sampling should hardly grow with the store; `--full` grows with it.

Run: python -m benchmarks.scan [--rows 10000000] [--full]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from .check import KEPT, Spent, build, privacy_folder, spend

SAMPLE = 20_000
FLOOR = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
for (table,) in store.execute("select name from sqlite_master where type = 'table'").fetchall():
    for row in store.execute(f'select * from "{table}" limit {sys.argv[2]}'):
        pass
"""


def scan(folder: Path, rows: int, *more: str) -> tuple[float, Spent, Spent]:
    """Fill a store, scan it, and return the scan's wall seconds, what it spent, and what the floor spent."""
    environment = build(folder, rows)
    privacy = privacy_folder(folder)
    begun = time.monotonic()
    ours = spend([*KEPT, "scan", "telemetry", "--folder", str(privacy), *more], environment)
    wall = time.monotonic() - begun
    bare = spend([sys.executable, "-c", FLOOR, str(folder / "telemetry.sqlite3"), str(rows if more else SAMPLE)], environment)
    return wall, ours, bare


def main() -> None:
    """Measure at a fifth of the size and at the size, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    more = ("--full",) if asked.full else ()
    print(f"\nSQLite, {'every row' if asked.full else f'a sample of {SAMPLE:,} rows a table'}\n")
    print("| rows | wall s | CPU s | floor CPU s | peak MB |\n| --- | --- | --- | --- | --- |")
    for rows in (asked.rows // 5, asked.rows):
        with tempfile.TemporaryDirectory() as name:
            wall, ours, bare = scan(Path(name), rows, *more)
        if ours.exit not in (0, 1):
            raise SystemExit("kept scan could not tell")
        print(f"| {rows:,} | {wall:.1f} | {ours.cpu:.1f} | {bare.cpu:.2f} | {ours.megabytes:.0f} |")


if __name__ == "__main__":
    main()
