"""Reading the log's rows: entries, hashes of tiles, the newest checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kept.ledger.hashing import TILE_WIDTH

from .models import Checkpoint, LedgerEntry, LedgerNode

__all__ = ["Row", "bodies", "hashes", "newest", "newest_note", "rows"]

AT_A_TIME = 2048


@dataclass(frozen=True, slots=True)
class Row:
    """One stored entry."""

    index: int
    leaf: bytes
    body: bytes


def newest() -> Checkpoint | None:
    """Return the newest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def newest_note() -> str | None:
    """Return the newest signed note."""
    return Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()


def bodies(first: int, count: int) -> list[bytes]:
    """Return entries by place."""
    found = LedgerEntry.objects.filter(index__gte=first, index__lt=first + count).order_by("index")
    return [_raw(body) for body in found.values_list("body", flat=True)]


def hashes(level: int, index: int) -> list[bytes]:
    """Return the hashes that tile `index` of a tile level has now, up to 256."""
    first, end = index * TILE_WIDTH, (index + 1) * TILE_WIDTH
    if level:
        nodes = LedgerNode.objects.filter(level=level, index__gte=first, index__lt=end).order_by("index")
        return [_raw(part) for part in nodes.values_list("hash", flat=True)]
    leaves = LedgerEntry.objects.filter(index__gte=first, index__lt=end).order_by("index")
    return [_raw(leaf) for leaf in leaves.values_list("leaf", flat=True)]


def rows(first: int = 0) -> Iterator[list[Row]]:
    """Yield every entry in order, some thousand at a time; memory does not grow with the log."""
    while found := list(
        LedgerEntry.objects.filter(index__gte=first).order_by("index").values_list("index", "leaf", "body")[:AT_A_TIME]
    ):
        yield [Row(index, _raw(leaf), _raw(body)) for index, leaf, body in found]
        first = found[-1][0] + 1


def _raw(value: bytes | memoryview | str) -> bytes:
    """Return the bytes of a field; whoever edits the file by hand can leave text there, which then hashes to something else."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
