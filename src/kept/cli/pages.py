"""Setting a process up for the pages before anything that wants the database is imported: it takes the settings it finds first."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from kept.db import configure_pages

__all__ = ["now", "with_pages"]


def with_pages(folder: Path, module: str) -> ModuleType:
    """Return a module of `kept.workflows`, imported in a process that is set up for the pages of a folder.

    Raises as `kept.db.configure_pages` does.
    """
    configure_pages(folder)
    return importlib.import_module(f"kept.workflows.{module}")


def now() -> datetime:
    """Return the time that the record bears."""
    return datetime.now(UTC)
