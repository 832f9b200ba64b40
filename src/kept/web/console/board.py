"""The board: every clause with its promises, and one page for each clause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from inspect import cleandoc

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.access.board import (
    Owing,
    PromiseNow,
    Tally,
    findings_of_clause,
    owing,
    owing_of_clause,
    promise_strips,
    promises_now,
    tallies,
)
from kept.db.access.marks import Marks, current_marks, strips
from kept.db.access.runs import PastFinding
from kept.db.actions.jobs import ask_for_job
from kept.db.actions.obligations import close_obligation
from kept.policy.clauses import Clause
from kept.policy.policy import Policy
from kept.promises.registry import terms
from kept.web.shared.asking import staff, who
from kept.web.shared.policy import current_policy

from .drawing import shares_bar, strip_svg, summed_up, tally_svg
from .forms import EvidenceForm
from .mending import Mending, mending
from .page import going, now, page
from .words import MARKS, word

__all__ = ["ask_check", "board", "clause", "close_owed"]

DAYS, YEAR = 90, 365
CHECK_KEY = "policy"
FILTERS = ("broken", "unknown", "kept", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A clause on the board: its mark (empty where it was not checked), since when, its strip, its promises, what is owed."""

    clause: Clause
    mark: str
    since: datetime | None
    strip: SafeString | None
    owners: tuple[str, ...]
    promises: tuple[PromiseNow, ...]
    owing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """One kind of promise on a clause's page: what it means, what would mend it, what was found, a year of it."""

    code: str
    title: str
    remedy: str
    mark: str
    findings: tuple[PastFinding, ...]
    kept: int
    strip: SafeString | None


@staff("board.read")
def board(request: HttpRequest) -> HttpResponse:
    """Every clause that makes a promise a program keeps, with its mark and its last 90 days."""
    by, policy, marks, today = who(request), current_policy(), current_marks(), now().date()
    rows = tuple(_rows(policy, marks, by, today))
    wanted = request.GET.get("mark", "")
    counts = Counter(row.mark or "none" for row in rows)
    tally = tallies(days=DAYS, until=today, by=by)
    return page(
        request,
        "board",
        "board",
        rows=[row for row in rows if wanted not in FILTERS or (row.mark or "none") == wanted],
        wanted=wanted if wanted in FILTERS else "",
        counts=[(mark, counts[mark]) for mark in FILTERS if counts[mark]],
        bar=shares_bar(counts, _in_words(counts)),
        tally=_tally(tally, today),
        last=tally[-1] if tally else None,
        marks=marks,
        without=policy.coverage().without,
        **going("check", CHECK_KEY),
    )


def _rows(policy: Policy, marks: Marks, by: Who, today: date) -> Iterable[Row]:
    drawn = strips(DAYS, by, until=today)
    promises: dict[str, list[PromiseNow]] = defaultdict(list)
    for one in promises_now(marks.run, by=by):
        promises[one.clause].append(one)
    owed = Counter(one.clause for one in owing(by=by))
    owners: dict[str, dict[str, None]] = defaultdict(dict)
    for bound in policy.bound:
        owners[bound.clause][bound.owner] = None
    words = {mark: _(said).lower() for mark, said in MARKS.items()}
    for clause in policy.clauses:
        if clause.id in owners:
            known, cells = marks.by_clause.get(clause.id), drawn.get(clause.id, ())
            yield Row(
                clause=clause,
                mark=known.mark.value if known else "",
                since=known.since if known else None,
                strip=strip_svg(cells, summed_up(cells, words)) if cells else None,
                owners=tuple(owners[clause.id]),
                promises=tuple(promises[clause.id]),
                owing=owed[clause.id],
            )


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word(MARKS, mark)}: {counts[mark]}" for mark in FILTERS if counts.get(mark))


def _tally(found: tuple[Tally, ...], today: date) -> SafeString | None:
    if len(found) < 2:
        return None
    words = {"first": found[0].broken, "last": found[-1].broken, "days": DAYS}
    label = _("In the last %(days)d days, broken findings went from %(first)d to %(last)d") % words
    return tally_svg(found, days=DAYS, until=today, label=label)


@staff("check.run")
@require_POST
def ask_check(request: HttpRequest) -> HttpResponse:
    """Ask for a check; one that is under way is shown, not doubled."""
    ask_for_job(kind="check", key=CHECK_KEY, wanted={}, by=who(request), at=now())
    return redirect("console:board")


@staff("board.read")
def clause(request: HttpRequest, clause: str) -> HttpResponse:
    """One clause: its words, its promises with their evidence, what would mend them, and what is owed."""
    by, policy = who(request), current_policy()
    found = _clause(policy, clause)
    marks = current_marks()
    findings = findings_of_clause(marks.run, found.id, by=by)
    return page(
        request,
        "clause",
        "board",
        clause=found,
        mark=marks.by_clause.get(found.id),
        checked_at=marks.checked_at,
        owners=tuple(dict.fromkeys(bound.owner for bound in policy.bound if bound.clause == found.id)),
        promises=tuple(_promised(policy, found.id, findings, by)),
        mending=mending(found.id, by=by) if by.may("plan.read") else Mending(),
        owing=owing_of_clause(found.id, by=by),
        form=EvidenceForm(),
    )


def _clause(policy: Policy, wanted: str) -> Clause:
    found = next((one for one in policy.clauses if one.id == wanted), None)
    if found is None:
        raise NotThere("The policy has no such clause", todo="Begin from the board.")
    return found


def _promised(policy: Policy, clause: str, findings: Iterable[PastFinding], by: Who) -> Iterable[Promised]:
    drawn = promise_strips(clause, days=YEAR, until=now().date(), by=by)
    by_code: dict[str, list[PastFinding]] = {bound.code: [] for bound in policy.bound if bound.clause == clause}
    for one in findings:
        by_code.setdefault(one.code, []).append(one)
    words = {mark: _(said).lower() for mark, said in MARKS.items()}
    for code, every in by_code.items():
        kind, cells = terms().get(code), drawn.get(code, ())
        marks = {one.mark.value for one in every}
        yield Promised(
            code=code,
            title=kind.title if kind else code,
            remedy=_remedy(kind.__doc__ or "") if kind else "",
            mark=next((mark for mark in ("broken", "unknown", "kept") if mark in marks), ""),
            findings=tuple(sorted(every, key=lambda one: ("broken", "unknown", "kept").index(one.mark.value))),
            kept=sum(one.mark.value == "kept" for one in every),
            strip=strip_svg(cells, summed_up(cells, words)) if cells else None,
        )


def _remedy(manual: str) -> str:
    """Return what a promise's manual page says that a plan does, in one line; empty where it says nothing."""
    said = next((part for part in cleandoc(manual).split("\n\n") if part.startswith("Remedy:")), "")
    return " ".join(said.removeprefix("Remedy:").split())


@staff("plan.propose")
@require_POST
def close_owed(request: HttpRequest, clause: str) -> HttpResponse:
    """Close what is owed for a clause, with where the evidence can be read."""
    by, form = who(request), EvidenceForm(request.POST)
    owed = _owed(owing_of_clause(clause, by=by), request.POST.get("owed", ""))
    if not form.is_valid():
        messages.error(request, _("Say where the evidence can be read."))
        return redirect("console:clause", clause)
    evidence = form.cleaned_data["evidence"]
    close_obligation(finding=owed.finding, title=owed.title, evidence=evidence, at=now(), actor=by.actor)
    messages.success(request, _("Closed. The ledger keeps a digest of the evidence."))
    return redirect("console:clause", clause)


def _owed(every: Iterable[Owing], key: str) -> Owing:
    found = next((one for one in every if one.key == key and one.closed_at is None), None)
    if found is None:
        raise NotThere("Nothing of that name is owed", todo="Load the clause's page again: somebody may have closed it.")
    return found
