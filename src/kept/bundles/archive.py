"""The ZIP as it is written: member by member into the seal, each counted and hashed on its way."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Any, Final

from .sealing import SealedWriter

__all__ = ["BLOCK", "Archive", "Content", "Member"]

BLOCK: Final = 64 * 1024
"""What is gathered before it goes on, in bytes."""
LEVEL: Final = 1
ZIP64_FROM: Final = 2**30
"""Members that may be larger than this are written in the ZIP64 form from their first byte: it cannot be changed behind it."""
PERMISSIONS: Final = 0o100600 << 16
UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Content:
    """A file of the bundle: its path, its bytes, and SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


class Member:
    """A file of the ZIP that is being written."""

    def __init__(self, path: str, target: IO[bytes]) -> None:
        """Take its path and where it goes."""
        self._path = path
        self._target = target
        self._hash = sha256()
        self._size = 0

    def write(self, some: bytes) -> None:
        """Put bytes behind those that are there. Raises SourceError where the disk is full."""
        self._hash.update(some)
        self._size += len(some)
        self._target.write(some)

    def content(self) -> Content:
        """Return what was written."""
        return Content(self._path, self._size, self._hash.hexdigest())


class Archive:
    """A ZIP that grows in a seal. What it holds of each member stays in memory: some 1.5 KB."""

    def __init__(self, writer: SealedWriter, made_at: datetime) -> None:
        """Begin. Every member bears the moment `made_at`, in UTC."""
        target: Any = writer  # typeshed asks for a seekable file; zipfile does without
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        moment = made_at.astimezone(UTC)
        self._moment = (max(1980, moment.year), moment.month, moment.day, moment.hour, moment.minute, moment.second)
        self.contents: list[Content] = []

    @contextmanager
    def member(self, path: str, *, size: int | None = None, pack: bool = True) -> Iterator[Member]:
        """Open a member to write to; where the size is known, say so. It counts as there once the block ends well."""
        described = zipfile.ZipInfo(path, self._moment)
        described.create_system = UNIX
        described.external_attr = PERMISSIONS
        described.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        described._compresslevel = LEVEL  # type: ignore[attr-defined]  # public as compress_level from Python 3.13 on
        large = size is None or size > ZIP64_FROM
        with self._zip.open(described, "w", force_zip64=large) as target:
            member = Member(path, target)
            yield member
        self.contents.append(member.content())

    def add(self, path: str, pieces: Iterable[bytes], *, size: int | None = None, pack: bool = True) -> Content:
        """Write a member from its pieces, and return what was written."""
        with self.member(path, size=size, pack=pack) as member:
            for piece in pieces:
                member.write(piece)
        return self.contents[-1]

    def close(self) -> None:
        """Write the directory of the ZIP behind its members."""
        self._zip.close()
