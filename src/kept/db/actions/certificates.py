"""Certificates of erasure: the statement enters the ledger, and is handed out with the proof that it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from kept.base.errors import IntegrityError
from kept.db import log
from kept.db.keys import current
from kept.db.models import Certificate, Request
from kept.ledger.certificate import canonical, digest_of, write_certificate
from kept.ledger.entries import Entry
from kept.ledger.proofs import inclusion_proofs, tile_nodes
from kept.rights.registry import right as right_of

from .action import action, named
from .rows import Insert, insert
from .sequence import append_group
from .sweeps import write_steps

__all__ = ["certify", "certify_sweep"]

BEFORE: Final = "processors"
NAME: Final = "certify"
CERTIFICATES: Final = Insert(
    sqlite="INSERT INTO kept_certificate (request_id, text, made_at) VALUES (?, ?, ?)",
    one="INSERT INTO kept_certificate (request_id, text, made_at) VALUES (%s, %s, %b)",
    many="INSERT INTO kept_certificate (request_id, text, made_at) "
    "SELECT * FROM unnest(%s::bigint[], %s::text[], %b::timestamptz[])",
)


@action
def certify_sweep(
    statements: Mapping[str, Mapping[str, Any]], *, sweep: str, keeping_trail: Sequence[str], at: datetime, actor: str
) -> None:
    """Write the certificates of a sweep's requests that have just been proved and that no processor need be asked for.

    What `processors` and `certify` write is written for all together, and the requests go on to what follows. One that a worker
    has taken up meanwhile is left to it. `keeping_trail` are those of whom something stays. Raises IntegrityError.
    """
    free = Request.objects.filter(sweep__ref=sweep, stage=BEFORE, leased_until__isnull=True, ref__among=list(statements))
    rows = list(free.order_by("id").select_for_update(of=("self",)).values_list("id", "ref", "right", "sweep_id"))
    if not rows:
        return
    certify({ref: statements[ref] for _, ref, _, _ in rows}, at=at, actor=actor)
    write_steps(rows[0][3], BEFORE, state="done", told={"asked": 0}, at=at)
    write_steps(rows[0][3], NAME, state="done", told={"certified": 1}, at=at)
    stages: dict[str, list[int]] = {}
    for pk, _, right, _ in rows:
        stages.setdefault(right_of(right).after(NAME), []).append(pk)
    for stage, pks in stages.items():
        Request.objects.filter(pk__among=pks).update(stage=stage, wake_at=at, changed_at=at)
    kept = set(keeping_trail)
    Request.objects.filter(pk__among=[pk for pk, ref, _, _ in rows if ref not in kept]).update(trail="")


@action
def certify(statements: Mapping[str, Mapping[str, Any]], *, at: datetime, actor: str) -> Mapping[str, str]:
    """Write a certificate for each request (by its reference) and return their texts; one that has one keeps it.

    One group of the ledger for all of them. Raises IntegrityError where the ledger does not hold what was just written.
    """
    there = dict(Certificate.objects.filter(request__ref__among=list(statements)).values_list("request__ref", "text"))
    new = {ref: statement for ref, statement in statements.items() if ref not in there}
    if not new:
        return there
    bodies = _entries(new, at, named(actor))
    first = append_group(bodies)
    newest = log.newest()
    if newest is None or newest.size < first + len(bodies):
        raise IntegrityError("The ledger does not hold what was just written into it", todo="Run `kept check`.")
    paths = inclusion_proofs(first, first + len(bodies), newest.size, tile_nodes(log.hashes))
    said = {"checkpoint": newest.note, "key": str(current().signer.verifier)}
    each = zip(new.items(), bodies, paths, strict=True)
    made = {
        ref: write_certificate(statement, entry=body, index=index, path=path, **said)
        for index, ((ref, statement), body, path) in enumerate(each, start=first)
    }
    _keep(made, at)
    return {**there, **made}


def _keep(made: Mapping[str, str], at: datetime) -> None:
    rows = list(Request.objects.filter(ref__among=list(made)).values_list("id", "ref"))
    moment = connection.ops.adapt_datetimefield_value(at)
    insert(CERTIFICATES, [[pk for pk, _ in rows], [made[ref] for _, ref in rows], [moment] * len(rows)])


def _entries(statements: Mapping[str, Mapping[str, Any]], at: datetime, actor: str) -> list[bytes]:
    """Return the ledger's entry about each statement."""
    return [
        Entry(
            kind="erasure.certified", at=at, actor=actor, facts={"request": ref, "statement": digest_of(canonical(statement))}
        ).body()
        for ref, statement in statements.items()
    ]
