"""Checks that were run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.base.verdicts import Mark
from kept.db.failures import database_errors
from kept.db.models import Finding, Run

__all__ = ["PastFinding", "PastRun", "findings_of", "history", "last_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A check that was run: its number, its moment, the policy's digest, and how many findings had each mark."""

    number: int
    at: datetime
    policy: str
    kept: int
    broken: int
    unknown: int
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFinding:
    """What a check found about one thing."""

    clause: str
    code: str
    about: str
    mark: Mark
    reason: str

    @property
    def key(self) -> str:
        """What stays the same from run to run: `5.2 retention app.events`."""
        return f"{self.clause} {self.code} {self.about}"


def last_run() -> PastRun | None:
    """Return the newest run, or None where nothing was ever checked."""
    return next(iter(history(limit=1)), None)


def history(*, limit: int = 20, before: int | None = None) -> tuple[PastRun, ...]:
    """Return the newest runs, or the newest before one, newest first, whatever day each judged by."""
    found = Run.objects.order_by("-pk") if before is None else Run.objects.filter(pk__lt=before).order_by("-pk")
    with database_errors():
        return tuple(_past(run) for run in found[:limit])


def findings_of(run: int) -> tuple[PastFinding, ...]:
    """Return what the run of that number found, in its order; nothing where there is no such run."""
    with database_errors():
        return tuple(
            PastFinding(clause=one.clause, code=one.code, about=one.about, mark=Mark(one.mark), reason=one.reason)
            for one in Finding.objects.filter(run=run).order_by("position")
        )


def _past(run: Run) -> PastRun:
    return PastRun(
        number=run.pk,
        at=run.at,
        policy=run.policy,
        kept=run.kept,
        broken=run.broken,
        unknown=run.unknown,
        actor=run.actor,
    )
