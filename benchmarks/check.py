"""`kept check` on the example company: CPU seconds and memory of the whole command, beside the same questions as hand-written SQL.

Floor: one Python process that asks SQLite the countable questions of the policy (rows past their time, rows without a clock,
full addresses by pattern) by hand-written statements. The product answers more (it looks at values through the detectors too),
so the ratio says what that costs. `kept --help` is measured beside an empty Python process.

Run: python -m benchmarks.check [--rows 1000000] [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STORES = ("app", "telemetry", "billing")
KEPT = (sys.executable, "-c", "from kept.cli.main import main; main()")
FLOOR = """
import sqlite3, sys
app, telemetry, billing = (sqlite3.connect(path) for path in sys.argv[1:])
old = "< julianday('2025-11-23')"
for table in ("usage_events", "web_logs"):
    print(telemetry.execute(f"select count(*) from {table} where julianday(at) {old}").fetchone())
    print(telemetry.execute(f"select count(*) from {table} where at is null").fetchone())
    print(telemetry.execute(f"select count(*) from {table} where network not like '%.0' and network not like '%::'").fetchone())
print(app.execute("select count(*) from accounts where julianday(closed_at) < julianday('2024-11-23')").fetchone())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one process took: CPU seconds (user and system), its largest resident size in MB, and its exit code."""

    cpu: float
    megabytes: float
    exit: int


def spend(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run a command to its end and return what the operating system says it took."""
    process = subprocess.Popen(command, env=dict(environment), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(cpu=used.ru_utime + used.ru_stime, megabytes=used.ru_maxrss / 1024, exit=process.returncode)


def build(folder: Path, rows: int) -> dict[str, str]:
    """Make the example's databases of that many rows and return the environment that names them."""
    urls = {store: f"sqlite:///{folder / store}.sqlite3" for store in STORES}
    command = [sys.executable, "-m", "examples.aurigen.generate", "--rows", str(rows), "--as-of", "2026-11-23"]
    for store, url in urls.items():
        command += [f"--{store}", url]
    subprocess.run([*command, "--planted", str(folder / "planted.json")], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    named = {f"AURIGEN_{store.upper()}_URL": url for store, url in urls.items()}
    return {**os.environ, **named, "KEPT_DATABASE_URL": f"sqlite:///{folder}/state.sqlite3"}


def privacy_folder(folder: Path) -> Path:
    """Copy the example's privacy folder, without what an earlier run remembered of another database."""
    source = ROOT / "examples" / "aurigen" / "privacy"
    return Path(shutil.copytree(source, folder / "privacy", ignore=shutil.ignore_patterns(".kept")))


def show(name: str, values: Sequence[float], unit: str) -> None:
    """Print a figure's median with its smallest and largest."""
    print(f"| {name} | {statistics.median(values):.2f} {unit} | {min(values):.2f}–{max(values):.2f} |")


def main() -> None:
    """Measure, interleaved, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = build(folder, asked.rows)
        privacy = str(privacy_folder(folder))
        check = [*KEPT, "check", "--folder", privacy, "--as-of", "2026-11-23"]
        floor = [sys.executable, "-c", FLOOR, *(str(folder / f"{store}.sqlite3") for store in STORES)]
        spend(check, environment)
        ours, bare, helps, empty = [], [], [], []
        for _ in range(asked.runs):
            ours.append(spend(check, environment))
            bare.append(spend(floor, environment))
            helps.append(spend([*KEPT, "--help"], environment))
            empty.append(spend([sys.executable, "-c", "pass"], environment))
    assert all(one.exit in (0, 1) for one in ours), "kept check could not tell"
    assert all(one.exit == 0 for one in bare), "the floor failed"
    print(f"\n{asked.rows:,} rows in three SQLite stores, {asked.runs} runs each, interleaved\n")
    print("| figure | median | min–max |\n| --- | --- | --- |")
    show("kept check, CPU", [one.cpu for one in ours], "s")
    show("hand-written SQL, CPU", [one.cpu for one in bare], "s")
    show("ratio check / hand-written", [a.cpu / b.cpu for a, b in zip(ours, bare, strict=True)], "×")
    show("kept check, peak memory", [one.megabytes for one in ours], "MB")
    show("kept --help, CPU", [one.cpu for one in helps], "s")
    show("empty Python process, CPU", [one.cpu for one in empty], "s")
    print(f"\nLargest of all children: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
