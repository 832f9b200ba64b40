"""Whole loops over invented companies: any map, any ties, any rows. What is planned can be done, and nothing else is touched."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from kept.base.periods import Period
from kept.base.questions import TableInfo
from kept.base.verdicts import Mark
from kept.planning.plan import draw_up
from kept.policy.datamap import Link, RetentionRule, TableMap
from kept.policy.holds import Hold
from kept.promises.retention import Terms

from .memory import NEW, OLD, Memory, described, hold, link, mapped, named, points, policy_of
from .rows import Row, Rows

YEAR = Period(months=12)
NAMES = ("t0", "t1", "t2", "t3")
IDS = (1, 2, 3)
PROMISE = [("1", "retention", Terms(keep=YEAR, tables=(named("t0"),)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    maps: Mapping[str, TableMap]
    infos: tuple[TableInfo, ...]
    rows: Mapping[str, list[Row]]
    holds: tuple[Hold, ...]

    def links(self) -> list[tuple[str, Link]]:
        return [(name, one) for name, entry in self.maps.items() for one in entry.links]


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Return tables with links to one another, circles and unmapped ties included; t0 is the one that must not grow old."""
    maps: dict[str, TableMap] = {}
    infos: list[TableInfo] = []
    rows: dict[str, list[Row]] = {}
    for name in NAMES[: draw(st.integers(1, 4))]:
        links, keys, columns = [], [], ["id:integer:key", "at:timestamp", "note:text"]
        for number in range(draw(st.integers(0, 2))):
            column, to = f"l{number}", draw(st.sampled_from(NAMES[: len(maps) + 1]))
            columns.append(f"{column}:integer{draw(st.sampled_from(['', '', ':required']))}")
            keys.append(points(column, f"{to}.id"))
            if draw(st.integers(0, 4)):
                links.append(link(column, f"{to}.id", draw(st.sampled_from(["owned", "owned", "shared", "accessed"]))))
        erasure: Any = draw(st.sampled_from(["delete", "delete", "anonymise", "keep"])) if name != "t0" else "delete"
        rule = RetentionRule(keep=YEAR, after="at") if name == "t0" or draw(st.booleans()) else None
        maps[name] = mapped(*links, erasure=erasure, fields={"note": None}, rule=rule)
        infos.append(described(name, " ".join(columns), *keys))
    for info in infos:
        rows[info.table.name] = [_row(draw, info, id) for id in IDS[: draw(st.integers(0, 3))]]
    store = Memory(rows, *infos)
    while _mended(store.rows, infos):
        pass
    held = draw(st.lists(st.sampled_from(sorted(maps)), max_size=1))
    whose = {} if draw(st.booleans()) else {"t0__id": ("1",)}
    return Company(
        maps=maps,
        infos=tuple(infos),
        rows={table.name: found for table, found in store.rows.items()},
        holds=tuple(hold(name, **whose) for name in held),
    )


def _row(draw: st.DrawFn, info: TableInfo, id: int) -> Row:
    row: Row = {"id": id, "at": draw(st.sampled_from([OLD, OLD, NEW, None])), "note": f"note {id}"}
    for key in info.foreign_keys:
        column = info.column(key.columns[0])
        row[key.columns[0]] = draw(st.sampled_from(IDS if column and not column.nullable else (*IDS, None)))
    return row


def _mended(rows: Rows, infos: list[TableInfo]) -> bool:
    """Empty a tie that leads nowhere, or take its row out where the tie may not be empty; False once the store would accept all."""
    for info in infos:
        for key in info.foreign_keys:
            column, there = info.column(key.columns[0]), {None, *(row["id"] for row in rows[key.to])}
            lost = [row for row in rows[info.table] if row[key.columns[0]] not in there]
            if not lost:
                continue
            if column and column.nullable:
                lost[0][key.columns[0]] = None
            else:
                rows[info.table].remove(lost[0])
            return True
    return False


@settings(deadline=None, max_examples=300)
@given(companies())
def test_what_is_planned_can_be_done_and_mends_what_was_broken(company: Company) -> None:
    store, policy = Memory(company.rows, *company.infos), policy_of(company.maps, holds=company.holds, bound=PROMISE)
    report = store.check(policy)
    plan = draw_up(report, policy, store.schemas, store.preview)
    event(f"{report.mark.value}, {'withheld' if plan.withheld else len(plan.steps)}")
    before = copy.deepcopy(store.rows)
    for step in plan.steps:
        store.do(step.change)
    if not plan.withheld:
        after = store.check(policy).mark
        assert after is report.mark if report.mark is Mark.UNKNOWN else after is Mark.KEPT
    if not plan.steps:
        assert store.rows == before
    _held_rows_are_whole(company, before, store.rows)
    _nothing_else_was_touched(company, before, store.rows)


def _held_rows_are_whole(company: Company, before: Rows, after: Rows) -> None:
    for one in company.holds:
        for table in one.tables:
            if not one.subjects:
                assert after[table] == before[table]
            elif table == named("t0"):
                assert [row for row in after[table] if row["id"] == 1] == [row for row in before[table] if row["id"] == 1]


def _nothing_else_was_touched(company: Company, before: Rows, after: Rows) -> None:
    """Rows from which no chain of links or ties leads to a row of t0 past its time are what they were."""
    gone = {(named("t0"), row["id"]) for row in before[named("t0")] if row["at"] == OLD}
    while True:
        more = {
            (info.table, row["id"])
            for info in company.infos
            for key in info.foreign_keys
            for row in before[info.table]
            if (key.to, row[key.columns[0]]) in gone
        }
        if more <= gone:
            break
        gone |= more
    for table, rows in before.items():
        there = {row["id"]: row for row in after[table]}
        assert all(there.get(row["id"]) == row for row in rows if (table, row["id"]) not in gone)
    for info in company.infos:
        entry = company.maps[info.table.name]
        if entry.erasure != "delete" and entry.retention is None:
            assert {row["id"] for row in after[info.table]} == {row["id"] for row in before[info.table]}


@settings(deadline=None, max_examples=100)
@given(companies())
def test_a_plan_that_was_stopped_anywhere_is_finished_by_a_new_one(company: Company) -> None:
    whole, policy = Memory(company.rows, *company.infos), policy_of(company.maps, holds=company.holds, bound=PROMISE)
    plan = draw_up(whole.check(policy), policy, whole.schemas, whole.preview)
    for step in plan.steps:
        whole.do(step.change)
    for stop in range(len(plan.steps)):
        store = Memory(company.rows, *company.infos)
        for step in plan.steps[:stop]:
            store.do(step.change)
        for step in draw_up(store.check(policy), policy, store.schemas, store.preview).steps:
            store.do(step.change)
        assert store.rows == whole.rows
