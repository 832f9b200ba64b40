"""Doing a change twice is doing it once: what a change still has to touch never includes what it has done."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kept.base.changes import PLACEHOLDER, Anonymise, Coarsen, DeleteRows, Null, Redact, selection_of
from kept.base.conditions import AllOf, AnyOf, Equals, Everything, Missing, Not, OneOf, StartsWith
from kept.base.names import Table

from .rows import Row, meets, perform

TABLE = Table(store="shop", name="people")
values = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "", "Ada", PLACEHOLDER, PLACEHOLDER + "00ff", "ERASED-", "203.0.113.7", "203.0.113.0",
            "write to ada@example.org", "[redacted: email]", "I was diagnosed with diabetes last year.",
            "2001:db8:1:2::3", "2001:db8:1::", "ada@example.org 203.0.113.7",
        ]
    ),
    st.text(max_size=5),
)  # fmt: skip
rows = st.lists(st.fixed_dictionaries({"id": st.integers(0, 5), "a": values, "b": values}), max_size=6)
wheres: st.SearchStrategy[Any] = st.sampled_from(
    [
        Everything(),
        OneOf(column="id", keys=(1, 2, 3)),
        Not(what=OneOf(column="id", keys=(1,))),
        AllOf(parts=(OneOf(column="id", keys=(1, 2)), Not(what=OneOf(column="id", keys=(2,))))),
        AnyOf(parts=(OneOf(column="id", keys=(1,)), OneOf(column="id", keys=(3, 4)))),
    ]
)
some = st.sampled_from([("a",), ("b",), ("a", "b")])
changes: st.SearchStrategy[Any] = st.one_of(
    st.builds(DeleteRows, table=st.just(TABLE), where=wheres, rows=st.just(0)),
    st.builds(Null, table=st.just(TABLE), columns=some, where=wheres, rows=st.just(0)),
    st.builds(Anonymise, table=st.just(TABLE), columns=some, where=wheres, rows=st.just(0), unique=st.booleans()),
    st.builds(Coarsen, table=st.just(TABLE), column=st.sampled_from("ab"), kind=st.just("ip"), where=wheres, rows=st.just(0)),
    st.builds(
        Redact,
        table=st.just(TABLE),
        column=st.sampled_from("ab"),
        kinds=st.sampled_from([("email",), ("email", "ip"), ("health",)]),
        where=wheres,
        rows=st.just(0),
    ),
)
slow_first = settings(deadline=None)
"""The first value that a detector looks at waits for its patterns to be compiled."""


@slow_first
@given(changes, rows)
def test_a_change_leaves_nothing_that_it_would_touch_again(change: Any, held: list[Row]) -> None:
    tables = {TABLE: copy.deepcopy(held)}
    perform(change, tables)
    assert not any(meets(selection_of(change), row, tables) for row in tables[TABLE])
    once = copy.deepcopy(tables[TABLE])
    assert perform(change, tables) == 0
    assert tables[TABLE] == once


@slow_first
@given(changes, rows)
def test_a_change_touches_no_row_outside_its_condition(change: Any, held: list[Row]) -> None:
    tables = {TABLE: copy.deepcopy(held)}
    outside = [row for row in held if not meets(change.where, row, {TABLE: held})]
    perform(change, tables)
    assert [row for row in tables[TABLE] if not meets(change.where, row, tables)] == outside


@slow_first
@given(changes, rows)
def test_a_selection_is_never_wider_than_the_change(change: Any, held: list[Row]) -> None:
    for row in held:
        assert not meets(selection_of(change), row, {TABLE: held}) or meets(change.where, row, {TABLE: held})


@given(rows)
def test_what_was_half_done_before_a_crash_is_finished(held: list[Row]) -> None:
    """Of two columns one was emptied, one was not: the row is still to be touched."""
    for row in held:
        row["a"], row["b"] = None, "Ada"
    null = Null(table=TABLE, columns=("a", "b"), where=Everything(), rows=0)
    masked = Anonymise(table=TABLE, columns=("a", "b"), where=Everything(), rows=0)
    for change in (null, masked):
        assert all(meets(selection_of(change), row, {TABLE: held}) for row in held)


def test_a_selection_over_everything_says_so_plainly() -> None:
    assert selection_of(Null(table=TABLE, columns=("a",), where=Everything(), rows=0)) == Not(what=Missing(column="a"))
    masked = selection_of(Anonymise(table=TABLE, columns=("a",), where=Everything(), rows=0))
    done = (Missing(column="a"), Equals(column="a", value=""), StartsWith(column="a", prefix=PLACEHOLDER))
    assert masked == AllOf(parts=tuple(Not(what=condition) for condition in done))
