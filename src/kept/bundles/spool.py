"""A place to put aside what a later member of the ZIP needs, while an earlier one is being written.

A ZIP holds one member at a time, and rows can be read once: so what of the rows goes elsewhere waits here. It is in memory while it
is small, and then in a file without a name, sealed under a key that is nowhere else and ends with the process: a machine that dies
leaves nothing behind that can be read.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

from .sealing import KEY, Sealed, SealedWriter, cannot_write

__all__ = ["IN_MEMORY", "Spool"]

IN_MEMORY: Final = 512 * 1024


class Spool:
    """Takes bytes, and gives parts of them back once it was told that all are there."""

    def __init__(self, folder: Path) -> None:
        """Take the folder in which its file may lie."""
        self._folder = folder
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._writer: SealedWriter | None = None
        self._key = b""
        self._sealed: Sealed | None = None
        self.size = 0
        """How many bytes are in it."""

    def write(self, some: bytes) -> None:
        """Put bytes behind those that are there. Raises SourceError where the disk is full."""
        self.size += len(some)
        if self._writer is None and self.size > IN_MEMORY:
            self._spill()
        if self._writer is None:
            self._memory += some
        else:
            self._writer.write(some)

    def range(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, in pieces; after that nothing more can be put in."""
        stop = self.size if stop is None else stop
        if self._file is None:
            yield bytes(self._memory[start:stop])
            return
        if self._sealed is None and self._writer is not None:
            self._writer.finish()
            self._sealed = Sealed(self._file, self._key)
        if self._sealed is not None:
            yield from self._sealed.range(start, stop)

    def _spill(self) -> None:
        self._key = secrets.token_bytes(KEY)
        try:
            self._file = cast(BinaryIO, tempfile.TemporaryFile(buffering=0, dir=self._folder))  # noqa: SIM115  # closed by __exit__
        except OSError as error:
            raise cannot_write(error) from None
        self._writer = SealedWriter(self._key, self._file)
        self._writer.write(self._memory)
        self._memory = bytearray()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file, which is gone then, and of its key."""
        self._key = b""
        self._memory = bytearray()
        if self._file is not None:
            self._file.close()
