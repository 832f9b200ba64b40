"""Asking in rounds and judging: what is promised, against what the stores answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kept.base.changes import Change, Obligation
from kept.base.erased import ErasedList
from kept.base.errors import Place
from kept.base.names import Column
from kept.base.questions import Answers, Question
from kept.base.verdicts import Broken, Mark, Verdict, worst
from kept.policy.policy import Coverage, Policy
from kept.promises.promise import Nothing, Promise, Scope

__all__ = ["Finding", "Judged", "Report", "bind", "judge", "still_to_ask"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """A promise together with the clause that makes it and the role that answers for it."""

    clause: str
    code: str
    owner: str
    place: Place
    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one promise of one clause comes to, about one thing."""

    clause: str
    code: str
    about: str
    owner: str
    place: Place
    verdict: Verdict

    @property
    def key(self) -> str:
        """What stays the same from run to run: `5.2 retention app.events`."""
        return f"{self.clause} {self.code} {self.about}"

    @property
    def sentence(self) -> str:
        """The evidence or the reason, in one sentence."""
        verdict = self.verdict
        return verdict.reason if not hasattr(verdict, "evidence") else str(verdict.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a check found. `at` is the moment it judges by, `asked` the number of questions it took."""

    at: datetime
    title: str
    version: str
    digest: str
    coverage: Coverage
    findings: tuple[Finding, ...]
    asked: int

    @property
    def mark(self) -> Mark:
        """Broken if anything is, else unknown if anything is, else kept."""
        return worst(finding.verdict.mark for finding in self.findings)

    def marks(self) -> Mapping[str, Mark]:
        """Return the mark of each clause that makes a promise, in the order of the findings."""
        by_clause: dict[str, list[Mark]] = {}
        for finding in self.findings:
            by_clause.setdefault(finding.clause, []).append(finding.verdict.mark)
        return {clause: worst(marks) for clause, marks in by_clause.items()}

    def count(self, mark: Mark) -> int:
        """Return how many findings have that mark."""
        return sum(finding.verdict.mark is mark for finding in self.findings)

    def remedies(self) -> Iterator[tuple[Finding, Change | Obligation]]:
        """Yield every remedy with the finding that asks for it."""
        for finding in self.findings:
            if isinstance(finding.verdict, Broken):
                yield from ((finding, remedy) for remedy in finding.verdict.remedies)


def bind(policy: Policy, erased: Mapping[Column, ErasedList]) -> tuple[Judged, ...]:
    """Return every promise of the policy, clause by clause, each about one thing; terms that mean nothing are one unknown."""
    judged: list[Judged] = []
    for bound in policy.bound:
        promises = tuple(bound.terms.bind(Scope(policy=policy, owner=bound.owner, erased=erased))) or (Nothing(),)
        judged += [
            Judged(clause=bound.clause, code=bound.code, owner=bound.owner, place=bound.place, promise=promise)
            for promise in promises
        ]
    return tuple(judged)


def still_to_ask(judged: Sequence[Judged], now: datetime, answers: Answers) -> dict[str, list[Question[Any]]]:
    """Return the questions that have no answer yet, by store, each once; empty when every promise can be judged."""
    wanted: dict[Question[Any], None] = {}
    for one in judged:
        wanted.update((question, None) for question in one.promise.questions(now, answers) if not answers.has(question))
    by_store: dict[str, list[Question[Any]]] = {}
    for question in wanted:
        by_store.setdefault(question.store, []).append(question)
    return by_store


def judge(policy: Policy, judged: Sequence[Judged], now: datetime, answers: Answers) -> Report:
    """Return the report: one finding a promise, in the order of the policy's clauses."""
    order = {clause.id: position for position, clause in enumerate(policy.clauses)}
    findings = [
        Finding(
            clause=one.clause,
            code=one.code,
            about=one.promise.about,
            owner=one.owner,
            place=one.place,
            verdict=one.promise.judge(now, answers),
        )
        for one in sorted(judged, key=lambda one: order.get(one.clause, len(order)))
    ]
    return Report(
        at=now,
        title=policy.title,
        version=policy.version,
        digest=policy.digest,
        coverage=policy.coverage(),
        findings=tuple(findings),
        asked=len(answers),
    )
