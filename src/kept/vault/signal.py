"""A number in memory that every process of one machine shares: it moves when keys were destroyed, replaced or brought back.

It is a file of eight bytes, mapped into each process; looking at it costs less than a tenth of a microsecond, so it is looked at
before every single use of a key. Whoever changes the keys moves it before returning, which is how a destroyed key is gone
everywhere on the machine before the call that destroyed it returns. Between machines the keys database itself is asked, see
`vault`.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from pathlib import Path
from typing import Final

__all__ = ["Signal"]

SIZE: Final = 8


class Signal:
    """The shared number. Where the file cannot be opened (another account's folder), `shared` is False and it never moves."""

    def __init__(self, path: Path) -> None:
        """Map the file, making it where it is not there."""
        self._descriptor = -1
        self.shared = False
        self.view: memoryview = memoryview(bytearray(SIZE)).cast("Q")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if os.fstat(self._descriptor).st_size < SIZE:
                os.ftruncate(self._descriptor, SIZE)
            self.view = memoryview(mmap.mmap(self._descriptor, SIZE)).cast("Q")
            self.shared = True
        except OSError:
            self.close()

    def value(self) -> int:
        """Return the number."""
        return int(self.view[0])

    def move(self) -> None:
        """Move the number, so that every process looks again."""
        if not self.shared:
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            self.view[0] = (self.view[0] + 1) % 2**64
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file; the map goes with its last user."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.shared = False
