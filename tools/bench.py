"""Run every file of benchmarks/ at its small size and write docs/benchmarks.md from what they printed.

    python -m tools.bench [NAME …] [-- ARGUMENTS]

With names, only those are run and printed, and nothing is written; ARGUMENTS go to each (for a larger size).
"""

from __future__ import annotations

import ast
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """<!-- Written by `make bench` from what the programs in benchmarks/ printed; run it again instead of editing. -->

# Benchmarks

Each figure stands beside its floor (the least the machine can do for the same result) and, where there is one, its peer, measured
interleaved in the same run. An absolute time means little on another machine; the ratio carries over. `make bench` runs everything
at a small size; each file says how to run it larger.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one benchmark printed, how long it took in seconds, and its exit code."""

    name: str
    about: str
    printed: str
    seconds: float
    exit: int


def benchmarks() -> list[Path]:
    """Return the files that are benchmarks: those that can be run."""
    return sorted(path for path in (ROOT / "benchmarks").glob("[a-z]*.py") if "__main__" in path.read_text(encoding="utf-8"))


def run(path: Path, arguments: list[str]) -> Ran:
    """Run one benchmark to its end; what it says on standard error goes to ours."""
    sys.stderr.write(f"benchmarks/{path.name} …\n")
    began = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.{path.stem}", *arguments]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own files
    about = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem).split("\n\n")[0]
    return Ran(
        name=path.stem, about=" ".join(about.split()), printed=ran.stdout, seconds=time.monotonic() - began, exit=ran.returncode
    )


def page(every: list[Ran]) -> str:
    """Return docs/benchmarks.md."""
    day = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    parts = [HEAD, f"Last run {day} on {machine}; other work may have shared the machine."]
    for one in every:
        failed = "" if one.exit == 0 else f"\n\n**It ended with exit code {one.exit}; what stands here is incomplete.**"
        parts.append(f"## {one.name}\n\n{one.about}\n\n{_as_markdown(one.printed)}{failed}\n\n*{one.seconds:.0f} s.*")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _as_markdown(printed: str) -> str:
    """Return tables as they are, and columns of plain text as a block."""
    text = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    return text if "| ---" in text or not text else f"```text\n{text}\n```"


def main(words: list[str]) -> int:
    """Run the command and return 1 where a benchmark failed."""
    cut = words.index("--") if "--" in words else len(words)
    names, arguments = words[:cut], words[cut + 1 :]
    every = [run(path, arguments) for path in benchmarks() if not names or path.stem in names]
    if names or arguments:
        sys.stdout.writelines(f"## {one.name}\n\n{one.printed}\n" for one in every)
    else:
        PAGE.write_text(page(every), encoding="utf-8")
        sys.stdout.write(f"docs/benchmarks.md holds {len(every)} benchmarks\n")
    for one in every:
        if one.exit:
            sys.stderr.write(f"benchmarks/{one.name}.py ended with exit code {one.exit}\n")
    return int(any(one.exit for one in every))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
