"""Writing a bundle: one pass over everything, sealed as it goes, all of it or nothing."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from kept.base.ports import Progress, silent
from kept.ledger.notes import Signer

from .archive import Archive
from .desk import Desk
from .filing import write_files
from .index import Index, TableWritten
from .manifest import MANIFEST, SIGNATURE, encoded, manifest_of, signed
from .names import Names
from .parts import About, FileItem, Letter, Section, Written
from .sealing import SealedWriter, cannot_write
from .tables import write_table

__all__ = ["clear_unfinished", "write_bundle"]

T = TypeVar("T")


def write_bundle(
    path: Path,
    *,
    key: bytes,
    about: About,
    sections: Iterable[Section],
    files: Iterable[FileItem] = (),
    letter: Letter,
    signer: Signer,
    progress: Progress = silent,
) -> Written:
    """Write a sealed bundle to `path`, which is there when the call returns, durable and whole, and not before.

    `key` is 32 bytes used for this bundle alone; whoever destroys it has destroyed the bundle. Sections are read one after another,
    each once, then the files. Nothing of the person reaches the disk in the clear. What another attempt at the same path left
    unfinished is removed; an attempt that still runs then fails.

    Memory does not grow with rows or with the size of files; the largest value of a row is held several times, and some 1.5 KB a
    file. Raises SourceError where the disk is full, Refused where a row has a column that its section does not describe, and
    whatever reading rows or files raises; nothing is left behind then.
    """
    clear_unfinished(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        descriptor = _told(lambda: os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with io.FileIO(descriptor, "wb") as target:
            sealed = SealedWriter(key, cast("BinaryIO", target))
            written = _write(sealed, path.parent, (about, letter, signer, progress), sections, files)
            sealed.finish()
            _told(lambda: os.fsync(descriptor))
        _told(lambda: part.replace(path))
        _told(lambda: _sync(path.parent))
        return written
    finally:
        part.unlink(missing_ok=True)


def clear_unfinished(path: Path) -> int:
    """Remove what a writer that was killed left beside `path`; return how many files there were. Raises SourceError."""
    return _told(lambda: _clear(path))


def _clear(path: Path) -> int:
    left = [there for there in path.parent.iterdir() if _is_part(there.name, path.name)]
    for there in left:
        there.unlink(missing_ok=True)
    return len(left)


def _is_part(name: str, of: str) -> bool:
    return name.startswith(f".{of}.") and name.endswith(".part") and len(name) == len(of) + 23


def _write(
    sealed: SealedWriter,
    folder: Path,
    what: tuple[About, Letter, Signer, Progress],
    sections: Iterable[Section],
    files: Iterable[FileItem],
) -> Written:
    about, letter, signer, progress = what
    archive = Archive(sealed, about.made_at)
    try:
        with Index(folder, about, letter) as index:
            desk = Desk(archive=archive, index=index, names=Names(), folder=folder, words=about.words, progress=progress)
            tables, nothing = _tables(desk, sections)
            filed = write_files(desk, files)
            _letter(archive, letter)
            archive.add("index.html", index.pieces())
        raw = encoded(manifest_of(about, tables, nothing, filed, archive.contents))
        archive.add(MANIFEST, (raw,), size=len(raw))
        archive.add(SIGNATURE, (signed(raw, signer),), size=0)
    finally:
        archive.close()
    return Written(
        manifest_json=raw,
        size=sealed.size,
        sha256=sealed.digest,
        rows=sum(table.rows for table in tables),
        files=len(filed[0]),
    )


def _tables(desk: Desk, sections: Iterable[Section]) -> tuple[list[TableWritten], list[Section]]:
    tables, nothing = [], []
    for section in sections:
        written = write_table(desk, section)
        if written.rows:
            tables.append(written)
        else:
            nothing.append(section)
            desk.index.nothing(section)
    return tables, nothing


def _letter(archive: Archive, letter: Letter) -> None:
    for path, text in (("answer.txt", letter.text), ("answer.html", letter.html)):
        if text:
            raw = text.encode("utf-8", "replace")
            archive.add(path, (raw,), size=len(raw))


def _told(act: Callable[[], T]) -> T:
    """Do something with the disk. Raises SourceError where that fails."""
    try:
        return act()
    except OSError as error:
        raise cannot_write(error) from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
