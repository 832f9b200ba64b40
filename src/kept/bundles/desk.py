"""What every part of writing a bundle has at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kept.base.ports import Progress

from .archive import Archive
from .index import Index
from .names import Names
from .words import Words

__all__ = ["Desk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ZIP that grows, its first page that grows beside it, the names that were given, and the folder for what waits."""

    archive: Archive
    index: Index
    names: Names
    folder: Path
    words: Words
    progress: Progress
