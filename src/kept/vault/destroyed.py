"""Which keys were destroyed, in a file beside the keys database.

A keys database restored from a backup brings none of them back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

__all__ = ["DestroyedFile"]

GONE, BACK = "-", "+"
LINE: Final = re.compile(rb"([0-9a-f]{64})([-+])([0-9a-f]{14})")
SIZE: Final = 64 + 1 + 14 + 1
"""Bytes of one line, its line feed included."""
NEWEST: Final = 500
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class DestroyedFile:
    """One event a line, the newest last: a key's id, - or + for destroyed or brought back, and the microseconds since 1970, in hex.

    It only grows. A line that was cut by a crash is passed over; its key is in the keys database's own list.
    """

    def __init__(self, path: Path) -> None:
        """Take the file's path; it is made when it is first needed."""
        self.path = path

    def count(self) -> int:
        """Return how many lines there are, by the file's size."""
        try:
            return self.path.stat().st_size // SIZE
        except OSError:
            return 0

    def entries(self) -> list[tuple[bytes, datetime]]:
        """Return every destroyed key: id (32 bytes) and when it was destroyed."""
        return self._read(0)

    def newest(self) -> list[tuple[bytes, datetime]]:
        """Return the last few hundred: a keys database that lists these is not older than the others."""
        return self._read(max(0, self.count() - NEWEST) * SIZE)

    def _read(self, start: int) -> list[tuple[bytes, datetime]]:
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                lines = file.read().split(b"\n")
        except OSError:
            return []
        found: dict[bytes, datetime] = {}
        for key, sign, moment in (match.groups() for line in lines if (match := LINE.fullmatch(line))):
            key_id = bytes.fromhex(key.decode("ascii"))
            if sign == GONE.encode("ascii"):
                found[key_id] = EPOCH + int(moment, 16) * MICROSECOND
            else:
                found.pop(key_id, None)
        return list(found.items())

    def add(self, key_ids: Iterable[bytes], at: datetime) -> None:
        """Add keys that were destroyed in one moment, durably.

        Does nothing where this account may not write here, or there is no room: then Kept's own record alone remembers.
        """
        self._append(key_ids, GONE, at)

    def forget(self, key_ids: Iterable[bytes], at: datetime) -> None:
        """Take keys out: their window was still open and their person came back."""
        self._append(key_ids, BACK, at)

    def _append(self, key_ids: Iterable[bytes], sign: str, at: datetime) -> None:
        moment = f"{sign}{(at - EPOCH) // MICROSECOND:014x}\n"
        lines = "".join(key_id.hex() + moment for key_id in key_ids).encode("ascii")
        if not lines:
            return
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            return
        try:
            if os.fstat(descriptor).st_size % SIZE:
                lines = b"\n" + lines
            while lines:
                lines = lines[os.write(descriptor, lines) :]
            os.fsync(descriptor)
        except OSError:
            pass
        finally:
            os.close(descriptor)
