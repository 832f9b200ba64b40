"""Plans: made, looked at by a second pair of eyes, applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kept.base.changes import DeleteRows, DropPartition, Revoke
from kept.base.errors import KeptError
from kept.base.roles import Who
from kept.db.access.jobs import last_job
from kept.db.access.plans import KnownStep, steps_of
from kept.db.access.proposals import KnownProposal, proposal_by_digest, proposals
from kept.db.actions.jobs import ask_for_job
from kept.db.actions.proposals import approve_plan, refuse_plan
from kept.planning.plan import Plan, Step, store_of
from kept.planning.planfile import read_plan
from kept.web.shared.asking import staff, who
from kept.web.shared.policy import policy_in_force

from .forms import ApproveForm, PlanForm, RefusePlanForm
from .page import going, now, page
from .words import STEPS, change_words, word

__all__ = ["apply_again", "approve", "ask_plan", "plan", "plans", "refuse"]

PLAN_KEY = "policy"
SAMPLES, COLUMNS = 3, 4
"""How many masked rows of a step are shown, and how many columns of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step as its page shows it: rows before, touched and left; masked samples of columns before and after; how far it is."""

    number: int
    clause: str
    where: str
    words: str
    counted: bool
    total: int
    touched: int
    left: int
    samples: tuple[tuple[tuple[str, str, str], ...], ...]
    gone: bool
    state: str
    state_words: str
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """How much of a table a plan touches, in whole percent, at least 1."""

    table: str
    total: int
    touched: int
    percent: int


@staff("plan.read")
def plans(request: HttpRequest) -> HttpResponse:
    """Every plan, newest first, and the button that makes one."""
    last = last_job("plan", PLAN_KEY)
    nothing = bool(last and last.state == "done" and not (last.result or {}).get("plan"))
    found = proposals(by=who(request))
    return page(
        request, "plans", "plans", plans=found, form=PlanForm(), nothing=last if nothing else None, **going("plan", PLAN_KEY)
    )


@staff("plan.propose")
@require_POST
def ask_plan(request: HttpRequest) -> HttpResponse:
    """Ask for a plan."""
    by, form = who(request), PlanForm(request.POST)
    if not form.is_valid():
        return page(request, "plans", "plans", plans=proposals(by=by), form=form, **going("plan", PLAN_KEY))
    share = form.cleaned_data["share"]
    wanted = {"proposer": by.ref, **({"share": share / 100} if share else {})}
    ask_for_job(kind="plan", key=PLAN_KEY, wanted=wanted, by=by, at=now())
    return redirect("console:plans")


@staff("plan.read")
def plan(request: HttpRequest, digest: str) -> HttpResponse:
    """One plan: every step before and after, what people must do, and the decision."""
    return _shown(request, proposal_by_digest(digest, by=who(request)))


def _shown(request: HttpRequest, found: KnownProposal, **forms: object) -> HttpResponse:
    by, made = who(request), read_plan(found.content)
    begun = {step.position: step for step in steps_of(found.digest)}
    return page(
        request,
        "plan",
        "plans",
        plan=found,
        made=made,
        steps=[_row(position, step, begun.get(position)) for position, step in enumerate(made.steps)],
        shares=list(_shares(made)),
        stale=found.state in ("proposed", "approved") and _is_stale(made),
        another=found.waits_for_another(by),
        **{"approve": ApproveForm(), "refuse": RefusePlanForm(), **forms},
        **going("apply", found.digest),
    )


def _is_stale(made: Plan) -> bool:
    """Return whether the policy is another by now; one that cannot be read is."""
    try:
        return policy_in_force().digest != made.policy
    except KeptError:
        return True


@staff("plan.approve")
@require_POST
def approve(request: HttpRequest, digest: str) -> HttpResponse:
    """Say yes, and ask for the plan to be applied."""
    by, form = who(request), ApproveForm(request.POST)
    found = proposal_by_digest(digest, by=by)
    if not form.is_valid():
        return _shown(request, found, approve=form)
    made_from = read_plan(found.content).policy
    policy = policy_in_force().digest
    approve_plan(digest=digest, policy=policy, made_from=made_from, why=form.cleaned_data["why"], at=now(), by=by)
    _ask_apply(digest, by)
    messages.success(request, _("Approved. It is being applied now."))
    return redirect("console:plan", digest)


@staff("plan.approve")
@require_POST
def apply_again(request: HttpRequest, digest: str) -> HttpResponse:
    """Ask once more for an approved plan to be applied: it goes on where it stopped."""
    by = who(request)
    if proposal_by_digest(digest, by=by).state == "approved":
        _ask_apply(digest, by)
    return redirect("console:plan", digest)


def _ask_apply(digest: str, by: Who) -> None:
    ask_for_job(kind="apply", key=digest, wanted={"plan": digest}, by=by, at=now())


@staff("plan.approve")
@require_POST
def refuse(request: HttpRequest, digest: str) -> HttpResponse:
    """Say no, with the reason."""
    by, form = who(request), RefusePlanForm(request.POST)
    if not form.is_valid():
        return _shown(request, proposal_by_digest(digest, by=by), refuse=form)
    refuse_plan(digest=digest, why=form.cleaned_data["why"], at=now(), by=by)
    messages.success(request, _("Refused. Whoever made the plan can read why."))
    return redirect("console:plan", digest)


def _row(position: int, step: Step, begun: KnownStep | None) -> StepRow:
    gone = isinstance(step.change, DeleteRows | DropPartition)
    state = begun.state if begun else "planned"
    return StepRow(
        number=position + 1,
        clause=step.finding.split(" ")[0],
        where=str(step.table or store_of(step.change)),
        words=change_words(step.change),
        counted=not isinstance(step.change, Revoke),
        total=step.total,
        touched=step.touched,
        left=step.total - step.touched if gone else step.total,
        samples=tuple(_sample(one) for one in step.samples[:SAMPLES]),
        gone=gone,
        state=state,
        state_words=word(STEPS, state),
        done=begun.rows_done if begun else 0,
    )


def _sample(row: Mapping[str, tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Return a few columns of a masked row, those that change first, then moments, which stay readable."""
    ordered = sorted(row.items(), key=lambda item: (not item[1][1], not item[1][0][:4].isdigit() or "-" not in item[1][0]))
    return tuple((name, before, after) for name, (before, after) in ordered[:COLUMNS])


def _shares(made: Plan) -> Iterator[ShareRow]:
    for table, (total, touched) in sorted(made.touched().items(), key=lambda item: -item[1][1] / max(item[1][0], 1)):
        if touched:
            yield ShareRow(table=str(table), total=total, touched=touched, percent=max(1, round(100 * touched / max(total, 1))))
