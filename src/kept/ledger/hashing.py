"""RFC 6962 section 2.1: the hash of a leaf, of a node, and of a whole tree that grows at its right edge.

Leaves and nodes are hashed with different first bytes, so that no leaf can pass for a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["EMPTY_ROOT", "HASH_BYTES", "TILE_HEIGHT", "TILE_WIDTH", "CompactRange", "TileHash", "fold", "leaf_hash", "node_hash"]

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962 section 2.1)."""


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf with these bytes."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of equally high subtrees, in order: a tree of their number of leaves (EMPTY_ROOT for none)."""
    level = list(hashes)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0] if level else EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class TileHash:
    """The hash over one full tile: the entry that tile has at `index` of tile level `level` (1 and up)."""

    level: int
    index: int
    hash: bytes


class CompactRange:
    """The right edge of a tree: one hash for each complete subtree, highest first. Appending needs no more than this.

    Memory is one hash for each bit of the size, whatever the number of leaves.
    """

    __slots__ = ("_edge", "_size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        """Take up a tree of `size` leaves at the edge it had. Raises ValueError where the two do not fit together."""
        parts = list(edge)
        if len(parts) != size.bit_count() or any(len(part) != HASH_BYTES for part in parts):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} hashes at its edge, not {len(parts)}")
        self._size = size
        heights = [height for height in reversed(range(size.bit_length())) if size >> height & 1]
        self._edge = dict(zip(heights, parts, strict=True))

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, highest first."""
        return tuple(self._edge[height] for height in sorted(self._edge, reverse=True))

    def extend(self, leaves: Iterable[bytes]) -> list[TileHash]:
        """Append leaf hashes; return the hash of each tile that became full, level by level."""
        new = list(leaves)
        first, self._size = self._size, self._size + len(new)
        full: list[TileHash] = []
        height = 0
        while new:
            if height and not height % TILE_HEIGHT:
                full += [TileHash(height // TILE_HEIGHT, first + place, joined) for place, joined in enumerate(new)]
            if first & 1:
                new.insert(0, self._edge.pop(height))
                first -= 1
            if len(new) & 1:
                self._edge[height] = new.pop()
            new = [sha256(b"\x01" + left + right).digest() for left, right in zip(new[::2], new[1::2], strict=True)]
            first >>= 1
            height += 1
        return full

    def root(self) -> bytes:
        """Return the root hash over all leaves."""
        parts = list(self.edge)
        if not parts:
            return EMPTY_ROOT
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    def copy(self) -> CompactRange:
        """Return a second range that grows by itself."""
        twin = CompactRange()
        twin._size, twin._edge = self._size, dict(self._edge)
        return twin
