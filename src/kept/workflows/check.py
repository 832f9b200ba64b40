"""Check: load the policy, ask the stores in rounds, judge, and remember what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from kept.base.errors import IntegrityError
from kept.base.names import Column
from kept.base.ports import Connector, Progress, silent
from kept.base.questions import Answers
from kept.base.verdicts import Mark
from kept.db import access, actions
from kept.db.holding import with_placed_holds
from kept.detectors.registry import detectors
from kept.planning.judging import Report, bind, judge, still_to_ask
from kept.policy.load import load
from kept.policy.policy import Policy
from kept.promises.registry import terms

from .stores import ask, opened

__all__ = ["check", "check_stores", "clock", "keys_of_people", "load_policy", "policy_in_force", "record"]

MOST_ROUNDS = 10
"""A promise that still wants to know more after this many rounds does not know what it wants."""


def load_policy(folder: Path) -> Policy:
    """Return the policy of a privacy folder. Raises PolicyErrors with every place that needs mending."""
    coarse = [kind for kind, detector in detectors().items() if detector.coarsen is not None]
    return load(folder, terms(), kinds=coarse)


def policy_in_force(folder: Path) -> Policy:
    """Return the policy of a privacy folder with the holds that staff placed beside it. Raises PolicyErrors, SourceError."""
    return with_placed_holds(load_policy(folder))


def keys_of_people(policy: Policy) -> Iterator[Column]:
    """Yield the columns whose values tell people apart, one a table of people: those an erased person is remembered by."""
    for mapped in policy.tables():
        if mapped.map.subject is not None:
            yield mapped.table.column(mapped.map.subject.key)


def check(folder: Path, *, now: datetime, actor: str, imagined: bool = False, progress: Progress = silent) -> Report:
    """Return what every promise comes to at `now`, recorded in the ledger; `imagined` says that this is another day than today.

    Raises PolicyErrors; a store's failure is an unknown.
    """
    policy = policy_in_force(folder)
    with opened(policy, folder, actor) as stores:
        report = check_stores(policy, stores, now=now, progress=progress)
    record(report, actor=actor, imagined=imagined)
    return report


def check_stores(policy: Policy, stores: Mapping[str, Connector], *, now: datetime, progress: Progress = silent) -> Report:
    """Return what every promise comes to, asking stores that are open already; nothing is recorded."""
    judged = bind(policy, access.erased_lists())
    answers = Answers()
    for _ in range(MOST_ROUNDS):
        questions = still_to_ask(judged, now, answers)
        if not questions:
            return judge(policy, judged, now, answers)
        answers.merge(ask(stores, questions, progress))
    raise IntegrityError(f"the promises asked for more after {MOST_ROUNDS} rounds", todo="Report this; it is a defect in Kept.")


def clock() -> datetime:
    """Return the time that the record bears, whatever day the promises are judged by."""
    return datetime.now(UTC)


def record(report: Report, *, actor: str, imagined: bool = False) -> int:
    """Remember a report and return the run's number; the record bears the time it is written at, and the day it was judged by.

    Obligations of promises that are kept are closed, unless the day was imagined: nobody has met one by thinking of 2010.
    """
    found = [
        actions.Found(
            clause=finding.clause, code=finding.code, about=finding.about, mark=finding.verdict.mark, reason=finding.sentence
        )
        for finding in report.findings
    ]
    at = clock()
    judged_by = report.at if imagined else None
    run = actions.record_run(policy=report.digest, findings=found, at=at, actor=actor, judged_by=judged_by)
    owed = set() if imagined else {obligation.finding for obligation in access.open_obligations()}
    for finding in report.findings:
        if finding.verdict.mark is Mark.KEPT and finding.key in owed:
            actions.close_obligation(finding=finding.key, evidence=f"run {run}: {finding.sentence}", at=at, actor=actor)
    return run
