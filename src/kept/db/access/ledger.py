"""The ledger: its newest checkpoint, its entries, and proofs that one is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kept.base.errors import Refused
from kept.db import log
from kept.db.failures import database_errors
from kept.db.keys import current
from kept.db.models import Outbox
from kept.ledger.proofs import inclusion_proof, tile_nodes

__all__ = ["LedgerProof", "entries", "newest_checkpoint", "pending", "proof_of", "verifier_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProof:
    """Everything somebody needs to see that an entry is in the log: its body and place, the audit path, the signed checkpoint."""

    index: int
    size: int
    body: bytes
    path: tuple[bytes, ...]
    checkpoint: str


def verifier_key() -> str:
    """Return the public key of the ledger, `name+hash+base64`, to be published."""
    return str(current().signer.verifier)


def newest_checkpoint() -> str | None:
    """Return the newest signed checkpoint; None for an empty log."""
    with database_errors():
        return log.newest_note()


def pending() -> int:
    """Return how many entries wait in the outbox for their place."""
    with database_errors():
        return Outbox.objects.count()


def entries(first: int = 0) -> Iterator[bytes]:
    """Yield the bodies of the entries from a place on, in order, with memory that does not grow."""
    with database_errors():
        for some in log.rows(first):
            yield from (row.body for row in some)


def proof_of(index: int) -> LedgerProof:
    """Return the proof that the entry at this place is in the log. Raises Refused where there is none."""
    with database_errors():
        newest = log.newest()
        if newest is None or not 0 <= index < newest.size:
            raise Refused(f"There is no entry {index} in the ledger", todo="Name an entry below the size of the ledger.")
        path = inclusion_proof(index, newest.size, tile_nodes(log.hashes))
        body = log.bodies(index, 1)[0]
    return LedgerProof(index=index, size=newest.size, body=body, path=tuple(path), checkpoint=newest.note)
