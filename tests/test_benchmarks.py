"""The benchmarks of requests run, at a size that says nothing of speed: what they look at themselves holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("erasures", ("--people", "120", "--some", "6", "--rounds", "1"), "2 sweeps, 12 certificates"),
        ("queue", ("--sizes", "20,40", "--rounds", "1", "--times", "2"), "| take a sweep |"),
    ],
)
def test_it_runs(name: str, arguments: tuple[str, ...], said: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--stores", "sqlite", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert said in ran.stdout
