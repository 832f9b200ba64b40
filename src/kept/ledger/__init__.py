"""A log that cannot be rewritten unseen: hashing, proofs, signed checkpoints, and the check of an exported folder.

Nothing here knows a database, Django, or an event by name. The tree is RFC 6962's, the checkpoint is C2SP's signed note, the
folder is laid out as C2SP tlog-tiles, so that tools which are not ours can read and check it.
"""

from .checkpoints import Checkpoint
from .entries import Entry, Fact
from .folder import VerifiedLedger, verify_folder
from .notes import Signer, Verifier
from .proofs import verify_consistency, verify_inclusion

__all__ = [
    "Checkpoint",
    "Entry",
    "Fact",
    "Signer",
    "VerifiedLedger",
    "Verifier",
    "verify_consistency",
    "verify_folder",
    "verify_inclusion",
]
