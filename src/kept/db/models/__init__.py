"""The tables, one file each. Only `kept.db.actions` writes to them, only `kept.db.access` reads from them for others."""

from .account import Account
from .api_key import ApiKey
from .checkpoint import Checkpoint
from .choice import Choice
from .destroyed_key import DestroyedKey
from .edition import Edition
from .finding import Finding
from .job import Job
from .key_fingerprint import KeyFingerprint
from .ledger_entry import LedgerEntry
from .ledger_node import LedgerNode
from .obligation import Obligation
from .outbox import Outbox
from .plan import Plan
from .proposal import Proposal
from .reply import Reply
from .request import Request
from .run import Run
from .scan_column import ScanColumn
from .step import Step
from .tombstone import Tombstone
from .turn import Turn
from .viewing import Viewing

__all__ = [
    "Account",
    "ApiKey",
    "Checkpoint",
    "Choice",
    "DestroyedKey",
    "Edition",
    "Finding",
    "Job",
    "KeyFingerprint",
    "LedgerEntry",
    "LedgerNode",
    "Obligation",
    "Outbox",
    "Plan",
    "Proposal",
    "Reply",
    "Request",
    "Run",
    "ScanColumn",
    "Step",
    "Tombstone",
    "Turn",
    "Viewing",
]
