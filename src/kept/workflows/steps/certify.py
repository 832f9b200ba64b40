"""Certify: what was erased is stated and signed, with the proof that the ledger has it."""

from __future__ import annotations

from typing import Any

from kept.base.errors import IntegrityError
from kept.db.access.cases import Case
from kept.db.access.erasures import Erased, erased
from kept.db.actions.certificates import certify
from kept.db.actions.request_steps import Held, keep_trail
from kept.workflows.outcomes import Done, Outcome
from kept.workflows.world import World

__all__ = ["run", "statement_of"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Sign the certificate of a request whose erasure was proved. Raises IntegrityError before that."""
    found = erased([case.ref])[case.ref]
    if case.subject and found.proved_at is None:
        raise IntegrityError(
            "this erasure was not proved, and cannot be certified", todo="Look at its sweep; tell us, this is a defect."
        )
    certify({case.ref: statement_of(found, world.settings.company.name)}, at=world.now(), actor=world.actor)
    keep_trail(held, trail={"values": case.trail["values"]} if found.stays and "values" in case.trail else {})
    return Done(told={"certified": 1})


def statement_of(found: Erased, company: str) -> dict[str, Any]:
    """Return what a certificate states. It names nobody; rows are counted where they are one person's alone."""
    alone = found.people == 1
    return {
        "what": "erasure",
        "company": company,
        "request": found.request,
        "received": found.received_at.isoformat(),
        "proved": found.proved_at.isoformat() if found.proved_at else None,
        "found": any(part.get("done") for part in found.stores.values()) or bool(found.stays),
        "erased_together": found.people,
        "stores": {
            store: {"state": part.get("state", ""), "tables": part.get("done", {}) if alone else sorted(part.get("done", {}))}
            for store, part in found.stores.items()
        },
        "keys_destroyed": int(found.told.get("keys", 0)) if alone else None,
        "keys_restorable_until": found.told.get("keys_until"),
        "texts_of_others": found.told.get("mentions", {}) if alone else {},
        "kept": [
            {
                "table": one.table,
                "why": one.why,
                "rule": one.rule,
                "rows": one.rows,
                "until": one.until.date().isoformat() if one.until else None,
            }
            for one in found.stays
        ],
        "processors": [{"name": one.processor, "state": one.state, "evidence": one.evidence} for one in found.asked],
    }
