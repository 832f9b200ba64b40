"""The files of a log, as C2SP tlog-tiles lays them out: tiles of 256 hashes, bundles of 256 entries, and where each stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .entries import LONGEST_BODY
from .hashing import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH

__all__ = ["CHECKPOINT", "VERIFIER_KEY", "Tile", "bundle", "partial_tile", "split_bundle", "split_hashes", "tiles_of"]

CHECKPOINT = "checkpoint"
VERIFIER_KEY = "verifier-key"
LENGTH_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One file: hashes of tile level `level`, or entries where it is None. `width` is how many, 256 where it is full."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it stands in the folder: `tile/0/x001/x234/067`, with `.p/<width>` behind where it is not full."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        kind = "entries" if self.level is None else str(self.level)
        return f"tile/{kind}/{number}" + (f".p/{self.width}" if self.width < TILE_WIDTH else "")

    @property
    def first(self) -> int:
        """The index, among the hashes of its level or the entries, of the first one it holds."""
        return self.index * TILE_WIDTH


def tiles_of(size: int, level: int | None) -> Iterator[Tile]:
    """Yield the tiles that a log of `size` entries has at one level (None: its bundles of entries), the partial one last."""
    count = size >> (TILE_HEIGHT * (level or 0))
    for index in range(count // TILE_WIDTH):
        yield Tile(level=level, index=index)
    if partial := partial_tile(size, level):
        yield partial


def partial_tile(size: int, level: int | None) -> Tile | None:
    """Return the one tile of a level that is not full, or None where all are."""
    count = size >> (TILE_HEIGHT * (level or 0))
    return Tile(level=level, index=count // TILE_WIDTH, width=count % TILE_WIDTH) if count % TILE_WIDTH else None


def bundle(bodies: Sequence[bytes]) -> bytes:
    """Return entries as one bundle, each behind its length in two bytes. Raises ValueError past 65,535 bytes an entry."""
    if any(len(body) > LONGEST_BODY for body in bodies):
        raise ValueError(f"an entry in a bundle has at most {LONGEST_BODY} bytes")
    return b"".join(len(body).to_bytes(LENGTH_BYTES, "big") + body for body in bodies)


def split_bundle(raw: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raises ValueError where it ends in the middle of one."""
    bodies: list[bytes] = []
    at = 0
    while at < len(raw):
        start = at + LENGTH_BYTES
        end = start + int.from_bytes(raw[at:start], "big")
        if start > len(raw) or end > len(raw):
            raise ValueError(f"the bundle ends inside its entry {len(bodies)}")
        bodies.append(raw[start:end])
        at = end
    return bodies


def split_hashes(raw: bytes) -> list[bytes]:
    """Return the hashes of a tile. Raises ValueError where its length is not a number of whole hashes."""
    if len(raw) % HASH_BYTES:
        raise ValueError("the tile does not hold a whole number of hashes")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]
