"""What may be read from Kept's database: values, never rows of a model.

`last_run()`, `history(limit)`, `findings_of(run)`; `plan_by_digest(digest)`, `open_plans()`, `steps_of(digest)`;
`open_obligations()`; `erased_list(column)`, `erased_lists()`, `erased_columns()`; `last_scan(store)`; `newest_checkpoint()`,
`verifier_key()`, `pending()`, `proof_of(index)`, `entries(first)`; `destroyed_keys()`.
"""

from kept.db.ready import READY

from .ledger import LedgerProof, entries, newest_checkpoint, pending, proof_of, verifier_key
from .obligations import OpenObligation, open_obligations
from .plans import KnownPlan, KnownStep, open_plans, plan_by_digest, steps_of
from .runs import PastFinding, PastRun, findings_of, history, last_run
from .scans import SeenColumn, last_scan
from .tombstones import erased_columns, erased_list, erased_lists
from .vault import destroyed_keys

__all__ = [
    "READY",
    "KnownPlan",
    "KnownStep",
    "LedgerProof",
    "OpenObligation",
    "PastFinding",
    "PastRun",
    "SeenColumn",
    "destroyed_keys",
    "entries",
    "erased_columns",
    "erased_list",
    "erased_lists",
    "findings_of",
    "history",
    "last_run",
    "last_scan",
    "newest_checkpoint",
    "open_obligations",
    "open_plans",
    "pending",
    "plan_by_digest",
    "proof_of",
    "steps_of",
    "verifier_key",
]
