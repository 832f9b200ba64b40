from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.changes import (
    Anonymise,
    Change,
    Coarsen,
    DeleteRows,
    DropPartition,
    Null,
    Obligation,
    Redact,
    Revoke,
    RotateKeys,
    SealColumn,
    UnsealColumn,
)
from kept.base.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Everything,
    Finds,
    Folded,
    Mentions,
    Missing,
    NoClock,
    Not,
    Older,
    OneOf,
    SealIs,
    StartsWith,
    Through,
    Uncoarse,
)
from kept.base.errors import PlanIsStale, Refused
from kept.base.names import Table
from kept.base.personal import Personal
from kept.base.seals import SealState
from kept.planning.plan import Owed, Plan, Step, Withheld
from kept.planning.planfile import digest_of, read_plan, write_plan

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
columns = st.lists(texts, min_size=1, max_size=3).map(tuple)
tables = st.builds(Table, store=texts, name=texts, schema=texts)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
moments = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=zones).map(  # noqa: DTZ001
    lambda moment: moment.replace(fold=0)
)
keys = st.one_of(texts, st.integers(), st.sampled_from(["7", 7, "true", "null", "2026-01-01"]))
units = st.sampled_from(["timestamp", "seconds", "milliseconds"])
numbers = st.integers(0, 10**12)

LEAVES = {
    Everything: st.builds(Everything),
    Older: st.builds(Older, column=texts, cutoff=moments, unit=units),
    NoClock: st.builds(NoClock, column=texts, unit=units),
    Missing: st.builds(Missing, column=texts),
    Equals: st.builds(Equals, column=texts, value=st.one_of(keys, st.booleans())),
    OneOf: st.builds(OneOf, column=texts, keys=st.lists(keys, max_size=3).map(tuple)),
    Folded: st.builds(Folded, column=texts, keys=st.lists(texts, max_size=3).map(tuple)),
    StartsWith: st.builds(StartsWith, column=texts, prefix=texts),
    Uncoarse: st.builds(Uncoarse, column=texts, kind=texts),
    Finds: st.builds(Finds, column=texts, kinds=columns),
    SealIs: st.builds(SealIs, column=texts, states=st.lists(st.sampled_from(SealState), max_size=3).map(tuple)),
}


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, what=inner),
        st.builds(AllOf, parts=several),
        st.builds(AnyOf, parts=several),
        st.builds(Through, column=texts, to=tables, key=texts, where=inner),
    )


conditions = st.recursive(st.one_of(*LEAVES.values()), around, max_leaves=6)

CHANGES: dict[type, st.SearchStrategy[Any]] = {
    DeleteRows: st.builds(DeleteRows, table=tables, where=conditions, rows=numbers),
    Null: st.builds(Null, table=tables, columns=columns, where=conditions, rows=numbers),
    Anonymise: st.builds(Anonymise, table=tables, columns=columns, where=conditions, rows=numbers, unique=st.booleans()),
    Coarsen: st.builds(Coarsen, table=tables, column=texts, kind=texts, where=conditions, rows=numbers),
    Redact: st.builds(Redact, table=tables, column=texts, kinds=columns, where=conditions, rows=numbers),
    SealColumn: st.builds(SealColumn, table=tables, column=texts, where=conditions, rows=numbers),
    UnsealColumn: st.builds(UnsealColumn, table=tables, column=texts, where=conditions, rows=numbers),
    RotateKeys: st.builds(RotateKeys, rows=numbers, finish=st.booleans()),
    DropPartition: st.builds(DropPartition, table=tables, partition=texts, rows=numbers),
    Revoke: st.builds(Revoke, store=texts, role=texts, right=texts, table=st.none() | tables),
}

changes = st.one_of(*CHANGES.values())
samples = st.lists(st.dictionaries(texts, st.tuples(texts, texts), max_size=2), max_size=2).map(tuple)
steps = st.builds(Step, finding=texts, change=changes, total=numbers, touched=numbers, samples=samples)
obligations = st.builds(Obligation, title=texts, owner=texts, due=st.dates(), evidence=texts)
plans = st.builds(
    Plan,
    made_at=moments,
    policy=texts,
    steps=st.lists(steps, max_size=3).map(tuple),
    obligations=st.lists(st.builds(Owed, finding=texts, obligation=obligations), max_size=2).map(tuple),
    withheld=st.lists(st.builds(Withheld, finding=texts, reason=texts), max_size=2).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
)


def test_every_change_and_every_condition_is_tried() -> None:
    assert set(CHANGES) == set(get_args(Change))
    assert set(LEAVES) | {Not, AllOf, AnyOf, Through, Mentions} == set(get_args(Condition))


def test_a_persons_words_get_into_no_plan_file() -> None:
    where = Mentions(column="body", words=(Personal("anna@example.eu"),))
    change = DeleteRows(table=Table(store="app", name="notes"), where=where, rows=1)
    step = Step(finding="f", change=change, total=1, touched=1)
    plan = Plan(made_at=datetime(2026, 11, 27, tzinfo=UTC), policy="p", steps=(step,))
    with pytest.raises(TypeError):
        write_plan(plan)


@given(plans)
def test_a_plan_survives_its_file(plan: Plan) -> None:
    read = read_plan(write_plan(plan))
    assert read == plan
    assert repr(read) == repr(plan), "7 stays 7 and True stays True, though they are equal to others"
    assert digest_of(read) == digest_of(plan)


def plan_of(*conditions: Any, rows: int = 3) -> Plan:
    table = Table(store="shop", name="orders")
    made = (
        Step(finding="1", change=DeleteRows(table=table, where=where, rows=rows), total=9, touched=rows) for where in conditions
    )
    due = Obligation(title="Ask", owner="officer", due=date(2026, 12, 1), evidence="an answer")
    return Plan(
        made_at=datetime(2026, 11, 23, tzinfo=UTC), policy="d", steps=tuple(made), obligations=(Owed(finding="1", obligation=due),)
    )


@given(st.data())
def test_any_edit_is_noticed(data: st.DataObject) -> None:
    whole = json.loads(write_plan(plan_of(OneOf(column="id", keys=(1, 2)))))
    spots = list(leaves(whole["plan"]))
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = holder[key] + 1 if isinstance(holder[key], int) else f"{holder[key]}x"
    with pytest.raises(Refused, match="was changed after it was made"):
        read_plan(json.dumps(whole))


def leaves(node: Any) -> Any:
    for key, value in list(node.items()) if isinstance(node, dict) else list(enumerate(node)):
        if isinstance(value, dict | list):
            yield from leaves(value)
        else:
            yield node, key


def test_a_step_that_was_taken_out_is_noticed() -> None:
    whole = json.loads(write_plan(plan_of(Everything(), Missing(column="id"))))
    whole["plan"]["steps"].pop()
    with pytest.raises(Refused, match="changed after it was made"):
        read_plan(json.dumps(whole))


def test_spaces_and_the_order_of_keys_do_not_matter() -> None:
    plan = plan_of(Everything())
    whole = json.loads(write_plan(plan))
    assert read_plan(json.dumps(whole, sort_keys=True, indent=7)) == plan


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", '"plan"', "{}", '{"kept_plan": 1}', '{"kept_plan": 1, "digest": ""}', "[" * 100_000]
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="not a plan file"):
        read_plan(text)


def test_a_plan_of_another_format_is_stale() -> None:
    whole = json.loads(write_plan(plan_of(Everything())))
    whole["kept_plan"] = 2
    with pytest.raises(PlanIsStale, match="has format 2, this version reads 1"):
        read_plan(json.dumps(whole))


@pytest.mark.parametrize("body", [{}, [], None, {"steps": 1}, {"made_at": "soon", "policy": "", "steps": []}])
def test_a_plan_that_somebody_made_up_is_refused(body: Any) -> None:
    whole = json.loads(write_plan(plan_of(Everything())))
    whole["plan"] = body
    whole["digest"] = digest_of_body(body)
    with pytest.raises(Refused, match="not a plan file"):
        read_plan(json.dumps(whole))


def digest_of_body(body: Any) -> str:
    """Whoever makes a plan up can also make up its digest: it guards against accidents and hasty edits, not against forgery."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def test_the_file_can_be_read_by_a_person() -> None:
    text = write_plan(plan_of(Older(column="placed_at", cutoff=datetime(2025, 11, 23, tzinfo=UTC))))
    assert text.endswith("\n")
    for line in ('"kept_plan": 1,', '"change": "DeleteRows"', '"condition": "Older"', '"cutoff": "2025-11-23T00:00:00+00:00"'):
        assert line in text
