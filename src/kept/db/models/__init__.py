"""The tables, one file each. Only `kept.db.actions` writes to them, only `kept.db.access` reads from them for others."""

from .checkpoint import Checkpoint
from .destroyed_key import DestroyedKey
from .finding import Finding
from .key_fingerprint import KeyFingerprint
from .ledger_entry import LedgerEntry
from .ledger_node import LedgerNode
from .obligation import Obligation
from .outbox import Outbox
from .plan import Plan
from .run import Run
from .scan_column import ScanColumn
from .step import Step
from .tombstone import Tombstone

__all__ = [
    "Checkpoint",
    "DestroyedKey",
    "Finding",
    "KeyFingerprint",
    "LedgerEntry",
    "LedgerNode",
    "Obligation",
    "Outbox",
    "Plan",
    "Run",
    "ScanColumn",
    "Step",
    "Tombstone",
]
