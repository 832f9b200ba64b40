"""Writing a log into a folder that anyone can check: entries, tiles, the signed checkpoint, and the verifier key.

Written again, only what is new is written: full tiles never change. The checkpoint is replaced last and whole, so a folder whose
writing was killed still checks as the log it was before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

from kept.base.errors import Refused, TamperedLedger
from kept.base.ports import Progress, silent

from .checkpoints import Checkpoint
from .hashing import TILE_HEIGHT
from .notes import NoteError, Verifier
from .proofs import ReadTile, root_at, tile_nodes
from .tiles import CHECKPOINT, VERIFIER_KEY, Tile, bundle, partial_tile, tiles_of

__all__ = ["Exported", "ReadBodies", "export_folder"]

ReadBodies: TypeAlias = Callable[[int, int], Sequence[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The size of the exported log and how many files this call wrote."""

    size: int
    files: int


def export_folder(
    folder: Path,
    *,
    note: str,
    verifier: Verifier,
    bodies: ReadBodies,
    hashes: ReadTile,
    progress: Progress = silent,
) -> Exported:
    """Bring the folder up to the signed checkpoint `note`.

    `bodies(first, count)` reads entries; `hashes(level, index)` reads the hashes of a tile as it stands now. Raises TamperedLedger
    where the log no longer begins as the folder does, Refused where the folder is the export of another log or cannot be written.
    """
    checkpoint = Checkpoint.open(note, verifier)
    before = _already_there(folder, verifier)
    _check_continues(before, checkpoint, hashes)
    try:
        files = _write_tiles(folder, checkpoint.size, bodies, hashes, progress)
        _replace(folder / VERIFIER_KEY, f"{verifier}\n".encode())
        _replace(folder / CHECKPOINT, note.encode())
        _remove_outgrown(folder, checkpoint.size)
    except OSError as error:
        raise Refused(
            f"The ledger could not be written to {folder} ({error.strerror})",
            changed="the folder may hold new tiles and still checks as it did before",
            todo="Make room or give the right to write there, and export again.",
        ) from error
    return Exported(size=checkpoint.size, files=files)


def _already_there(folder: Path, verifier: Verifier) -> Checkpoint | None:
    try:
        return Checkpoint.open((folder / CHECKPOINT).read_text("utf-8"), verifier)
    except FileNotFoundError:
        return None
    except (NoteError, UnicodeDecodeError, OSError) as error:
        raise Refused(f"{folder} holds a checkpoint that this ledger did not sign", todo="Export into an empty folder.") from error


def _check_continues(before: Checkpoint | None, now: Checkpoint, hashes: ReadTile) -> None:
    if before is None:
        return
    if before.size > now.size:
        raise TamperedLedger(
            f"The folder holds {before.size} signed entries and the ledger only {now.size}: the ledger was cut or restored",
            todo="Keep the folder; find out what happened to the database before you export elsewhere.",
        )
    if root_at(before.size, tile_nodes(hashes)) != before.root:
        raise TamperedLedger(
            f"The ledger's first {before.size} entries are no longer those that were exported",
            todo="Keep the folder; it shows what the database held before.",
        )


def _write_tiles(folder: Path, size: int, bodies: ReadBodies, hashes: ReadTile, progress: Progress) -> int:
    files = 0
    for tile in tiles_of(size, None):
        if _is_absent(folder, tile):
            files += _write(folder / tile.path, bundle(bodies(tile.first, tile.width)))
        progress("ledger", tile.first + tile.width, size)
    for level in count():
        if not size >> (TILE_HEIGHT * level):
            return files
        for tile in tiles_of(size, level):
            if _is_absent(folder, tile):
                files += _write(folder / tile.path, b"".join(hashes(level, tile.index)[: tile.width]))
    return files


def _is_absent(folder: Path, tile: Tile) -> bool:
    return not (folder / tile.path).is_file()


def _write(path: Path, raw: bytes) -> int:
    """Write one file under its own name only when it is whole; return 1, the number of files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(raw)
    fresh.replace(path)
    return 1


def _replace(path: Path, raw: bytes) -> None:
    """Replace a file at once, durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as out:
        out.write(raw)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def _remove_outgrown(folder: Path, size: int) -> None:
    """Remove partial tiles that the checkpoint no longer needs."""
    levels = (None, *range(TILE_HEIGHT))
    wanted = {folder / tile.path for level in levels if (tile := partial_tile(size, level))}
    for partial in folder.glob("tile/**/*.p"):
        for path in partial.iterdir():
            if path not in wanted:
                path.unlink()
        if not any(partial.iterdir()):
            partial.rmdir()
