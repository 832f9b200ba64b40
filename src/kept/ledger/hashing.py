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
        self._size = size
        self._edge = list(edge)
        if len(self._edge) != size.bit_count() or any(len(part) != HASH_BYTES for part in self._edge):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} hashes at its edge, not {len(self._edge)}")

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, highest first."""
        return tuple(self._edge)

    def extend(self, leaves: Iterable[bytes]) -> list[TileHash]:
        """Append leaf hashes; return the hash of each tile that became full, in order."""
        edge, size = self._edge, self._size
        full: list[TileHash] = []
        for leaf in leaves:
            joined, left, height = leaf, size, 0
            while left & 1:
                joined = sha256(b"\x01" + edge.pop() + joined).digest()
                left >>= 1
                height += 1
                if not height % TILE_HEIGHT:
                    full.append(TileHash(height // TILE_HEIGHT, left, joined))
            edge.append(joined)
            size += 1
        self._size = size
        return full

    def root(self) -> bytes:
        """Return the root hash over all leaves."""
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> CompactRange:
        """Return a second range that grows by itself."""
        return CompactRange(self._size, self._edge)
