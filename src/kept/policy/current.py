"""The policy in a privacy folder as its files are now: read once, and read again when one of them changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from .policy import Policy

__all__ = ["Current"]

Seen: TypeAlias = tuple[tuple[str, int, int], ...]


class Current:
    """Remembers the policy of one folder at a time. Any number of threads may ask."""

    def __init__(self, load: Callable[[Path], Policy]) -> None:
        """Take what reads a folder, which raises PolicyErrors where it cannot be read."""
        self._load = load
        self._lock = Lock()
        self._known: tuple[Path, Seen, Policy] | None = None

    def policy(self, folder: Path) -> Policy:
        """Return the folder's policy. Raises PolicyErrors."""
        seen = _seen(folder)
        with self._lock:
            if self._known is None or self._known[:2] != (folder, seen):
                self._known = (folder, seen, self._load(folder))
            return self._known[2]


def _seen(folder: Path) -> Seen:
    """Return name, moment of change and size of each file that the policy is read from."""
    found = []
    for path in sorted((*folder.glob("*.*"), *folder.glob("map/*.*"))):
        try:
            about = path.stat()
        except FileNotFoundError:
            continue  # it went between the two
        if not path.name.startswith("."):
            found.append((path.relative_to(folder).as_posix(), about.st_mtime_ns, about.st_size))
    return tuple(found)
