"""The tables, one file each, and the lookup `among` for their fields. Only `kept.db.actions` writes to them, only `kept.db.access`
reads from them for others.
"""

from kept.db.lookups import Among

from .account import Account
from .agent import AgentRequest, AgentToken
from .api_key import ApiKey
from .bundle import Bundle
from .certificate import Certificate
from .challenge import Challenge
from .checkpoint import Checkpoint
from .choice import Choice
from .destroyed_key import DestroyedKey
from .edition import Edition
from .finding import Finding
from .job import Job
from .key_fingerprint import KeyFingerprint
from .ledger_entry import LedgerEntry
from .ledger_node import LedgerNode
from .letter import Letter
from .obligation import Obligation
from .order import Order
from .outbox import Outbox
from .placed_hold import PlacedHold
from .plan import Plan
from .proposal import Proposal
from .remainder import Remainder
from .reply import Reply
from .request import Request
from .request_step import RequestStep
from .restraint import Restraint
from .run import Run
from .scan_column import ScanColumn
from .step import Step
from .sweep import Sweep
from .tombstone import Tombstone
from .turn import Turn
from .viewing import Viewing

__all__ = [
    "Account",
    "AgentRequest",
    "Among",
    "AgentToken",
    "ApiKey",
    "Bundle",
    "Certificate",
    "Challenge",
    "Checkpoint",
    "Choice",
    "DestroyedKey",
    "Edition",
    "Finding",
    "Job",
    "KeyFingerprint",
    "LedgerEntry",
    "LedgerNode",
    "Letter",
    "Obligation",
    "Order",
    "Outbox",
    "PlacedHold",
    "Plan",
    "Proposal",
    "Remainder",
    "Reply",
    "Request",
    "RequestStep",
    "Restraint",
    "Run",
    "ScanColumn",
    "Step",
    "Sweep",
    "Tombstone",
    "Turn",
    "Viewing",
]
