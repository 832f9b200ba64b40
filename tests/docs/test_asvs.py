"""The ASVS table is whole, and what it names is there."""

from __future__ import annotations

import re
from collections import Counter

from tests.docs.conftest import ROOT

PAGE = ROOT / "docs" / "security" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([a-z ]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FILE = re.compile(r"`((?:src|docs|own-policy)/[\w./-]+|[\w]+\.(?:md|lock|toml))`")
FIRST, SECOND = 70, 183
"""How many requirements version 5.0.0 has at levels 1 and 2."""
STATES = {"met", "in part", "differs", "not applicable", "not yet"}
ELSEWHERE = {"kept.toml"}


def _rows() -> list[tuple[str, str, str, str, str]]:
    return ROW.findall(PAGE.read_text())


def test_no_line_is_missing_or_there_twice() -> None:
    rows = _rows()
    assert Counter(level for _, level, *_ in rows) == {"1": FIRST, "2": SECOND}
    assert len({number for number, *_ in rows}) == FIRST + SECOND
    assert {state for _, _, _, state, _ in rows} <= STATES
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == len(rows)


def test_the_summary_counts_the_lines() -> None:
    count = Counter(state for _, _, _, state, _ in _rows())
    says = f"{count['met']} met, {count['in part']} in part, {count['differs']} differ, {count['not yet']} not yet"
    assert says in PAGE.read_text()


def test_every_test_it_names_exists() -> None:
    named = TEST.findall(PAGE.read_text())
    assert named
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in _text(path)]
    assert missing == []


def test_every_file_it_names_exists() -> None:
    named = {name for name in FILE.findall(PAGE.read_text()) if "*" not in name} - ELSEWHERE
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def _text(path: str) -> str:
    file = ROOT / path
    return file.read_text() if file.exists() else ""
