"""Proofs that an entry is in the log, and that a later log holds an earlier one unchanged (RFC 6962 sections 2.1.1 and 2.1.2).

A proof is made from the hashes of complete subtrees, wherever they are kept: `node(height, index)` is the hash over the leaves
`index * 2**height` up to `(index + 1) * 2**height`. Checking a proof needs nothing but the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TypeAlias

from .hashing import EMPTY_ROOT, TILE_HEIGHT, TILE_WIDTH, node_hash

__all__ = [
    "Node",
    "ReadTile",
    "Tree",
    "consistency_proof",
    "inclusion_proof",
    "inclusion_proofs",
    "root_at",
    "tile_nodes",
    "verify_consistency",
    "verify_inclusion",
]

Node: TypeAlias = Callable[[int, int], bytes]
ReadTile: TypeAlias = Callable[[int, int], Sequence[bytes]]


class Tree:
    """A tree with every hash in memory (64 bytes a leaf), for making many proofs fast."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Build the tree over leaf hashes."""
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash at the right."""
        level = self._levels[0]
        level.append(leaf)
        height = 0
        while not len(level) & 1:
            joined = node_hash(level[-2], level[-1])
            height += 1
            if height == len(self._levels):
                self._levels.append([])
            level = self._levels[height]
            level.append(joined)

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree. Raises IndexError where it is not complete."""
        return self._levels[height][index]

    def root(self) -> bytes:
        """Return the root hash over all leaves."""
        return root_at(self.size, self.node)


def tile_nodes(read_tile: ReadTile, *, tiles: int = 512) -> Node:
    """Return `node` over stored tiles: `read_tile(level, index)` gives up to 256 hashes; the last `tiles` folded ones are kept.

    One folded tile takes some 30 kB.
    """

    @lru_cache(maxsize=tiles)
    def folded(level: int, index: int) -> tuple[tuple[bytes, ...], ...]:
        levels = [tuple(read_tile(level, index))]
        while len(levels[-1]) > 1:
            below = levels[-1]
            levels.append(tuple(node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)))
        return tuple(levels)

    def node(height: int, index: int) -> bytes:
        level, inside = divmod(height, TILE_HEIGHT)
        first = index << inside
        return folded(level, first // TILE_WIDTH)[inside][(first % TILE_WIDTH) >> inside]

    return node


def root_at(size: int, node: Node) -> bytes:
    """Return the root the tree had at that size."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of a leaf in a tree of `size` leaves, from the leaf upwards. Raises ValueError past the size."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return _path(0, index, size, node)


def inclusion_proofs(first: int, end: int, size: int, node: Node) -> Iterator[list[bytes]]:
    """Yield the audit paths of neighbouring leaves, `first` up to but without `end`; what they share is made once.

    Raises ValueError past the size.
    """
    if not 0 <= first <= end <= size:
        raise ValueError(f"there are no leaves {first} to {end} in a tree of {size}")
    shared = cache(lambda height, index: _sibling(height, index, size, node))
    for index in range(first, end):
        path = (shared(height, index >> height) for height in range((size - 1).bit_length()))
        yield [one for one in path if one is not None]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves. Raises ValueError unless old ≤ new."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot hold one of {old}")
    if old in (0, new):
        return []
    height = (old & -old).bit_length() - 1
    index = (old >> height) - 1
    start = [] if old.bit_count() == 1 else [node(height, index)]
    return start + _path(height, index, new, node)


def _path(height: int, index: int, size: int, node: Node) -> list[bytes]:
    """Return the siblings on the way from a complete subtree to the root, lowest first."""
    path: list[bytes] = []
    while size > 1 << height:
        sibling = _sibling(height, index, size, node)
        if sibling is not None:
            path.append(sibling)
        index >>= 1
        height += 1
    return path


def _sibling(height: int, index: int, size: int, node: Node) -> bytes | None:
    """Return the hash that a subtree is joined with; None where it is alone at the right edge and goes up as it is."""
    sibling = index ^ 1
    first, end = sibling << height, (sibling + 1) << height
    if end <= size:
        return node(height, sibling)
    return _range_root(first, size, node) if first < size else None


def _range_root(first: int, end: int, node: Node) -> bytes:
    """Return the hash over the leaves from `first` to the ragged right edge `end`."""
    parts: list[bytes] = []
    while first < end:
        height = (end - first).bit_length() - 1
        parts.append(node(height, first >> height))
        first += 1 << height
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def verify_inclusion(*, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf hash is at `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, joined = index, size - 1, leaf
    for sibling in path:
        if not last:
            return False
        if here & 1 or here == last:
            joined = node_hash(sibling, joined)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            joined = node_hash(joined, sibling)
        here >>= 1
        last >>= 1
    return not last and joined == root


def verify_consistency(*, old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Return whether the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    parts = [old_root, *path] if old.bit_count() == 1 else list(path)
    return bool(parts) and _both_roots(old, new, parts) == (old_root, new_root)


def _both_roots(old: int, new: int, parts: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots that the proof leads to, or None where it is too long or too short."""
    here, last = old - 1, new - 1
    while here & 1:
        here >>= 1
        last >>= 1
    earlier = later = parts[0]
    for part in parts[1:]:
        if not last:
            return None
        if here & 1 or here == last:
            earlier, later = node_hash(part, earlier), node_hash(part, later)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            later = node_hash(later, part)
        here >>= 1
        last >>= 1
    return None if last else (earlier, later)
