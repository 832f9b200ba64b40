"""Checking an exported log from its folder alone: no database, no Kept at the other end, memory for a few tiles.

What is compared: every entry with its hash, every hash with the tile above, the root with the signed checkpoint, and, where the
verifier kept an earlier checkpoint, the root of that time with what was signed then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import orjson

from kept.base.errors import Refused, TamperedLedger
from kept.base.ports import Progress, silent

from .checkpoints import Checkpoint
from .hashing import TILE_WIDTH, CompactRange, TileHash, leaf_hash
from .notes import NoteError, Verifier
from .tiles import CHECKPOINT, VERIFIER_KEY, Tile, split_bundle, split_hashes, tiles_of

__all__ = ["VerifiedLedger", "verify_folder"]

REMEDY = "Keep this folder as it is, fetch a fresh export, and compare it with the checkpoints other people kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLedger:
    """A log that hashes to what was signed.

    `root` is in hex; `signed_at` is the moment its last entry names (None for an empty log); `checkpoint` is the signed note, to be
    kept and handed in as `previous_checkpoint` next time; `key_was_given` is False where the key came from the folder itself, which
    proves only that the folder is in agreement with itself.
    """

    origin: str
    size: int
    root: str
    signed_at: datetime | None
    checkpoint: str
    key_was_given: bool


def verify_folder(
    folder: Path,
    verifier_key: str | None = None,
    *,
    previous_checkpoint: str | None = None,
    progress: Progress = silent,
) -> VerifiedLedger:
    """Return what the folder proves, having read all of it.

    `verifier_key` is the `name+hash+base64` line the log's owner published; without it, the one in the folder is used.
    `previous_checkpoint` is a signed note the verifier kept: a log that is shorter, or began otherwise, is refused.
    Raises TamperedLedger, naming the entry or the file, and Refused where the folder is no export or the key no key.
    """
    verifier = _verifier(folder, verifier_key)
    note = _text(folder, CHECKPOINT)
    now = _opened(note, verifier, "the folder's checkpoint")
    before = None if previous_checkpoint is None else _opened(previous_checkpoint, verifier, "the checkpoint you kept")
    if before and before.size > now.size:
        _tampered(f"The ledger was cut: it had {before.size} entries at the checkpoint you kept and has {now.size} now")
    last = _read_through(folder, now, before, progress)
    return VerifiedLedger(
        origin=now.origin,
        size=now.size,
        root=now.root.hex(),
        signed_at=_moment(last),
        checkpoint=note,
        key_was_given=verifier_key is not None,
    )


def _read_through(folder: Path, now: Checkpoint, before: Checkpoint | None, progress: Progress) -> bytes:
    """Read every bundle against every tile; return the last entry."""
    edge, upper, last = CompactRange(), _UpperTiles(folder, now.size), b""
    for tile in tiles_of(now.size, None):
        bodies = _bodies(folder, tile)
        leaves = _checked_leaves(folder, tile, bodies)
        if before and tile.first <= before.size <= tile.first + tile.width:
            _compare_with_before(edge, leaves[: before.size - tile.first], before)
        upper.compare(edge.extend(leaves))
        last = bodies[-1]
        progress("ledger", edge.size, now.size)
    if edge.root() != now.root:
        _tampered(f"The {now.size} entries do not hash to the signed root: entries and tiles were rewritten together")
    return last


def _compare_with_before(edge: CompactRange, leaves: list[bytes], before: Checkpoint) -> None:
    then = edge.copy()
    then.extend(leaves)
    if then.root() != before.root:
        _tampered(f"The first {before.size} entries are not those of the checkpoint you kept: the past was rewritten")


class _UpperTiles:
    """The tiles above the leaves, read one a level at a time and compared hash by hash."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._open: dict[int, tuple[Iterator[Tile], Tile, list[bytes]]] = {}

    def compare(self, found: list[TileHash]) -> None:
        for part in found:
            tile, hashes = self._tile(part)
            if hashes[part.index - tile.first] != part.hash:
                below = Tile(level=part.level - 1, index=part.index)
                _tampered(f"{below.path} does not hash to what {tile.path} holds for it")

    def _tile(self, part: TileHash) -> tuple[Tile, list[bytes]]:
        """Return the tile that holds this hash; they are asked for in order."""
        if part.level not in self._open or part.index >= self._open[part.level][1].first + TILE_WIDTH:
            tiles = self._open[part.level][0] if part.level in self._open else tiles_of(self._size, part.level)
            tile = next(tiles)
            self._open[part.level] = (tiles, tile, _hashes(self._folder, tile))
        return self._open[part.level][1:]


def _checked_leaves(folder: Path, tile: Tile, bodies: list[bytes]) -> list[bytes]:
    leaves = [leaf_hash(body) for body in bodies]
    hashes = _hashes(folder, Tile(level=0, index=tile.index, width=tile.width))
    for place, (leaf, written) in enumerate(zip(leaves, hashes, strict=True)):
        if leaf != written:
            _tampered(f"Entry {tile.first + place} was changed, moved or removed ({tile.path}, place {place})")
    return leaves


def _bodies(folder: Path, tile: Tile) -> list[bytes]:
    try:
        bodies = split_bundle(_raw(folder, tile.path))
    except ValueError as error:
        _tampered(f"{tile.path} is cut: {error}")
    if len(bodies) != tile.width:
        _tampered(f"{tile.path} holds {len(bodies)} entries where {tile.width} were signed (entries {tile.first} and on)")
    return bodies


def _hashes(folder: Path, tile: Tile) -> list[bytes]:
    try:
        hashes = split_hashes(_raw(folder, tile.path))
    except ValueError as error:
        _tampered(f"{tile.path} is damaged: {error}")
    if len(hashes) != tile.width:
        _tampered(f"{tile.path} holds {len(hashes)} hashes where {tile.width} were signed")
    return hashes


def _raw(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        _tampered(f"{path} is missing")
    except OSError as error:
        raise Refused(f"{path} could not be read ({error.strerror})", todo="Give yourself the right to read the folder.") from error


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_bytes().decode("utf-8")
    except OSError as error:
        raise Refused(
            f"{folder} is not an exported ledger: its file {name} could not be read ({error.strerror})",
            todo="Give the folder that `kept ledger export` wrote.",
        ) from error
    except UnicodeDecodeError:
        _tampered(f"The file {name} is not text")


def _verifier(folder: Path, given: str | None) -> Verifier:
    try:
        return Verifier.parse((given if given is not None else _text(folder, VERIFIER_KEY)).strip())
    except NoteError as error:
        raise Refused(f"The verifier key cannot be used: {error}", todo="Copy the whole line name+hash+base64.") from error


def _opened(note: str, verifier: Verifier, what: str) -> Checkpoint:
    try:
        checkpoint = Checkpoint.open(note, verifier)
    except NoteError as error:
        _tampered(f"{what[0].upper()}{what[1:]} is not signed by {verifier.name}: {error}")
    if checkpoint.origin != verifier.name:
        _tampered(f"{what[0].upper()}{what[1:]} is of another ledger: its origin is not {verifier.name}")
    return checkpoint


def _moment(body: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(orjson.loads(body)["at"])
    except (ValueError, KeyError, TypeError):
        return None


def _tampered(happened: str) -> NoReturn:
    raise TamperedLedger(happened, todo=REMEDY)
