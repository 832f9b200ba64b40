"""Operations on plans: look, ask for one, say yes or no."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from kept.base.errors import Refused
from kept.base.roles import Who
from kept.db.access.jobs import KnownJob
from kept.db.access.proposals import KnownProposal, proposal_by_digest, proposals
from kept.db.actions.proposals import approve_plan, refuse_plan
from kept.planning import planfile
from kept.web.shared.policy import policy_in_force

from .board import asked
from .keys import Needs, caller_of
from .paging import Page, Wanted, page_after
from .shapes import Job, Plan, PlanHead
from .wishes import Deciding, DigestInPath, Refusing

__all__ = ["router"]

router = Router(tags=["Plans"])
EVERY = 10_000


@router.get("/plans", response=Page[PlanHead], auth=Needs("plan.read"), operation_id="listPlans", summary="Plans")
def list_plans(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """The plans that were proposed, newest first."""
    rows = proposals(by=caller_of(request).who, limit=EVERY)
    key = lambda one: f"{one.proposed_at.isoformat()} {one.digest}"  # noqa: E731 - used once
    return page_after(request, response, part, rows, key, newest_first=True)


@router.post("/plans", response={202: Job}, auth=Needs("plan.propose"), operation_id="askForPlan", summary="Ask for a plan")
def ask_for_plan(request: HttpRequest, response: HttpResponse) -> KnownJob:
    """Ask a worker to make a plan of what would keep the promises. Returns the job, whose result names the plan."""
    return asked(request, response, kind="plan", key="policy", wanted={"proposer": caller_of(request).who.ref})


@router.get("/plans/{digest}", response=Plan, auth=Needs("plan.read"), operation_id="readPlan", summary="One plan")
def read_plan(request: HttpRequest, digest: DigestInPath) -> dict[str, Any]:
    """One plan with all it would do: each change with its number of rows and masked samples, each task for a person."""
    return _whole(proposal_by_digest(digest, by=caller_of(request).who))


@router.post(
    "/plans/{digest}/approval",
    response={202: Job},
    auth=Needs("plan.approve"),
    operation_id="approvePlan",
    summary="Say yes to a plan, and have it applied",
)
def approve(request: HttpRequest, response: HttpResponse, digest: DigestInPath, wish: Deciding) -> KnownJob:
    """Say yes, and ask a worker to apply it. Returns the job.

    Whoever made a plan that changes a store may not; nor may anybody once the policy has changed since.
    """
    who = caller_of(request).who
    made_from = planfile.read_plan(_readable(digest, who).content).policy
    policy = policy_in_force().digest
    approve_plan(digest=digest, policy=policy, made_from=made_from, why=wish.why, at=datetime.now(UTC), by=who)
    return asked(request, response, kind="apply", key=digest, wanted={"plan": digest})


@router.post(
    "/plans/{digest}/refusal", response=Plan, auth=Needs("plan.approve"), operation_id="refusePlan", summary="Say no to a plan"
)
def refuse(request: HttpRequest, digest: DigestInPath, wish: Refusing) -> dict[str, Any]:
    """Say no, and why."""
    who = caller_of(request).who
    refuse_plan(digest=digest, why=wish.why, at=datetime.now(UTC), by=who)
    return _whole(_readable(digest, who))


@router.post(
    "/plans/{digest}/application",
    response={202: Job},
    auth=Needs("plan.approve"),
    operation_id="applyPlan",
    summary="Go on with a plan that stopped",
)
def apply(request: HttpRequest, response: HttpResponse, digest: DigestInPath) -> KnownJob:
    """Ask once more for an approved plan to be applied: it goes on where it stopped. Returns the job."""
    found = _readable(digest, caller_of(request).who)
    if found.state != "approved":
        raise Refused(f"This plan is {found.state}, not approved", todo="Let a second person look at it first.")
    return asked(request, response, kind="apply", key=digest, wanted={"plan": digest})


def _readable(digest: str, who: Who) -> KnownProposal:
    """Return a plan to a key that may decide on plans, whether or not it may read them besides."""
    return proposal_by_digest(digest, by=replace(who, scopes=(who.scopes or frozenset()) | {"plan.read"}))


def _whole(one: KnownProposal) -> dict[str, Any]:
    head = {name: getattr(one, name) for name in PlanHead.model_fields}
    return {**head, "content": json.loads(one.content)}
