"""The mark of each clause: what the last check found, since when it holds, and how it was day by day. Marks are public.

A check that judged by an imagined day turns no mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db.models import Max

from kept.base.roles import Who
from kept.base.verdicts import Mark, worst
from kept.db.failures import database_errors
from kept.db.models import Run, Turn

__all__ = ["ClauseMark", "Marks", "MarkTurn", "current_marks", "mark_turns", "strips"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseMark:
    """A clause's mark, and the moment of the check from which on every check found it."""

    clause: str
    mark: Mark
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the last check came to: its number, its moment, and the mark of every clause it looked at. No run: never checked."""

    run: int | None = None
    checked_at: datetime | None = None
    by_clause: Mapping[str, ClauseMark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTurn:
    """That a clause's mark changed; `before` and `after` are None where it was not checked."""

    number: int
    clause: str
    at: datetime
    before: Mark | None
    after: Mark | None


def current_marks() -> Marks:
    """Return the marks as the last check left them. Two queries, whatever the number of checks."""
    with database_errors():
        last = Run.objects.filter(judged_by=None).order_by("-pk").first()
        newest = Turn.objects.values("clause").annotate(newest=Max("pk")).values("newest")
        turns = list(Turn.objects.filter(pk__in=newest).exclude(mark="")) if last else []
    if last is None:
        return Marks()
    by_clause = {one.clause: ClauseMark(clause=one.clause, mark=Mark(one.mark), since=one.at) for one in turns}
    return Marks(run=last.pk, checked_at=last.at, by_clause=by_clause)


def mark_turns(*, limit: int = 50) -> tuple[MarkTurn, ...]:
    """Return the newest changes of marks, newest first."""
    with database_errors():
        found = list(Turn.objects.order_by("-pk")[:limit])
        oldest = found[-1].pk if found else 0
        clauses = {one.clause for one in found}
        earlier = Turn.objects.filter(pk__lt=oldest, clause__in=clauses).values("clause").annotate(newest=Max("pk"))
        before = dict(Turn.objects.filter(pk__in=earlier.values("newest")).values_list("clause", "mark"))
    turns = []
    for one in reversed(found):
        was, before[one.clause] = before.get(one.clause, ""), one.mark
        turns.append(MarkTurn(number=one.pk, clause=one.clause, at=one.at, before=_mark(was), after=_mark(one.mark)))
    return tuple(reversed(turns))


def _mark(text: str) -> Mark | None:
    return Mark(text) if text else None


def strips(days: int, by: Who, *, until: date) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001 - marks are everybody's
    """Return for each clause that was checked in the last days its mark on each, oldest first: the worst of the day, empty for a
    day without a check.

    Reads the days' checks and the changes of marks, never the findings: a year of 500 clauses takes milliseconds.
    """
    first = datetime.combine(until - (days - 1) * DAY, datetime.min.time(), UTC)
    last = datetime.combine(until + DAY, datetime.min.time(), UTC)
    with database_errors():
        runs = list(Run.objects.filter(judged_by=None, at__gte=first, at__lt=last).order_by("pk").values_list("pk", "at"))
        start = runs[0][0] if runs else 0
        newest = Turn.objects.filter(run__lt=start).values("clause").annotate(newest=Max("pk")).values("newest")
        before = dict(Turn.objects.filter(pk__in=newest).exclude(mark="").values_list("clause", "mark"))
        turns = Turn.objects.filter(run__gte=start, at__lt=last).order_by("pk").values_list("clause", "run", "mark")
        by_clause: dict[str, dict[int, str]] = {clause: {} for clause in before}
        for clause, run, mark in turns:
            by_clause.setdefault(clause, {})[run] = mark
    places = [(run, (at - first) // DAY) for run, at in runs]
    found = {clause: _strip(days, before.get(clause, ""), turned, places) for clause, turned in by_clause.items()}
    return {clause: strip for clause, strip in found.items() if any(strip)}


def _strip(days: int, mark: str, turned: Mapping[int, str], places: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    cells = [""] * days
    for run, place in places:
        mark = turned.get(run, mark)
        held = cells[place]
        cells[place] = mark if not held or held == mark else _worse((held, mark))
    return tuple(cells)


def _worse(marks: Iterable[str]) -> str:
    return worst(Mark(one) for one in marks if one).value
