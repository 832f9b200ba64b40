"""The sequencer: gives entries their place in the log, in groups, and signs one checkpoint a group.

Whoever writes an entry puts it into the outbox, in their own transaction. The sequencer takes everything that is pending under a
lock that one process holds at a time, hashes it, stores it and signs. Killed at any moment, it has done all of a group or nothing
of it. It goes on only from a checkpoint that its own key signed, so a changed past is noticed before it is signed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from kept.base.errors import NOTHING_CHANGED, TamperedLedger
from kept.db import witness
from kept.db.failures import database_errors
from kept.db.keys import Keys, current
from kept.ledger.checkpoints import Checkpoint
from kept.ledger.hashing import CompactRange, leaf_hash
from kept.ledger.tiles import split_hashes

from .rows import Ask, Insert, ask, insert, one_round_trip

__all__ = ["LARGEST_GROUP", "SEQUENCE_LOCK", "append_group", "flush", "post"]

SEQUENCE_LOCK = 0x6B657074_00000002
"""The number of the advisory lock on PostgreSQL. SQLite has one writer anyway."""

WAITING = "what was done is saved, and its ledger entry waits in the outbox for the next command"

ENTRIES = Insert(
    sqlite='INSERT INTO kept_ledgerentry ("index", leaf, body) VALUES (?, ?, ?)',
    one='INSERT INTO kept_ledgerentry ("index", leaf, body) VALUES (%b, %b, %b)',
    many='INSERT INTO kept_ledgerentry ("index", leaf, body) SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[])',
)
NODES = Insert(
    sqlite='INSERT INTO kept_ledgernode (level, "index", hash) VALUES (?, ?, ?)',
    one='INSERT INTO kept_ledgernode (level, "index", hash) VALUES (%b, %b, %b)',
    many='INSERT INTO kept_ledgernode (level, "index", hash) SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])',
)
CHECKPOINTS = Insert(
    sqlite="INSERT INTO kept_checkpoint (size, root, edge, note, at) VALUES (?, ?, ?, ?, ?)",
    one="INSERT INTO kept_checkpoint (size, root, edge, note, at) VALUES (%b, %b, %b, %s, %b)",
    many="",
)
OUTBOX = Insert(
    sqlite="INSERT INTO kept_outbox (body) VALUES (?)",
    one="INSERT INTO kept_outbox (body) VALUES (%b)",
    many="INSERT INTO kept_outbox (body) SELECT unnest(%b::bytea[])",
)
PENDING = "SELECT 1 FROM kept_outbox LIMIT 1"

LARGEST_GROUP = 10_000
"""Entries taken from the outbox at a time, which bounds the memory a group takes."""

ALONE = Ask(sqlite="", postgresql="SELECT pg_advisory_xact_lock(%s)", values=(SEQUENCE_LOCK,))
"""Wait until no other process sequences. On SQLite the transaction has begun IMMEDIATE and is alone already."""

TAKE = Ask(
    sqlite="DELETE FROM kept_outbox WHERE id IN (SELECT id FROM kept_outbox ORDER BY id LIMIT ?) RETURNING id, body",
    postgresql="DELETE FROM kept_outbox WHERE id IN (SELECT id FROM kept_outbox ORDER BY id LIMIT %s) RETURNING id, body",
    values=(LARGEST_GROUP,),
)
LAST = Ask(
    sqlite="SELECT size, root, edge, note FROM kept_checkpoint ORDER BY size DESC LIMIT 1",
    postgresql="SELECT size, root, edge, note FROM kept_checkpoint ORDER BY size DESC LIMIT 1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """The newest checkpoint as it is stored."""

    size: int
    root: bytes
    edge: bytes
    note: str


class _Trusted:
    """The checkpoint this process wrote or checked last, the edge it goes with, and the keys it did it under."""

    last: _Last | None = None
    edge: CompactRange = CompactRange()
    keys: Keys | None = None


def post(*bodies: bytes) -> None:
    """Put entries into the outbox, in the transaction that is open."""
    insert(OUTBOX, [bodies])


def flush() -> int:
    """Give every pending entry its place in the log; return how many got theirs from this call.

    When it returns, everything that was committed to the outbox before the call is in the log. Raises SourceError (the entries stay
    pending) and TamperedLedger.
    """
    moved = 0
    try:
        with database_errors(WAITING):
            while taken := _flush_group():
                moved += taken
    except TamperedLedger as error:
        raise TamperedLedger(error.happened, todo=error.todo, changed=WAITING) from error
    return moved


def append_group(bodies: Sequence[bytes]) -> int:
    """Put entries straight into the log as one group, after everything pending; return the place of the first.

    One transaction, one checkpoint. Joins a transaction that is open, and then holds the sequencer's lock until that ends.
    """
    with database_errors(NOTHING_CHANGED), transaction.atomic():
        pending, last = _take()
        while len(pending) == LARGEST_GROUP:
            _append(pending, last)
            pending, last = _take()
        return _append([*pending, *bodies], last) + len(pending)


def _flush_group() -> int:
    with connection.cursor() as cursor:
        cursor.execute(PENDING)
        if cursor.fetchone() is None:
            return 0
    with transaction.atomic():
        bodies, last = _take()
        _append(bodies, last)
    return len(bodies)


def _take() -> tuple[list[bytes], _Last | None]:
    """Take the oldest pending entries, in the order they came in, and read the newest checkpoint, alone among all processes."""
    _, taken, newest = ask(ALONE, TAKE, LAST)
    last = _Last(size=newest[0][0], root=newest[0][1], edge=newest[0][2], note=newest[0][3]) if newest else None
    return [body for _, body in sorted(taken)], last


def _append(bodies: Sequence[bytes], last: _Last | None) -> int:
    """Store and sign one group of entries; return the place of the first."""
    keys = current()
    edge = _go_on_from(last, keys)
    first = edge.size
    if not bodies:
        return first
    leaves = [leaf_hash(body) for body in bodies]
    full = edge.extend(leaves)
    with one_round_trip():
        insert(ENTRIES, [range(first, edge.size), leaves, bodies])
        if full:
            insert(NODES, [[tile.level for tile in full], [tile.index for tile in full], [tile.hash for tile in full]])
        _sign(edge, keys)
    return first


def _sign(edge: CompactRange, keys: Keys) -> None:
    root = edge.root()
    note = Checkpoint(origin=keys.signer.verifier.name, size=edge.size, root=root).signed(keys.signer)
    now = connection.ops.adapt_datetimefield_value(datetime.now(UTC))
    last = _Last(size=edge.size, root=root, edge=b"".join(edge.edge), note=note)
    insert(CHECKPOINTS, [[last.size], [last.root], [last.edge], [last.note], [now]])
    _Trusted.last, _Trusted.edge, _Trusted.keys = last, edge, keys


def _go_on_from(last: _Last | None, keys: Keys) -> CompactRange:
    """Return the edge to append to, once it is certain that it is what our own key signed, and no older than what was seen."""
    if _Trusted.keys is not keys:
        _check_not_older(last, keys)
    elif last is not None and last == _Trusted.last:
        return _Trusted.edge.copy()
    return CompactRange() if last is None else _checked_edge(last, keys)


def _checked_edge(last: _Last, keys: Keys) -> CompactRange:
    try:
        edge = CompactRange(last.size, split_hashes(last.edge))
        signed = Checkpoint.open(last.note, keys.signer.verifier)
    except ValueError as error:
        raise _tampered(f"the last checkpoint is not what was signed ({error})") from error
    if (signed.size, signed.root) != (edge.size, edge.root()):
        raise _tampered("the last checkpoint is not what was signed")
    return edge


def _check_not_older(last: _Last | None, keys: Keys) -> None:
    """Notice a log that lost its end: the file beside the keys remembers how long it was."""
    seen = witness.read(keys)
    size = last.size if last else 0
    if seen and (size < seen.size or (last and size == seen.size and last.root != seen.root)):
        raise _tampered(
            f"it has {size} entries, and had {seen.size} when it was last seen whole; was an older backup restored?",
        )


def _tampered(why: str) -> TamperedLedger:
    return TamperedLedger(
        f"Kept will not add to its ledger: {why}",
        todo="Run `kept check`; if you restored a backup on purpose, remove .kept/witness and say so to those who verify you.",
    )
