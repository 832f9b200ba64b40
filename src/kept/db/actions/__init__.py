"""The only code that writes to Kept's database. Every action is one transaction, and its ledger entry is part of it.

All arguments are keyword-only plain values; `at` is a moment with a time zone, `actor` a code and never a person's name.

| action | returns |
|---|---|
| `record_run(policy, findings: Sequence[Found], at, actor, judged_by=None)` | the run's number |
| `open_plan(digest, policy, made_at, steps: Sequence[Planned], at, actor)` | False where it was open already |
| `record_intent(plan, position, at, actor)` | the attempt, from 1; Refused where the step is done |
| `record_progress(plan, position, rows, at, actor)` | rows of this attempt so far |
| `record_receipt(plan, position, rows, batches, remaining, at, actor)` | step done, or failed where rows remain |
| `fail_step(plan, position, rows, error, at, actor)` | step failed; may be intended again |
| `open_obligation(finding, title, owner, due, wanted, at, actor)` | False where it is open already |
| `close_obligation(finding, evidence, at, actor, title=None)` | how many were closed |
| `add_tombstones(column: Column, values, at, actor)` | how many were new |
| `record_scan(store, columns: Sequence[Scanned], at, actor)` | – |
| `record_vault_made(installation, provider, at, actor)` | – |
| `record_vault_intent(what, people, at, actor)` | before keys are changed |
| `record_rotated(keys, old, new, gone_at, at, actor)` | – |
| `record_destroyed(keys: Iterable[bytes], people, why, at, actor, until=None)` | how many were new |
| `record_restored(keys, people, at, actor)` | – |
| `record_windows_closed(keys, at, actor)` | – |
| `record_rekeyed(rows, columns, old, at, actor)` | – |
| `flush()`, `append_group(bodies)` | entries sequenced; place of the first |
| `export_ledger(folder, progress=…)` | `Exported(size, files)` |

`plan` is the plan's digest, `finding` a finding's key. After an action's transaction commits, its entry is given its place in the
log at once; where that fails, the error says that the entry waits in the outbox, and the next action or `flush()` places it.
"""

from kept.db.ready import READY

from .exports import export_ledger
from .obligations import close_obligation, open_obligation
from .plans import Planned, fail_step, open_plan, record_intent, record_progress, record_receipt
from .runs import Found, record_run
from .scans import Scanned, record_scan
from .sequence import append_group, flush
from .tombstones import add_tombstones
from .vault import (
    record_destroyed,
    record_rekeyed,
    record_restored,
    record_rotated,
    record_vault_intent,
    record_vault_made,
    record_windows_closed,
)

__all__ = [
    "READY",
    "Found",
    "Planned",
    "Scanned",
    "add_tombstones",
    "append_group",
    "close_obligation",
    "export_ledger",
    "fail_step",
    "flush",
    "open_obligation",
    "open_plan",
    "record_destroyed",
    "record_intent",
    "record_progress",
    "record_receipt",
    "record_rekeyed",
    "record_restored",
    "record_rotated",
    "record_run",
    "record_scan",
    "record_vault_intent",
    "record_vault_made",
    "record_windows_closed",
]
