"""Which plan mends a clause: the newest one that waits or was approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kept.base.roles import Who
from kept.db.access.proposals import open_proposal
from kept.planning.plan import Plan
from kept.planning.planfile import read_plan

from .words import change_words

__all__ = ["Mending", "mending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """The plan, by its digest (empty for none), and what it does for each finding of a clause, by what that is about."""

    digest: str = ""
    state: str = ""
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What it does: what each finding is about, and what is done for it."""
        return tuple(self.steps.items())


def mending(clause: str, *, by: Who) -> Mending:
    """Return what the newest open plan does for a clause; nothing where no plan is open or it leaves the clause alone."""
    newest = open_proposal(by=by)
    if newest is None:
        return Mending()
    steps = _steps(read_plan(newest.content), clause)
    return Mending(digest=newest.digest, state=newest.state, steps=steps) if steps else Mending()


def _steps(plan: Plan, clause: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for step in plan.steps:
        if step.finding.startswith(f"{clause} "):
            found.setdefault(_about(step.finding), []).append(
                f"{change_words(step.change)} ({step.table})" if step.table else change_words(step.change)
            )
    for owed in plan.obligations:
        if owed.finding.startswith(f"{clause} "):
            found.setdefault(_about(owed.finding), []).append(owed.obligation.title)
    return {about: tuple(dict.fromkeys(lines)) for about, lines in found.items()}


def _about(finding: str) -> str:
    """Return a finding's key without its clause and its promise: what it is about."""
    return finding.split(" ", 2)[-1]
