"""The board: what the last check found promise by promise, how that was over time, and what people owe for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from django.db.models import Count

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.base.verdicts import Mark, worst
from kept.db.failures import database_errors
from kept.db.models import Finding, Obligation, Run

from .runs import PastFinding

__all__ = [
    "Owing",
    "PromiseNow",
    "Tally",
    "findings_of_clause",
    "owing",
    "owing_of_clause",
    "promise_strips",
    "promises_now",
    "tallies",
]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseNow:
    """What one kind of promise of a clause came to in a run: its worst mark, and how many findings have each."""

    clause: str
    code: str
    mark: Mark
    counts: Mapping[Mark, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many findings had each mark in the last check of a day."""

    day: date
    kept: int
    broken: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """What a person owes, or did: `key` names it in forms."""

    key: str
    finding: str
    title: str
    owner: str
    due: date
    wanted: str
    evidence: str
    opened_at: datetime
    closed_at: datetime | None

    @property
    def clause(self) -> str:
        """The clause whose promise asked for it."""
        return self.finding.split(" ")[0]


def promises_now(run: int | None, *, by: Who) -> tuple[PromiseNow, ...]:
    """Return what every kind of promise of every clause came to in a run; nothing where there was none. One query."""
    _may_read(by)
    found: dict[tuple[str, str], dict[Mark, int]] = {}
    with database_errors():
        counted = Finding.objects.filter(run=run).values_list("clause", "code", "mark").annotate(count=Count("pk"))
        for clause, code, mark, count in counted.order_by():
            found.setdefault((clause, code), {})[Mark(mark)] = count
    return tuple(
        PromiseNow(clause=clause, code=code, mark=worst(counts), counts=counts) for (clause, code), counts in sorted(found.items())
    )


def findings_of_clause(run: int | None, clause: str, *, by: Who) -> tuple[PastFinding, ...]:
    """Return what a run found about one clause, in its order."""
    _may_read(by)
    with database_errors():
        return tuple(
            PastFinding(clause=one.clause, code=one.code, about=one.about, mark=Mark(one.mark), reason=one.reason)
            for one in Finding.objects.filter(run=run, clause=clause).order_by("position")
        )


def promise_strips(clause: str, *, days: int, until: date, by: Who) -> Mapping[str, tuple[str, ...]]:
    """Return for each kind of promise of a clause its mark on each of the last days, oldest first; empty for a day without a check.

    Checks that judged by an imagined day do not count. Two queries.
    """
    _may_read(by)
    places = dict(_places(days, until))
    cells: dict[str, list[str]] = {}
    with database_errors():
        if not places:
            return {}
        found = Finding.objects.filter(clause=clause, run__gte=min(places)).order_by().values_list("run", "code", "mark").distinct()
        for run, code, mark in found:
            if run in places:
                strip = cells.setdefault(code, [""] * days)
                at = places[run]
                strip[at] = worst([Mark(mark), Mark(strip[at])]).value if strip[at] else mark
    return {code: tuple(strip) for code, strip in sorted(cells.items())}


def tallies(*, days: int, until: date, by: Who) -> tuple[Tally, ...]:
    """Return what the last check of each of the last days came to, oldest first; days without one are left out."""
    _may_read(by)
    found: dict[date, Tally] = {}
    first = datetime.combine(until - (days - 1) * DAY, datetime.min.time(), UTC)
    with database_errors():
        runs = Run.objects.filter(judged_by=None, at__gte=first).order_by("pk").values_list("at", "kept", "broken", "unknown")
        for at, kept, broken, unknown in runs:
            day = at.astimezone(UTC).date()
            found[day] = Tally(day=day, kept=kept, broken=broken, unknown=unknown)
    return tuple(found.values())


def owing(*, by: Who) -> tuple[Owing, ...]:
    """Return everything that is owed now, the soonest due first."""
    _may_read(by)
    with database_errors():
        return tuple(_owing(one) for one in Obligation.objects.filter(closed_at=None).order_by("due", "pk"))


def owing_of_clause(clause: str, *, by: Who) -> tuple[Owing, ...]:
    """Return what is owed for a clause and what was, the open ones first, the soonest due first."""
    _may_read(by)
    with database_errors():
        found = Obligation.objects.filter(finding__startswith=f"{clause} ").order_by("-closed_at", "due", "pk")
        every = tuple(_owing(one) for one in found[:200])
    return tuple(sorted(every, key=lambda one: one.closed_at is not None))


def _places(days: int, until: date) -> Iterator[tuple[int, int]]:
    """Yield the number of each run of the last days, with its day's place among them."""
    first = datetime.combine(until - (days - 1) * DAY, datetime.min.time(), UTC)
    last = datetime.combine(until + DAY, datetime.min.time(), UTC)
    with database_errors():
        for pk, at in Run.objects.filter(judged_by=None, at__gte=first, at__lt=last).order_by("pk").values_list("pk", "at"):
            yield pk, (at - first) // DAY


def _owing(one: Obligation) -> Owing:
    return Owing(
        key=sha256(f"{one.key}{one.opened_at.isoformat()}".encode()).hexdigest()[:16],
        finding=one.finding,
        title=one.title,
        owner=one.owner,
        due=one.due,
        wanted=one.wanted,
        evidence=one.evidence,
        opened_at=one.opened_at,
        closed_at=one.closed_at,
    )


def _may_read(by: Who) -> None:
    if not by.may("board.read"):
        raise NotThere("There is no board here", todo="Ask an owner for the role that may read it.")
