"""Reading the log in the database from end to end and comparing it with what was signed, with memory that does not grow."""

from __future__ import annotations

from collections.abc import Sequence

from kept.base.ports import Progress, silent
from kept.base.questions import LedgerState
from kept.ledger.checkpoints import Checkpoint as Signed
from kept.ledger.hashing import EMPTY_ROOT, TILE_WIDTH, CompactRange, TileHash, leaf_hash
from kept.ledger.notes import NoteError

from . import keys, log, witness
from .failures import database_errors
from .models import Checkpoint, LedgerNode
from .ready import READY

__all__ = ["READY", "inspect_ledger"]

MOST_FAULTS = 10


def inspect_ledger(progress: Progress = silent) -> LedgerState:
    """Return the state of the log: faults are sentences that name the entry or the hash; none means that it is intact.

    Compares every entry with its hash, every stored hash with the entries, the root with the signed checkpoint, and the log with
    the checkpoint that was seen to hold before. Entries still in the outbox are not part of the log. Raises SourceError.
    """
    in_use = keys.current()
    with database_errors():
        newest = log.newest()
        if newest is None:
            return _without_checkpoint(in_use)
        reading = _Reading(newest, witness.read(in_use))
        for some in log.rows():
            reading.take(some)
            progress("ledger", reading.edge.size, newest.size)
            if len(reading.faults) >= MOST_FAULTS:
                break
        faults = (*_signature_faults(newest, in_use), *reading.all_faults())
    if not faults:
        witness.remember(in_use, newest.note)
    return LedgerState(size=reading.edge.size, root=reading.edge.root().hex(), faults=faults, signed_at=newest.at)


def _without_checkpoint(in_use: keys.Keys) -> LedgerState:
    faults = []
    if any(True for some in log.rows() for _ in some):
        faults.append("there are entries and no signed checkpoint")
    if (seen := witness.read(in_use)) and seen.size:
        faults.append(f"the ledger is empty and had {seen.size} entries when it was last seen whole")
    return LedgerState(size=0, root=EMPTY_ROOT.hex(), faults=tuple(faults))


def _signature_faults(newest: Checkpoint, in_use: keys.Keys) -> Sequence[str]:
    try:
        signed = Signed.open(newest.note, in_use.signer.verifier)
    except NoteError as error:
        return [f"the newest checkpoint is not signed by this ledger's key: {error}"]
    if (signed.size, signed.root) != (newest.size, bytes(newest.root)):
        return ["the newest checkpoint does not say what was signed"]
    return []


class _Reading:
    """What was read so far, and what was wrong with it. After a first fault the roots are not compared: they must differ then."""

    def __init__(self, newest: Checkpoint, seen: Signed | None) -> None:
        self.edge = CompactRange()
        self.faults: list[str] = []
        self._newest = newest
        self._seen = seen
        self._next = 0
        self._behind = 0

    def take(self, some: Sequence[log.Row]) -> None:
        """Read a few thousand entries on."""
        leaves = [self._checked_leaf(row) for row in some]
        for stop in self._stops():
            part, leaves = leaves[: stop - self.edge.size], leaves[stop - self.edge.size :]
            self._check_nodes(self.edge.extend(part))
            self._check_roots()
        self._behind += len(leaves)

    def all_faults(self) -> list[str]:
        """Return what was wrong, once everything was read."""
        signed, had = self._newest.size, self.edge.size
        if had < signed and not self.faults:
            self.faults.append(f"the ledger ends after {had} entries, and {signed} were signed")
        if self._behind:
            self.faults.append(f"{self._behind} entries stand behind the {signed} that were signed")
        if self._seen and self._seen.size > signed:
            self.faults.append(
                f"the ledger was cut: it had {self._seen.size} entries when it was last seen whole, and has {signed}"
            )
        return self.faults

    def _stops(self) -> list[int]:
        """Return the sizes, from here on, at which there is a root to compare with."""
        seen = [self._seen.size] if self._seen else []
        return sorted({size for size in (*seen, self._newest.size) if self.edge.size < size <= self._newest.size})

    def _checked_leaf(self, row: log.Row) -> bytes:
        if row.index != self._next:
            missing = f"entry {self._next} is" if row.index == self._next + 1 else f"entries {self._next} to {row.index - 1} are"
            self.faults.append(f"{missing} missing")
        self._next = row.index + 1
        leaf = leaf_hash(row.body)
        if leaf != row.leaf:
            self.faults.append(f"entry {row.index} was changed")
        return leaf

    def _check_nodes(self, full: Sequence[TileHash]) -> None:
        for level in sorted({tile.level for tile in full}):
            here = [tile for tile in full if tile.level == level]
            first, end = here[0].index, here[-1].index + 1
            stored = LedgerNode.objects.filter(level=level, index__gte=first, index__lt=end).values_list("index", "hash")
            by_index = {index: bytes(part) for index, part in stored}
            for tile in here:
                if by_index.get(tile.index) != tile.hash and not self.faults:
                    span = TILE_WIDTH**level
                    first_entry = tile.index * span
                    self.faults.append(f"entries {first_entry} to {first_entry + span - 1} do not hash to what was stored for them")

    def _check_roots(self) -> None:
        if self.faults:
            return
        newest, seen, size = self._newest, self._seen, self.edge.size
        if seen and size == seen.size and self.edge.root() != seen.root:
            self.faults.append(f"the first {size} entries are not those that were last seen whole: the past was rewritten")
        elif size == newest.size and (self.edge.root() != bytes(newest.root) or b"".join(self.edge.edge) != bytes(newest.edge)):
            self.faults.append(f"the {size} entries do not hash to the signed root")
