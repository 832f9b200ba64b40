"""Writing the ledger into a folder that strangers can check."""

from __future__ import annotations

from pathlib import Path

from kept.base.ports import Progress, silent
from kept.db import log, witness
from kept.db.failures import database_errors
from kept.db.keys import current
from kept.ledger.checkpoints import Checkpoint
from kept.ledger.export import Exported, export_folder
from kept.ledger.hashing import EMPTY_ROOT

from .sequence import flush

__all__ = ["export_ledger"]


def export_ledger(folder: Path, *, progress: Progress = silent) -> Exported:
    """Bring a folder up to the newest checkpoint, after sequencing what is pending; writes only what is new there.

    Raises TamperedLedger where the database no longer holds what the folder shows, Refused where the folder is another ledger's.
    """
    keys = current()
    flush()
    with database_errors():
        note = log.newest_note() or Checkpoint(origin=keys.signer.verifier.name, size=0, root=EMPTY_ROOT).signed(keys.signer)
        exported = export_folder(
            folder, note=note, verifier=keys.signer.verifier, bodies=log.bodies, hashes=log.hashes, progress=progress
        )
    witness.remember(keys, note)
    return exported
