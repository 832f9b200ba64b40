"""Plans that were proposed, for staff who may read plans, and for the worker that applies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.base.errors import NotThere, Refused
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Proposal
from kept.db.models.proposal import ProposalState

__all__ = ["KnownProposal", "approved_plan", "open_proposal", "proposal_by_digest", "proposals"]

LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProposal:
    """A plan that was proposed: `state` is proposed, approved, refused or applied; people by role, address and reference.

    `content` is the plan file, and empty in lists.
    """

    digest: str
    content: str
    steps: int
    rows: int
    obligations: int
    state: str
    proposed_ref: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    why: str

    @property
    def open(self) -> bool:
        """Whether somebody must still decide."""
        return self.state == ProposalState.PROPOSED.value

    def waits_for_another(self, by: Who) -> bool:
        """Return whether whoever asks made it and may not approve it: it changes what is stored."""
        return bool(self.steps) and self.proposed_ref == by.ref


def proposals(*, by: Who, limit: int = LISTED) -> tuple[KnownProposal, ...]:
    """Return the newest plans, newest first. Raises NotThere for who may not read plans."""
    _may_read(by)
    with database_errors():
        found = Proposal.objects.select_related("proposed_by", "decided_by").defer("content").order_by("-pk")[:limit]
        return tuple(_known(one, content="") for one in found)


def proposal_by_digest(digest: str, *, by: Who) -> KnownProposal:
    """Return a plan with its content. Raises NotThere."""
    _may_read(by)
    with database_errors():
        found = Proposal.objects.select_related("proposed_by", "decided_by").filter(digest=digest).first()
    if found is None:
        raise NotThere("There is no such plan", todo="Look through the list of plans.")
    return _known(found, content=found.content)


def open_proposal(*, by: Who) -> KnownProposal | None:
    """Return the newest plan that waits or was approved, with its content; None where there is none, or for who may not read it."""
    if not by.may("plan.read"):
        return None
    with database_errors():
        live = Proposal.objects.filter(state__in=(ProposalState.PROPOSED, ProposalState.APPROVED))
        found = live.select_related("proposed_by", "decided_by").order_by("-pk").first()
    return _known(found, content=found.content) if found else None


def approved_plan(digest: str) -> str:
    """Return the content of a plan that somebody approved, to the worker. Raises Refused where nobody did."""
    with database_errors():
        found = Proposal.objects.filter(digest=digest, state__in=(ProposalState.APPROVED, ProposalState.APPLIED)).first()
    if found is None:
        raise Refused(f"Nobody has approved the plan {digest[:12]}", todo="Let a second person look at it first.")
    return found.content


def _may_read(by: Who) -> None:
    if not by.may("plan.read"):
        raise NotThere("There is no such plan", todo="Ask an owner for the role that may read plans.")


def _known(one: Proposal, *, content: str) -> KnownProposal:
    proposer, decider = one.proposed_by, one.decided_by
    return KnownProposal(
        digest=one.digest,
        content=content,
        steps=one.steps,
        rows=one.rows,
        obligations=one.obligations,
        state=one.state,
        proposed_ref=proposer.ref if proposer else "",
        proposed_by=proposer.email if proposer else "",
        proposed_at=one.proposed_at,
        decided_by=decider.email if decider else "",
        decided_at=one.decided_at,
        why=one.why,
    )
