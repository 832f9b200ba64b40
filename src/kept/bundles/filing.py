"""Files of the person's, put into the bundle as they are."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from .archive import BLOCK, Content
from .desk import Desk
from .forms import repaired
from .index import FilesWritten
from .leaves import Leaves
from .pages import file_row
from .parts import Facts, FileItem

__all__ = ["Filed", "write_files"]

FOLDER: Final = "files"
WORTH: Final = 0.9
"""A file whose beginning does not shrink below this share is stored as it is: pictures, films, archives."""
TOLD_EVERY: Final = 100


@dataclass(frozen=True, slots=True)
class Filed:
    """A file in the bundle, as the manifest lists it; `facts` says which set of facts is said of it."""

    path: str
    name: str
    what: str
    facts: int
    bytes: int
    sha256: str


def write_files(desk: Desk, items: Iterable[FileItem]) -> tuple[list[Filed], FilesWritten]:
    """Write every file and the list of them; return what was written. Raises what reading a file raises, and SourceError."""
    words = desk.words
    columns = (words.name, words.meaning, words.size)
    filed: list[Filed] = []
    facts: dict[tuple[Facts, str], int] = {}
    with Leaves(desk.folder, columns) as leaves:
        for item in items:
            path = desk.names.give(FOLDER, item.name)
            content = _write(desk, path, item)
            said = facts.setdefault((item.facts, item.what), len(facts))
            filed.append(Filed(path, repaired(item.name), item.what, said, content.bytes, content.sha256))
            leaves.add(file_row(path, path.removeprefix(f"{FOLDER}/"), item.what, _readable(content.bytes)), 1)
            if not len(filed) % TOLD_EVERY:
                desk.progress(FOLDER, len(filed), None)
        written = FilesWritten(count=len(filed), facts=tuple(facts))
        if filed:
            desk.index.files(desk.archive, written, leaves, columns)
    return filed, written


def _write(desk: Desk, path: str, item: FileItem) -> Content:
    pieces = iter(item.content)
    start, ended = _beginning(pieces)
    pack = len(zlib.compress(start[:BLOCK], 1)) < WORTH * min(len(start), BLOCK)
    return desk.archive.add(path, chain((start,), pieces), size=len(start) if ended else None, pack=pack)


def _beginning(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the first bytes, and whether that is all."""
    start = bytearray()
    for piece in pieces:
        start += piece
        if len(start) >= BLOCK:
            return bytes(start), False
    return bytes(start), True


def _readable(size: int) -> str:
    """Return a size for people.

    >>> _readable(0), _readable(1_500), _readable(5_000_000_000)
    ('0 B', '1.5 kB', '5.0 GB')
    """
    if size < 1_000:
        return f"{size} B"
    power = min(4, (len(str(size)) - 1) // 3)
    return f"{size / 1_000**power:.1f} {' kMGT'[power]}B"
