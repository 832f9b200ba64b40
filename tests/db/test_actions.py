from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kept.base.errors import Refused, StoreRefused
from kept.base.names import Column
from kept.base.questions import CheckLedger, LedgerState
from kept.base.verdicts import Mark
from kept.db import access, actions
from kept.db.registers import Registers

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
POLICY = "ab" * 32
PLAN = "cd" * 32
STEPS = (
    actions.Planned(change="01" * 32, what="DeleteRows", about="app.events", finding="5.2 retention app.events", rows=100),
    actions.Planned(change="02" * 32, what="Coarsen", about='app."Full Name"', finding="1.2 coarse-network app", rows=10),
)
FINDINGS = (
    actions.Found(clause="5.2", code="retention", about="app.events", mark=Mark.BROKEN, reason="100 rows are too old"),
    actions.Found(clause="5.2", code="retention", about="app.logs", mark=Mark.KEPT, reason="no row of 7 is older"),
    actions.Found(clause="§ 1.2 of our policy", code="coarse-network", about="app", mark=Mark.UNKNOWN, reason="the store is down"),
)


def entries() -> list[dict[str, Any]]:
    return [json.loads(body) for body in access.entries()]


def kinds() -> list[str]:
    return [entry["kind"] for entry in entries()]


@pytest.fixture(autouse=True)
def _the_ledger_is_intact_after_every_test(folder: Path) -> Iterator[None]:
    yield
    state = Registers().answer([CheckLedger()]).of(CheckLedger())
    assert isinstance(state, LedgerState)
    assert state.faults == ()
    assert state.size == len(entries())
    assert access.pending() == 0


def test_a_run_is_remembered_with_its_findings() -> None:
    assert access.last_run() is None
    number = actions.record_run(policy=POLICY, findings=FINDINGS, at=AT, actor="cli")
    assert access.last_run() == access.PastRun(number=number, at=AT, policy=POLICY, kept=1, broken=1, unknown=1, actor="cli")
    assert [(one.key, one.mark) for one in access.findings_of(number)] == [
        ("5.2 retention app.events", Mark.BROKEN),
        ("5.2 retention app.logs", Mark.KEPT),
        ("§ 1.2 of our policy coarse-network app", Mark.UNKNOWN),
    ]
    (entry,) = entries()
    assert (entry["kind"], entry["at"], entry["actor"]) == ("run.recorded", "2026-03-01T12:00:00Z", "cli")
    facts = entry["facts"]
    assert (facts["kept"], facts["broken"], facts["unknown"], facts["policy"]) == (1, 1, 1, POLICY)
    assert sorted(facts["clauses"].values()) == ["broken", "unknown"]
    assert facts["clauses"]["5.2"] == "broken"


def test_history_is_newest_first() -> None:
    numbers = [actions.record_run(policy=POLICY, findings=(), at=AT + timedelta(days=day), actor="cli") for day in range(3)]
    assert [run.number for run in access.history(limit=2)] == [numbers[2], numbers[1]]


def test_a_plan_goes_from_intent_to_receipt() -> None:
    assert actions.open_plan(digest=PLAN, policy=POLICY, made_at=AT, steps=STEPS, at=AT, actor="cli")
    assert not actions.open_plan(digest=PLAN, policy=POLICY, made_at=AT, steps=STEPS, at=LATER, actor="cli")
    assert [step.state for step in access.steps_of(PLAN)] == ["planned", "planned"]
    for position, step in enumerate(STEPS):
        assert actions.record_intent(plan=PLAN, position=position, at=AT, actor="cli") == 1
        actions.record_progress(plan=PLAN, position=position, rows=step.rows // 2, at=AT, actor="cli")
        assert access.steps_of(PLAN)[position].rows_done == step.rows // 2
        actions.record_receipt(plan=PLAN, position=position, rows=step.rows, batches=2, remaining=0, at=LATER, actor="cli")
    assert [(step.state, step.rows_done, step.remaining) for step in access.steps_of(PLAN)] == [("done", 100, 0), ("done", 10, 0)]
    plan = access.plan_by_digest(PLAN)
    assert plan is not None
    assert plan.closed_at == LATER
    assert access.open_plans() == ()
    around_a_change = ["step.intended", "step.progressed", "step.done"]
    assert kinds() == ["plan.opened", *around_a_change, *around_a_change, "plan.done"]


def test_a_killed_step_is_begun_again_and_counts_on() -> None:
    actions.open_plan(digest=PLAN, policy=POLICY, made_at=AT, steps=STEPS[:1], at=AT, actor="cli")
    actions.record_intent(plan=PLAN, position=0, at=AT, actor="cli")
    actions.record_progress(plan=PLAN, position=0, rows=60, at=AT, actor="cli")
    assert actions.record_intent(plan=PLAN, position=0, at=LATER, actor="cli") == 2
    actions.record_receipt(plan=PLAN, position=0, rows=40, batches=1, remaining=0, at=LATER, actor="cli")
    (step,) = access.steps_of(PLAN)
    assert (step.rows_done, step.attempts, step.state) == (100, 2, "done")


def test_a_failed_step_says_so_and_may_be_tried_again() -> None:
    actions.open_plan(digest=PLAN, policy=POLICY, made_at=AT, steps=STEPS, at=AT, actor="cli")
    actions.record_intent(plan=PLAN, position=0, at=AT, actor="cli")
    actions.fail_step(plan=PLAN, position=0, rows=5, error="store-unreachable", at=AT, actor="cli")
    assert (access.steps_of(PLAN)[0].state, access.steps_of(PLAN)[0].error) == ("failed", "store-unreachable")
    actions.record_intent(plan=PLAN, position=0, at=LATER, actor="cli")
    actions.record_receipt(plan=PLAN, position=0, rows=90, batches=1, remaining=5, at=LATER, actor="cli")
    (step, _) = access.steps_of(PLAN)
    assert (step.state, step.error, step.rows_done, step.remaining) == ("failed", "rows-remain", 95, 5)
    assert [plan.digest for plan in access.open_plans()] == [PLAN]


def test_a_step_refuses_what_does_not_follow() -> None:
    actions.open_plan(digest=PLAN, policy=POLICY, made_at=AT, steps=STEPS[:1], at=AT, actor="cli")
    with pytest.raises(Refused, match="planned"):
        actions.record_receipt(plan=PLAN, position=0, rows=1, batches=1, remaining=0, at=AT, actor="cli")
    with pytest.raises(Refused, match="no step 1"):
        actions.record_intent(plan=PLAN, position=1, at=AT, actor="cli")
    actions.record_intent(plan=PLAN, position=0, at=AT, actor="cli")
    actions.record_receipt(plan=PLAN, position=0, rows=1, batches=1, remaining=0, at=AT, actor="cli")
    with pytest.raises(Refused, match="is done"):
        actions.record_intent(plan=PLAN, position=0, at=AT, actor="cli")
    assert kinds() == ["plan.opened", "step.intended", "step.done", "plan.done"]


def test_a_plan_without_steps_is_done_at_once() -> None:
    actions.open_plan(digest=PLAN, policy=POLICY, made_at=AT, steps=(), at=AT, actor="cli")
    assert kinds() == ["plan.opened", "plan.done"]
    assert access.open_plans() == ()


def owe(title: str = "Renew the certificate") -> bool:
    return actions.open_obligation(
        finding="3.1 tls edge", title=title, owner="security", due=date(2026, 4, 1), wanted="the new expiry", at=AT, actor="cli"
    )


def test_an_obligation_is_opened_once_and_again_after_it_was_closed() -> None:
    assert owe()
    assert not owe()
    assert owe("Tell the customers")
    assert [one.title for one in access.open_obligations()] == ["Renew the certificate", "Tell the customers"]
    closed = actions.close_obligation(
        finding="3.1 tls edge", title="Renew the certificate", evidence="ticket 12", at=LATER, actor="cli"
    )
    assert closed == 1
    assert [one.title for one in access.open_obligations()] == ["Tell the customers"]
    assert owe()
    assert actions.close_obligation(finding="3.1 tls edge", evidence="ticket 13", at=LATER, actor="cli") == 2
    assert actions.close_obligation(finding="3.1 tls edge", evidence="ticket 13", at=LATER, actor="cli") == 0
    assert kinds() == ["obligation.opened"] * 2 + ["obligation.closed", "obligation.opened"] + ["obligation.closed"] * 2
    assert "certificate" not in str(entries())


def test_erased_people_are_known_again_and_nobody_else() -> None:
    accounts, other = Column.parse("app.accounts.id"), Column.parse('app."Full Name".id')
    assert actions.add_tombstones(column=accounts, values=iter(range(25_000)), at=AT, actor="cli") == 25_000
    assert actions.add_tombstones(column=accounts, values=["7", 25_000], at=AT, actor="cli") == 1
    assert actions.add_tombstones(column=other, values=["ana"], at=AT, actor="cli") == 1
    assert actions.add_tombstones(column=other, values=[], at=AT, actor="cli") == 0
    assert access.erased_columns() == tuple(sorted([accounts, other]))
    erased = access.erased_list(accounts)
    assert (len(erased), erased.has(24_999), erased.has("25000"), erased.has(25_001)) == (25_001, True, True, False)
    assert access.erased_lists()[other].has("ANA")
    assert len(access.erased_list(Column.parse("app.accounts.email"))) == 0
    assert [(entry["facts"]["given"], entry["facts"]["new"]) for entry in entries()] == [(25_000, 25_000), (2, 1), (1, 1)]


def test_a_scan_replaces_the_scan_before_it() -> None:
    email = actions.Scanned(
        table="accounts", column="email", type="text", category="user.contact.email", kind="email", confidence=0.9
    )
    plain = actions.Scanned(table="accounts", column="id", type="integer")
    actions.record_scan(store="app", columns=[plain, email], at=AT, actor="cli")
    actions.record_scan(store="other", columns=[plain], at=AT, actor="cli")
    actions.record_scan(store="app", columns=[email], at=LATER, actor="cli")
    (seen,) = access.last_scan("app")
    assert (seen.table, seen.column, seen.category, seen.confidence, seen.seen_at) == (
        "accounts", "email", "user.contact.email", 0.9, LATER,
    )  # fmt: skip
    assert len(access.last_scan("other")) == 1
    assert access.last_scan("nowhere") == ()
    assert [entry["facts"]["personal"] for entry in entries()] == [1, 0, 1]


def test_names_that_look_like_people_enter_the_ledger_as_keyed_hashes() -> None:
    actions.record_scan(store="ana@example.com", columns=[], at=AT, actor="cli")
    (entry,) = entries()
    assert entry["facts"]["store"].startswith("hmac:")


def test_an_account_named_like_a_person_enters_the_ledger_as_a_keyed_hash() -> None:
    for _ in range(2):
        actions.record_run(policy=POLICY, findings=(), at=AT, actor="os:ana@example.com")
    first, second = entries()
    assert first["actor"] == second["actor"]
    assert first["actor"].startswith("hmac:")
    assert [run.actor for run in access.history()] == ["os:ana@example.com"] * 2


def test_an_action_whose_entry_is_refused_writes_nothing() -> None:
    with pytest.raises(Refused, match="policy"):
        actions.record_run(policy="no digest", findings=FINDINGS, at=AT, actor="cli")
    assert access.last_run() is None


def test_an_action_whose_rows_are_refused_writes_nothing_and_quotes_nothing() -> None:
    with pytest.raises(StoreRefused, match="nothing was changed") as failure:
        actions.record_scan(
            store="app",
            columns=[actions.Scanned(table="secret-name", column="a", type="text")] * 2,
            at=AT,
            actor="cli",
        )
    assert "secret-name" not in str(failure.value)
    assert access.last_scan("app") == ()
    assert connection.in_atomic_block is False


def test_the_name_of_an_account_does_not_enter_the_log() -> None:
    actions.record_run(policy=POLICY, findings=(), at=AT, actor="os:jane")
    actions.record_run(policy=POLICY, findings=(), at=AT, actor="privacy-officer")
    assert [entry["actor"].split(":")[0] for entry in entries()] == ["hmac", "privacy-officer"]
    assert [run.actor for run in access.history()] == ["privacy-officer", "os:jane"]
