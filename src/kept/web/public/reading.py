"""The policy as it is read: each clause with its mark, since when, and what was looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.conf import settings

from kept.base.errors import PolicyErrors
from kept.base.verdicts import Mark
from kept.db.access.editions import KnownEdition
from kept.db.access.marks import Marks
from kept.db.access.runs import PastFinding, findings_of
from kept.policy.comparing import Wording
from kept.policy.policy import Policy
from kept.promises.registry import terms
from kept.web.shared.policy import current_policy

__all__ = ["Evidence", "Past", "ReadClause", "Summary", "introduction_of", "policy_or_none", "read_clauses", "summed", "with_past"]

MOST_EVIDENCE = 4
"""Findings shown for one clause; a page stays small however many there are."""
WORST_FIRST = (Mark.BROKEN, Mark.UNKNOWN, Mark.KEPT)
HEADING = re.compile(r"\A\s*#[^\n]*\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was looked at; `about` and `sentence` are empty where the company shows marks only."""

    mark: str
    code: str
    title: str
    about: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A clause's last days: stretches of days with one mark as mark, first day and number of days; and the days of each mark."""

    stretches: tuple[tuple[str, int, int], ...]
    kept: int
    broken: int
    unknown: int

    @property
    def days(self) -> int:
        """On how many of them it was checked."""
        return self.kept + self.broken + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadClause:
    """A clause as people read it. `mark` is kept, broken or unknown, or empty where no program checks it."""

    wording: Wording
    mark: str
    since: datetime | None
    codes: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    more: bool
    past: Past | None = None
    """How it was in the last days; None where it was checked on fewer than two of them, or nobody asked."""

    @property
    def anchor(self) -> str:
        """Where on the page it stands."""
        return f"c-{self.wording.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many clauses have each mark, and the mark of each in order, for the drawing."""

    kept: int
    broken: int
    unknown: int
    unchecked: int
    marks: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many clauses there are."""
        return len(self.marks)

    @property
    def checked(self) -> int:
        """How many of them a program checks."""
        return self.total - self.unchecked


def policy_or_none() -> Policy | None:
    """Return the policy in the folder, or None while somebody is editing it and it cannot be read."""
    try:
        return current_policy()
    except PolicyErrors:
        return None


def read_clauses(edition: KnownEdition, marks: Marks) -> tuple[ReadClause, ...]:
    """Return the clauses of a text with what the last check found. One query."""
    policy = policy_or_none()
    bound: dict[str, set[str]] = {}
    for one in policy.bound if policy else ():
        bound.setdefault(one.clause, set()).add(one.code)
    found: dict[str, list[PastFinding]] = {}
    for finding in findings_of(marks.run) if marks.run else ():
        found.setdefault(finding.clause, []).append(finding)
    return tuple(_read(one, marks, bound.get(one.id, set()), found.get(one.id, [])) for one in edition.clauses)


def _read(wording: Wording, marks: Marks, codes: set[str], found: Sequence[PastFinding]) -> ReadClause:
    held = marks.by_clause.get(wording.id)
    evidence = _evidence(found)
    return ReadClause(
        wording=wording,
        mark=held.mark.value if held else (Mark.UNKNOWN.value if codes else ""),
        since=held.since if held else None,
        codes=tuple(sorted(codes | {one.code for one in found})),
        evidence=evidence[:MOST_EVIDENCE],
        more=len(evidence) > MOST_EVIDENCE,
    )


def _evidence(found: Iterable[PastFinding]) -> tuple[Evidence, ...]:
    """Return what was looked at, the worst first: with names and sentences where the company shows them, else each kind once."""
    known, open_to_all = terms(), settings.KEPT.web.counts
    shown = (
        Evidence(
            mark=one.mark.value,
            code=one.code,
            title=getattr(known.get(one.code), "title", one.code),
            about=one.about if open_to_all else "",
            sentence=one.reason if open_to_all else "",
        )
        for one in sorted(found, key=lambda one: WORST_FIRST.index(one.mark))
    )
    return tuple(dict.fromkeys(shown))


def with_past(clauses: Sequence[ReadClause], strips: Mapping[str, Sequence[str]]) -> tuple[ReadClause, ...]:
    """Return the clauses with their last days."""
    past = {clause: _past(strip) for clause, strip in strips.items()}
    return tuple(replace(one, past=found) if (found := past.get(one.wording.id)) and found.days > 1 else one for one in clauses)


def _past(strip: Sequence[str]) -> Past:
    stretches, first = [], 0
    for mark, days in groupby(strip):
        width = sum(1 for _ in days)
        stretches.append((mark, first, width))
        first += width
    return Past(stretches=tuple(stretches), kept=strip.count("kept"), broken=strip.count("broken"), unknown=strip.count("unknown"))


def summed(clauses: Sequence[ReadClause]) -> Summary:
    """Return the clauses in numbers."""
    marks = tuple(one.mark for one in clauses)
    counts: Mapping[str, int] = {mark: marks.count(mark) for mark in ("kept", "broken", "unknown", "")}
    return Summary(kept=counts["kept"], broken=counts["broken"], unknown=counts["unknown"], unchecked=counts[""], marks=marks)


def introduction_of(edition: KnownEdition) -> str:
    """Return the prose before the first clause without the heading it begins with: the page has its own."""
    return HEADING.sub("", edition.introduction, count=1).strip()
