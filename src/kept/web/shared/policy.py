"""The policy that the pages speak of: read once, and read again when a file of the privacy folder changed."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TypeAlias

from django.conf import settings

from kept.policy.load import load
from kept.policy.policy import Policy
from kept.promises.registry import terms

__all__ = ["current_policy"]

Seen: TypeAlias = tuple[tuple[str, int, int], ...]
_lock = Lock()
_loaded: dict[Path, tuple[Seen, Policy]] = {}


def current_policy() -> Policy:
    """Return the policy in the privacy folder as its files are now. Raises PolicyErrors where they cannot be read."""
    folder = Path(settings.FOLDER)
    seen = _seen(folder)
    with _lock:
        known = _loaded.get(folder)
        if known is None or known[0] != seen:
            known = (seen, load(folder, terms()))
            _loaded.clear()
            _loaded[folder] = known
        return known[1]


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
