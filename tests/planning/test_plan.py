from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kept.base.changes import Anonymise, Change, Coarsen, DeleteRows, DropPartition, Null, Obligation, Redact, Remedy, Revoke
from kept.base.conditions import Everything
from kept.base.errors import Place, ShareTooLarge
from kept.base.periods import Period
from kept.base.ports import Preview
from kept.base.questions import Partition
from kept.base.verdicts import Broken, Unknown
from kept.planning.judging import Finding, Report
from kept.planning.plan import Plan, Step, draw_up, refuse_large_shares, store_of
from kept.policy.datamap import LegalMinimum, RetentionRule
from kept.policy.policy import Policy
from kept.promises.retention import Terms

from .memory import NEW, NOW, OLD, Memory, described, hold, link, mapped, named, points, policy_of
from .rows import Row

TABLE = named("people")
SCHEMA = Memory({}, described("people", "id:integer:key name:text")).schemas
OWED = Obligation(title="Ask", owner="officer", due=date(2026, 12, 1), evidence="an answer")
YEAR = Period(months=12)
RULE = RetentionRule(keep=YEAR, after="at")


def delete(rows: int = 0) -> DeleteRows:
    return DeleteRows(table=TABLE, where=Everything(), rows=rows)


def replace_name(rows: int = 0) -> Anonymise:
    return Anonymise(table=TABLE, columns=("name",), where=Everything(), rows=rows)


def report(*remedies: Remedy, clauses: str = "") -> Report:
    findings = tuple(
        Finding(
            clause=clauses[number : number + 1] or "1",
            code="retention",
            about=f"thing {number}",
            owner="officer",
            place=Place(file="promises.yaml"),
            verdict=Broken(reason="broken", remedies=(remedy,)),
        )
        for number, remedy in enumerate(remedies)
    )
    policy = policy_of({"people": mapped()})
    return Report(
        at=NOW, title="t", version="1", digest="d" * 64, coverage=policy.coverage(), findings=findings, asked=len(findings)
    )


def planned(*remedies: Remedy, preview: Any = None) -> Plan:
    everything = preview or (lambda change: Preview(total=100, touched=7, samples=({"name": ("Xxx", "")},)))
    return draw_up(report(*remedies), policy_of({"people": mapped()}), SCHEMA, everything)


def test_what_shrinks_tables_comes_before_what_rewrites_them() -> None:
    null = Null(table=TABLE, columns=("name",), where=Everything(), rows=0)
    coarsen = Coarsen(table=TABLE, column="name", kind="ip", where=Everything(), rows=0)
    redact = Redact(table=TABLE, column="name", kinds=("ip",), where=Everything(), rows=0)
    revoke = Revoke(store="shop", role="app", right="delete")
    plan = planned(revoke, redact, coarsen, null, replace_name(), delete())
    assert [type(step.change) for step in plan.steps] == [DeleteRows, Anonymise, Null, Coarsen, Redact, Revoke]


def test_a_step_says_what_it_may_touch() -> None:
    (step,) = planned(delete(rows=3)).steps
    assert step.change == delete(rows=7), "the store's number counts, not the promise's"
    assert (step.finding, step.total, step.touched, step.table) == ("1 retention thing 0", 100, 7, TABLE)
    assert step.samples == ({"name": ("Xxx", "")},)
    assert (planned().made_at, planned().policy) == (NOW, "d" * 64)


def test_one_change_that_two_findings_ask_for_is_one_step() -> None:
    asked: list[Change] = []

    def preview(change: Change) -> Preview:
        asked.append(change)
        return Preview(total=9, touched=1)

    plan = planned(replace_name(), replace_name(), preview=preview)
    assert [step.finding for step in plan.steps] == ["1 retention thing 0"]
    assert len(asked) == 1


def test_one_obligation_that_two_findings_ask_for_is_owed_once() -> None:
    plan = planned(OWED, OWED)
    assert [(owed.finding, owed.obligation) for owed in plan.obligations] == [("1 retention thing 0", OWED)]


def test_what_would_touch_nothing_is_left_out_but_a_right_is_taken_away() -> None:
    revoke = Revoke(store="shop", role="app", right="delete", table=TABLE)
    plan = planned(delete(), revoke, preview=lambda change: Preview(total=100, touched=0))
    assert [step.change for step in plan.steps] == [revoke]
    assert (plan.steps[0].total, plan.steps[0].touched, plan.withheld) == (0, 0, ())


def test_a_change_whose_store_cannot_say_is_withheld() -> None:
    plan = planned(delete(), replace_name(), preview=lambda change: Unknown(reason="down"))
    assert plan.steps == ()
    assert [(held.finding, held.reason) for held in plan.withheld] == [
        ("1 retention thing 0", "down"),
        ("1 retention thing 1", "down"),
    ]


def test_a_deletion_in_a_store_whose_tables_cannot_be_seen_is_withheld() -> None:
    plan = draw_up(report(delete()), policy_of({"people": mapped()}), {}, lambda change: Preview(total=1, touched=1))
    assert plan.steps == ()
    assert [held.reason for held in plan.withheld] == ["what points to rows of shop.people cannot be seen now, so they do not go"]


def test_changes_know_their_store() -> None:
    assert store_of(delete()) == "shop"
    assert store_of(Revoke(store="crm", role="app", right="delete", table=TABLE)) == "crm"


# Whole loops, over rows.

PEOPLE = described("people", "id:integer:key at:timestamp")
NOTES = described("notes", "id:integer:key person:integer:required text:text", points("person", "people.id"))
MAPS = {"people": mapped(rule=RULE), "notes": mapped(link("person", "people.id"))}
ROWS: dict[str, list[Row]] = {
    "people": [{"id": 1, "at": OLD}, {"id": 2, "at": NEW}],
    "notes": [{"id": 10, "person": 1, "text": "x"}, {"id": 20, "person": 2, "text": "y"}],
}
BOUND = [("1", "retention", Terms(keep=YEAR, tables=(TABLE,)))]


def test_the_loop_check_plan_apply_check_closes() -> None:
    store, policy = Memory(ROWS, PEOPLE, NOTES), policy_of(MAPS, bound=BOUND)
    plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
    assert [(type(step.change), step.table, step.touched) for step in plan.steps] == [
        (DeleteRows, named("notes"), 1),
        (DeleteRows, TABLE, 1),
    ]
    for step in plan.steps:
        assert store.do(step.change) == step.touched
    assert store.check(policy).mark.value == "kept"
    assert draw_up(store.check(policy), policy, store.schemas, store.preview).steps == ()


def test_a_deletion_does_not_happen_without_what_must_come_before_it() -> None:
    store, policy = Memory(ROWS, PEOPLE, NOTES), policy_of(MAPS, bound=BOUND)
    store.silent.add(named("notes"))
    plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
    assert plan.steps == ()
    assert [held.reason for held in plan.withheld] == ["shop.notes cannot say"]


def test_what_stands_in_the_way_is_withheld_and_what_is_told_is_noted() -> None:
    invoices = described("invoices", "id:integer:key person:integer:required", points("person", "people.id"))
    maps = {
        **MAPS,
        "invoices": mapped(link("person", "people.id"), erasure="keep"),
        "crm.leads": mapped(link("p", "shop.people.id")),
    }
    store, policy = Memory({**ROWS, "invoices": []}, PEOPLE, NOTES, invoices), policy_of(maps, bound=BOUND)
    plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
    assert plan.steps == ()
    assert [held.reason[:46] for held in plan.withheld] == ["rows of shop.invoices stay and need person; le"]
    assert plan.notes == ("shop.people: rows in other stores are not followed, their own rules apply: crm.leads",)


def moment(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def test_a_partition_takes_along_what_its_rows_own() -> None:
    parts = [Partition(name="p2020", rows=1, lower=moment(2020), upper=moment(2021)), Partition(name="rest")]
    people = described("people", "id:integer:key at:timestamp", by="at", parts=parts)
    store, policy = Memory(ROWS, people, NOTES), policy_of(MAPS, bound=BOUND)
    plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
    assert [(type(step.change), step.table, step.touched) for step in plan.steps] == [
        (DeleteRows, named("notes"), 1),
        (DropPartition, TABLE, 1),
    ]
    for step in plan.steps:
        store.do(step.change)
    assert store.rows == {TABLE: ROWS["people"][1:], named("notes"): ROWS["notes"][1:]}


def test_rows_under_a_hold_hold_back_what_they_point_to() -> None:
    for erasure in ("delete", "anonymise", "keep"):
        notes = described("notes", "id:integer:key person:integer text:text", points("person", "people.id"))
        maps: Any = {
            "people": mapped(rule=RULE),
            "notes": mapped(link("person", "people.id"), erasure=erasure, fields={"text": None}),
        }
        rows = {"people": [{"id": 1, "at": OLD}, {"id": 2, "at": OLD}], "notes": ROWS["notes"]}
        policy = policy_of(maps, holds=[hold("notes", people__id=("1",))], bound=BOUND)
        store = Memory(rows, PEOPLE, notes)
        plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
        for step in plan.steps:
            store.do(step.change)
        assert store.rows[TABLE] == [{"id": 1, "at": OLD}], erasure
        assert store.rows[named("notes")][0] == ROWS["notes"][0], erasure


def test_a_held_row_keeps_its_ties_where_links_lead_in_a_circle() -> None:
    people = described("people", "id:integer:key at:timestamp friend:integer", points("friend", "people.id"))
    rows: dict[str, list[Row]] = {"people": [{"id": 1, "at": OLD, "friend": 2}, {"id": 2, "at": OLD, "friend": None}]}
    holds = [hold("people", people__id=("1",))]
    for links, marks in (((link("friend", "people.id"),), "kept"), ((), "broken")):
        policy = policy_of({"people": mapped(*links, rule=RULE)}, holds=holds, bound=BOUND)
        store = Memory(rows, people)
        report = store.check(policy)
        assert report.mark.value == marks
        plan = draw_up(report, policy, store.schemas, store.preview)
        assert plan.steps == ()
        if not links:
            assert [held.reason for held in plan.withheld] == [
                "rows of shop.people, some under a legal hold, point here by friend; let the map link them"
            ]


INVOICES = described("invoices", "id:integer:key person:integer:required at:timestamp", points("person", "people.id"))
LAW = RetentionRule(keep=Period(months=1), after="at", at_least=LegalMinimum(keep=Period(months=120), law="a tax law"))


def applied(store: Memory, policy: Policy) -> dict[str, list[int]]:
    """Return the ids that are left after check, plan and apply; what was not withheld must then be kept."""
    plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
    for step in plan.steps:
        store.do(step.change)
    assert plan.withheld or store.check(policy).mark.value == "kept"
    return {table.name: [row["id"] for row in rows] for table, rows in store.rows.items()}


def test_a_person_waits_for_rows_that_a_law_keeps_and_that_need_them() -> None:
    rows: dict[str, list[Row]] = {
        "people": [{"id": number, "at": OLD} for number in (1, 2, 3)],
        "invoices": [{"id": 10, "person": 1, "at": OLD}, {"id": 20, "person": 2, "at": moment(2010)}],
    }
    ways: tuple[tuple[Any, Any], ...] = (("owned", "keep"), ("accessed", "keep"), ("owned", "delete"))
    for kind, erasure in ways:
        maps = {"people": mapped(rule=RULE), "invoices": mapped(link("person", "people.id", kind), erasure=erasure, rule=LAW)}
        left = applied(Memory(rows, PEOPLE, INVOICES), policy_of(maps, bound=BOUND))
        assert left == {"people": [1], "invoices": [10]}


def test_a_person_waits_for_held_rows_of_which_none_can_be_told_apart() -> None:
    rows: dict[str, list[Row]] = {
        "people": [{"id": 1, "at": OLD}, {"id": 2, "at": OLD}],
        "invoices": [{"id": 10, "person": 1, "at": moment(2010)}],
    }
    maps = {"people": mapped(rule=RULE), "invoices": mapped(link("person", "people.id"), erasure="keep", rule=LAW)}
    policy = policy_of(maps, holds=[hold("invoices")], bound=BOUND)
    assert applied(Memory(rows, PEOPLE, INVOICES), policy) == {"people": [1], "invoices": [10]}


def test_a_person_does_not_wait_for_rows_that_go_with_them_or_can_let_them_go() -> None:
    rows: dict[str, list[Row]] = {"people": [{"id": 1, "at": OLD}], "invoices": [{"id": 10, "person": 1, "at": NEW}]}
    gone = {"people": mapped(rule=RULE), "invoices": mapped(link("person", "people.id"), rule=RULE)}
    assert applied(Memory(rows, PEOPLE, INVOICES), policy_of(gone, bound=BOUND)) == {"people": [], "invoices": []}
    loose = described("invoices", "id:integer:key person:integer at:timestamp", points("person", "people.id"))
    kept = {"people": mapped(rule=RULE), "invoices": mapped(link("person", "people.id"), erasure="keep", rule=LAW)}
    assert applied(Memory(rows, PEOPLE, loose), policy_of(kept, bound=BOUND)) == {"people": [], "invoices": [10]}


def test_a_person_does_not_wait_for_rows_that_no_law_keeps() -> None:
    votes = described("votes", "id:integer:key person:integer:required at:timestamp", points("person", "people.id"))
    rows: dict[str, list[Row]] = {"people": [{"id": 1, "at": OLD}], "votes": [{"id": 10, "person": 1, "at": NEW}]}
    maps = {"people": mapped(rule=RULE), "votes": mapped(link("person", "people.id", "accessed"), rule=RULE)}
    store, policy = Memory(rows, PEOPLE, votes), policy_of(maps, bound=BOUND)
    report = store.check(policy)
    assert report.mark.value == "broken"
    plan = draw_up(report, policy, store.schemas, store.preview)
    assert (plan.steps, len(plan.withheld)) == ((), 1)


def test_a_person_does_not_wait_for_rows_that_never_go() -> None:
    rule = RetentionRule(keep=YEAR, after="at", then="anonymise")
    rows: dict[str, list[Row]] = {"people": [{"id": 1, "at": OLD}], "invoices": [{"id": 10, "person": 1, "at": OLD}]}
    maps = {"people": mapped(rule=RULE), "invoices": mapped(link("person", "people.id"), erasure="keep", rule=rule)}
    store, policy = Memory(rows, PEOPLE, INVOICES), policy_of(maps, bound=BOUND)
    plan = draw_up(store.check(policy), policy, store.schemas, store.preview)
    assert (plan.steps, len(plan.withheld)) == ((), 1)


def test_a_message_to_oneself_goes_at_once() -> None:
    shared = mapped(link("sender", "people.id", "shared"), link("receiver", "people.id", "shared"))
    info = described("messages", "id:integer:key sender:integer receiver:integer", points("sender", "people.id"))
    rows: dict[str, list[Row]] = {
        "people": [{"id": 1, "at": OLD}, {"id": 2, "at": NEW}],
        "messages": [{"id": 10, "sender": 1, "receiver": 1}, {"id": 20, "sender": 2, "receiver": 2}],
    }
    policy = policy_of({"people": mapped(rule=RULE), "messages": shared}, bound=BOUND)
    assert applied(Memory(rows, PEOPLE, info), policy) == {"people": [2], "messages": [20]}


# The safety share.


def steps(*made: tuple[Change, int, int]) -> Plan:
    every = tuple(Step(finding="1 retention x", change=change, total=total, touched=touched) for change, total, touched in made)
    return Plan(made_at=NOW, policy="d", steps=every)


def drop(name: str) -> DropPartition:
    return DropPartition(table=TABLE, partition=name, rows=0)


def test_a_share_above_the_limit_is_refused_and_at_the_limit_is_not() -> None:
    refuse_large_shares(steps((delete(), 100, 20)), 0.2)
    with pytest.raises(
        ShareTooLarge, match=r"more than 20% of shop.people \(21 of 100 rows, 21%\).*nothing was changed.*--allow-share"
    ):
        refuse_large_shares(steps((delete(), 100, 21)), 0.2)


def test_a_larger_share_that_was_allowed_is_allowed_and_the_whole_is_never_too_much_of_itself() -> None:
    refuse_large_shares(steps((delete(), 100, 21)), 0.21)
    refuse_large_shares(steps((delete(), 100, 100)), 1.0)


def test_partitions_add_up() -> None:
    plan = steps(*((drop(f"p{number}"), 1000, 90) for number in range(3)))
    assert plan.touched() == {TABLE: (1000, 270)}
    with pytest.raises(ShareTooLarge, match="270 of 1,000 rows"):
        refuse_large_shares(plan, 0.2)


def test_rows_that_are_rewritten_twice_count_once_and_rows_that_go_besides() -> None:
    null = Null(table=TABLE, columns=("born",), where=Everything(), rows=0)
    plan = steps((replace_name(), 100, 15), (null, 100, 12), (delete(), 100, 3))
    assert plan.touched() == {TABLE: (100, 18)}
    refuse_large_shares(plan, 0.18)


def test_no_more_rows_are_touched_than_there_are() -> None:
    assert steps((delete(), 10, 8), (drop("p"), 10, 8)).touched() == {TABLE: (10, 10)}


def test_rights_touch_no_rows() -> None:
    plan = steps(
        (Revoke(store="shop", role="app", right="delete", table=TABLE), 0, 0), (Revoke(store="shop", role="a", right="x"), 0, 0)
    )
    assert plan.touched() == {}
    refuse_large_shares(plan, 0.0)
