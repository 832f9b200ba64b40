"""Recording a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import orjson
from django.db.models import Max

from kept.base.verdicts import Mark, worst
from kept.db.models import Finding, Run, Turn
from kept.ledger.entries import Fact

from .action import action, named, record

__all__ = ["Found", "record_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding: which promise of which clause, about what, and what it came to."""

    clause: str
    code: str
    about: str
    mark: Mark
    reason: str


@action
def record_run(*, policy: str, findings: Sequence[Found], at: datetime, actor: str, judged_by: datetime | None = None) -> int:
    """Remember a check and return its number. `policy` is the digest of the privacy folder; `judged_by` the moment it judged by,
    where that was not the moment it was made.

    The ledger gets the counts, the mark of each clause, and a digest over the findings.
    """
    counts = {mark.value: sum(found.mark is mark for found in findings) for mark in Mark}
    digest = _digest(findings)
    _one_at_a_time()
    run = Run.objects.create(at=at, policy=policy, digest=digest, judged_by=judged_by, actor=actor, **counts)
    Finding.objects.bulk_create(
        [
            Finding(
                run=run,
                position=at_place,
                clause=one.clause,
                code=one.code,
                about=one.about,
                mark=one.mark.value,
                reason=one.reason,
            )
            for at_place, one in enumerate(findings)
        ],
        batch_size=1000,
    )
    if judged_by is None:
        _turn(run, findings)
    imagined: dict[str, Fact] = {} if judged_by is None else {"judged_by": f"{judged_by.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    facts: dict[str, Fact] = {"run": run.pk, "policy": policy, "findings": digest, "clauses": _clauses(findings), **counts}
    record("run.recorded", at=at, actor=actor, **facts, **imagined)
    return run.pk


def _one_at_a_time() -> None:
    """Wait for a run that is being written: the next one must know what the last one found."""
    Run.objects.select_for_update().order_by("-pk").values_list("pk", flat=True).first()


def _turn(run: Run, findings: Sequence[Found]) -> None:
    """Keep which clauses have another mark than before; a day that was only imagined turns none."""
    newest = Turn.objects.values("clause").annotate(newest=Max("pk")).values("newest")
    before = dict(Turn.objects.filter(pk__in=newest).values_list("clause", "mark"))
    by_clause: dict[str, list[Mark]] = {}
    for found in findings:
        by_clause.setdefault(found.clause, []).append(found.mark)
    now = {clause: worst(marks).value for clause, marks in by_clause.items()}
    turned = {clause: now.get(clause, "") for clause in (*now, *(one for one in before if one not in now))}
    Turn.objects.bulk_create(
        [Turn(run=run, at=run.at, clause=clause, mark=mark) for clause, mark in turned.items() if before.get(clause, "") != mark],
        batch_size=1000,
    )


def _clauses(findings: Sequence[Found]) -> dict[str, str]:
    by_clause: dict[str, list[Mark]] = {}
    for found in findings:
        by_clause.setdefault(named(found.clause), []).append(found.mark)
    return {clause: worst(marks).value for clause, marks in by_clause.items()}


def _digest(findings: Sequence[Found]) -> str:
    """Return SHA-256 over the findings as JSON lines of [clause, code, about, mark, reason]."""
    lines = (orjson.dumps([one.clause, one.code, one.about, one.mark.value, one.reason]) for one in findings)
    return sha256(b"\n".join(lines)).hexdigest()
