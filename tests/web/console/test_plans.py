"""Plans in the console: a second pair of eyes, reasons, stale plans, and nothing of a person."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kept.base.changes import DeleteRows, Obligation
from kept.base.conditions import Everything
from kept.base.errors import NotAllowed, Refused
from kept.base.names import Table
from kept.db.access.proposals import approved_plan, proposal_by_digest
from kept.db.actions.proposals import approve_plan, mark_applied, propose_plan, refuse_plan
from kept.db.models import Job, LedgerEntry
from kept.planning.plan import Owed, Plan, Step
from kept.planning.planfile import digest_of, write_plan
from kept.web.shared.policy import current_policy
from tests.web.site import Site

SCRIPT = "<script>alert('x')</script>"
NOW = datetime.now(UTC)
ROWS = DeleteRows(table=Table(store="app", name="sessions"), where=Everything(), rows=3)
STEP = Step(
    finding="5.1 retention app.sessions",
    change=ROWS,
    total=10,
    touched=3,
    samples=({"agent": (f"xxx {SCRIPT}", ""), "created_at": ("2024-01-01 00:00:00", "")},),
)
TASK = Owed(
    finding="5.1 clock-present app.newsletter",
    obligation=Obligation(title=f"Look {SCRIPT}", owner="dpo", due=date(2027, 1, 1), evidence="a note"),
)


def kinds() -> list[str]:
    """Return the kinds of the ledger's entries, in order."""
    return [json.loads(bytes(entry.body))["kind"] for entry in LedgerEntry.objects.order_by("index")]


def proposed(site: Site, by: str, *, steps: tuple[Step, ...] = (STEP,), policy: str = "") -> str:
    """Propose a plan in the name of a role and return its digest."""
    plan = Plan(made_at=NOW, policy=policy or current_policy().digest, steps=steps, obligations=(TASK,))
    propose_plan(
        digest=digest_of(plan),
        content=write_plan(plan),
        steps=len(steps),
        rows=sum(step.touched for step in steps),
        obligations=1,
        proposer=site.who(role=by).ref,
        at=NOW,
        actor="test",
    )
    return digest_of(plan)


def test_whoever_made_a_plan_that_changes_rows_may_not_approve_it(site: Site) -> None:
    path = f"/console/plans/{proposed(site, 'engineer')}/"
    assert "A second person must say yes" in site.staff("engineer").get(path).content.decode()
    assert site.staff("engineer").post(f"{path}approve/").status_code == 403
    assert not Job.objects.exists()
    assert "Approve and apply" in site.staff("privacy-officer").get(path).content.decode()
    assert site.staff("privacy-officer").post(f"{path}approve/", {"why": SCRIPT}).status_code == 302
    assert (Job.objects.get().kind, Job.objects.get().actor) == ("apply", site.who(role="privacy-officer").actor)
    assert kinds() == ["plan.proposed", "plan.approved", "job.asked"]
    assert site.staff("owner").post(f"{path}approve/").status_code == 409
    assert site.staff("owner").post(f"{path}refuse/", {"why": "too late"}).status_code == 409


def test_whoever_made_a_plan_of_tasks_alone_may_approve_it(site: Site) -> None:
    path = f"/console/plans/{proposed(site, 'engineer', steps=())}/"
    assert site.staff("engineer").post(f"{path}approve/").status_code == 302
    assert kinds()[:2] == ["plan.proposed", "plan.approved"]


def test_a_refusal_needs_a_reason_that_its_maker_can_read(site: Site) -> None:
    path = f"/console/plans/{proposed(site, 'engineer')}/"
    assert site.staff("owner").post(f"{path}refuse/", {"why": "  "}).status_code == 200
    assert kinds() == ["plan.proposed"]
    assert site.staff("owner").post(f"{path}refuse/", {"why": f"Wrong table {SCRIPT}"}).status_code == 302
    seen = site.staff("engineer").get(path).content.decode()
    assert "Wrong table &lt;script&gt;" in seen
    assert SCRIPT not in seen
    assert kinds() == ["plan.proposed", "plan.refused"]


def test_a_plan_of_another_policy_is_stale_and_says_so(site: Site) -> None:
    path = f"/console/plans/{proposed(site, 'engineer', policy='f' * 64)}/"
    seen = site.staff("owner").get(path).content.decode()
    assert "The policy has changed since this plan was made" in seen
    assert "Approve and apply" not in seen
    answer = site.staff("owner").post(f"{path}approve/")
    assert answer.status_code == 409
    assert "plan-is-stale" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_plan_shows_masks_and_escapes_whatever_stands_in_it(site: Site) -> None:
    seen = site.staff("auditor").get(f"/console/plans/{proposed(site, 'engineer')}/").content.decode()
    assert SCRIPT not in seen
    assert "&lt;script&gt;" in seen
    assert "10 rows now, 3 touched, 7 afterwards" in seen
    assert "2024-01-01 00:00:00" in seen
    assert 'method="post"' not in seen.split("<main")[1].split("</main>")[0]


def test_a_clause_says_which_plan_mends_it(site: Site) -> None:
    site.staff("owner").post("/console/check/")
    digest = proposed(site, "engineer")
    assert digest in site.staff("owner").get("/console/plans/").content.decode()
    assert proposal_by_digest(digest, by=site.who(role="auditor")).rows == 3


def test_the_actions_hold_whatever_page_asks(site: Site) -> None:
    digest = proposed(site, "owner")
    named: dict[str, Any] = {"digest": digest, "why": "", "at": NOW}
    with pytest.raises(NotAllowed):
        approve_plan(**named, policy="a", made_from="a", by=site.who(role="auditor"))
    with pytest.raises(NotAllowed):
        approve_plan(**named, policy="a", made_from="a", by=replace(site.who(role="engineer"), vouched=False))
    with pytest.raises(Refused):
        refuse_plan(**named, by=site.who(role="engineer"))
    with pytest.raises(Refused):
        approved_plan(digest)
    assert not mark_applied(digest=digest)
    assert kinds() == ["plan.proposed"]


@pytest.mark.parametrize("share", ["0", "101", "x", "-1"])
def test_a_share_that_is_none_is_not_taken(site: Site, share: str) -> None:
    assert site.staff("engineer").post("/console/plans/make/", {"share": share}).status_code == 200
    assert not Job.objects.exists()
    assert site.staff("engineer").post("/console/plans/make/", {"share": "40"}).status_code == 302
    assert Job.objects.get().wanted == {"proposer": site.who(role="engineer").ref, "share": 0.4}
