"""Check every promise, as `kept check` does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kept.base.ports import Progress
from kept.base.verdicts import Mark
from kept.workflows.check import check, clock

__all__ = ["run"]


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return how many findings have each mark; the report itself is recorded."""
    report = check(folder, now=clock(), actor=actor, progress=progress)
    return {mark.value: report.count(mark) for mark in Mark}
