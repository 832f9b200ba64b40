"""A SQLite file: who may read and write it, which the operating system says in its mode, and whether it is still the same file."""

from __future__ import annotations

import stat
from pathlib import Path

import sqlalchemy as sa

from kept.base.changes import Revoke
from kept.base.errors import CannotAnswer
from kept.base.questions import Grant, Grants

__all__ = ["grants", "remember", "revoke", "see"]

ROLES = {
    "file owner": (stat.S_IRUSR, stat.S_IWUSR),
    "file group": (stat.S_IRGRP, stat.S_IWGRP),
    "everyone else": (stat.S_IROTH, stat.S_IWOTH),
}
READING = ("select",)
WRITING = ("insert", "update", "delete")
COMPANIONS = ("", "-wal", "-shm", "-journal")


def grants(url: sa.URL) -> Grants:
    """Return the rights that the file's mode gives; whoever may write may insert, update and delete."""
    mode = Path(str(url.database)).stat().st_mode
    found: list[Grant] = []
    for role, (read, write) in ROLES.items():
        rights = (READING if mode & read else ()) + (WRITING if mode & write else ())
        found.extend(Grant(role=role, right=right) for right in rights)
    return Grants(roles=tuple(ROLES), grants=tuple(sorted(found)), own="file owner")


def revoke(url: sa.URL, change: Revoke) -> None:
    """Clear the bit behind the right, on the file and what lies beside it. Raises CannotAnswer for a role or right it has not."""
    bits = ROLES.get(change.role)
    if bits is None or change.right not in READING + WRITING:
        happened = f"{change.store} is a file, which knows no right {change.right} of {change.role}"
        raise CannotAnswer(happened, store=change.store, todo=f"Name one of {', '.join(ROLES)}.")
    bit = bits[0] if change.right in READING else bits[1]
    for companion in COMPANIONS:
        path = Path(f"{url.database}{companion}")
        if path.exists():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~bit)


def remember(path: str, record: sa.pool.ConnectionPoolEntry) -> None:
    """Keep which file a connection was opened to."""
    record.info["kept_file"] = _identity(path)


def see(path: str, record: sa.pool.ConnectionPoolEntry) -> None:
    """Raise DisconnectionError, upon which another is made, where the path leads to another file by now, or to none."""
    if record.info.get("kept_file") != _identity(path):
        raise sa.exc.DisconnectionError("the file is another one by now")


def _identity(path: str) -> tuple[int, int] | None:
    try:
        about = Path(path).stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino
