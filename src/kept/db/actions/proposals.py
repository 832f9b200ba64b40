"""Plans that wait for a second pair of eyes: proposed, approved or refused, applied."""

from __future__ import annotations

from datetime import datetime

from kept.base.errors import NotAllowed, NotThere, PlanIsStale, Refused
from kept.base.roles import Who
from kept.db.models import Account, Proposal
from kept.db.models.proposal import ProposalState

from .action import action, record

__all__ = ["LONGEST_REASON", "approve_plan", "mark_applied", "propose_plan", "refuse_plan"]

LONGEST_REASON = 2000


@action
def propose_plan(
    *, digest: str, content: str, steps: int, rows: int, obligations: int, proposer: str, at: datetime, actor: str
) -> bool:
    """Keep a plan for others to look at; return False where it is there already. `proposer` is an account's reference."""
    account = Account.objects.filter(ref=proposer).first()
    values = {
        "content": content,
        "steps": steps,
        "rows": rows,
        "obligations": obligations,
        "proposed_by": account,
        "proposed_at": at,
    }
    _, is_new = Proposal.objects.get_or_create(digest=digest, defaults=values)
    if is_new:
        record("plan.proposed", at=at, actor=actor, plan=digest, steps=steps, rows=rows, obligations=obligations)
    return is_new


@action
def approve_plan(*, digest: str, policy: str, made_from: str, why: str, at: datetime, by: Who) -> None:
    """Say yes to a plan. `policy` is the digest of the privacy folder now, `made_from` the one the plan was made from.

    Raises NotAllowed without the permission, and for whoever proposed it where it changes anything in a store; PlanIsStale where
    the policy is another by now; Refused where it was decided before; NotThere.
    """
    proposal = _undecided(digest, by)
    if proposal.steps and proposal.proposed_by_id == by.account:
        raise NotAllowed(
            "You made this plan, and it changes what is stored: somebody else must say yes",
            todo="Ask a colleague who may approve plans to look at it.",
        )
    if policy != made_from:
        raise PlanIsStale("The policy has changed since this plan was made", todo="Make a new plan, and refuse this one.")
    _decide(proposal, ProposalState.APPROVED, why=why, at=at, by=by)
    record("plan.approved", at=at, actor=by.actor, plan=digest, role=by.role)


@action
def refuse_plan(*, digest: str, why: str, at: datetime, by: Who) -> None:
    """Say no to a plan, with the reason. Raises NotAllowed, NotThere; Refused where it was decided before or no reason is given."""
    proposal = _undecided(digest, by)
    if not why.strip():
        raise Refused("A plan is refused with a reason", todo="Write why, so that whoever made it knows.")
    _decide(proposal, ProposalState.REFUSED, why=why, at=at, by=by)
    record("plan.refused", at=at, actor=by.actor, plan=digest, role=by.role)


@action
def mark_applied(*, digest: str) -> bool:
    """Remember that an approved plan is done, as the ledger's `plan.done` says; return False where that was known."""
    approved = Proposal.objects.filter(digest=digest, state=ProposalState.APPROVED)
    return bool(approved.update(state=ProposalState.APPLIED))


def _undecided(digest: str, by: Who) -> Proposal:
    if not by.may("plan.approve"):
        raise NotAllowed("You may not decide on plans", todo="Ask an owner, a privacy officer or an engineer.")
    proposal = Proposal.objects.select_for_update().filter(digest=digest).first()
    if proposal is None:
        raise NotThere("There is no such plan", todo="Look through the list of plans.")
    if proposal.state != ProposalState.PROPOSED:
        raise Refused(f"This plan is {proposal.state} already", todo="Make a new plan where more is to be done.")
    return proposal


def _decide(proposal: Proposal, state: ProposalState, *, why: str, at: datetime, by: Who) -> None:
    proposal.state, proposal.why, proposal.decided_by_id, proposal.decided_at = state, why.strip()[:LONGEST_REASON], by.account, at
    proposal.save(update_fields=["state", "why", "decided_by", "decided_at"])
