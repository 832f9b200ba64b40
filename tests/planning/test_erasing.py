"""What erasing comes to, in any world: nobody's rows but theirs, all of theirs, and nothing left that points to nothing."""

from __future__ import annotations

import doctest
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from kept.planning import ties
from kept.planning.erasing import erase

from .erased import Shape, World, people, remake
from .memory import NOW

PERSON = st.integers(1, 4)
PAIRS = st.lists(st.tuples(PERSON, PERSON), max_size=5)
SHAPES = st.builds(
    Shape,
    loose=st.booleans(),
    enforced=st.just(True),
    pseudo=st.booleans(),
    masks=st.booleans(),
    held=st.booleans(),
)
WORLDS = st.builds(
    lambda *parts: parts,
    SHAPES,
    PAIRS,
    st.lists(st.tuples(PERSON, st.integers(1, 3)), max_size=5),
    st.lists(st.tuples(PERSON, st.booleans()), max_size=4),
    st.lists(st.tuples(PERSON, st.integers(0, 4)), max_size=5),
)
LEAVING = st.lists(PERSON, min_size=1, max_size=4, unique=True)


def by_hand(world: World, shape: Shape, parts: Sequence[Sequence[tuple[int, int]]], gone: set[int]) -> None:
    """Say what must be there, written from the words of the map alone."""
    messages, members, bills, replies = parts
    kept = {at for at, (_, new) in enumerate(bills, 1) if new or (shape.held and at == 1)}
    assert world.keys("bills") == {at for at, (a, _) in enumerate(bills, 1) if a not in gone or at in kept}
    assert world.keys("orders") == world.keys("bills")
    assert world.keys("replies") == {at for at, (a, _) in enumerate(replies, 1) if a not in gone}
    assert world.keys("members") == {at for at, (a, _) in enumerate(members, 1) if a not in gone}
    emptied = {c for _, c in members} - {c for a, c in members if a not in gone}
    assert world.keys("circles") == {1, 2, 3} - emptied
    for at, (a, b) in enumerate(messages, 1):
        there = {a, b} - gone
        assert (at in world.keys("messages")) == (bool(there) or shape.masks)
        if there and there == {a, b}:
            row = world.row("messages", at)
            assert (row["sender"], row["receiver"], row["by"], row["to"], row["body"]) == (a, b, f"of {a}", f"of {b}", "x")
        elif there:
            row, mine = world.row("messages", at), ("by", "to") if a in there else ("to", "by")
            assert row[mine[0]] == f"of {a if a in there else b}"
            assert row[mine[1]] == "erased-"
            assert row["body"] == "x"
    for row in world.memory.rows[next(table for table in world.memory.rows if table.name == "accounts")]:
        assert (row["name"] == f"of {row['id']}") == (row["id"] not in gone)
    nowhere = [f"of {person}" for person in gone]
    for table, rows in world.memory.rows.items():
        for row in rows:
            if table.name == "bills" and row["id"] in kept:
                continue
            assert not {value for value in row.values() if value in nowhere}, (table, row)


@settings(max_examples=100, deadline=None)
@given(made=WORLDS, leaving=LEAVING)
def test_people_leave_together(made: tuple[object, ...], leaving: list[int]) -> None:
    shape, *parts = made
    world = remake(shape, *parts)  # type: ignore[arg-type]  # what the strategy made
    world.erase(*people(leaving))
    by_hand(world, shape, parts, set(leaving))  # type: ignore[arg-type]  # what the strategy made


@settings(max_examples=100, deadline=None)
@given(made=WORLDS, leaving=LEAVING)
def test_people_leave_one_after_another(made: tuple[object, ...], leaving: list[int]) -> None:
    """The same end by another road, once whoever left first is looked at again: those who came after may have needed them."""
    shape, *parts = made
    world = remake(shape, *parts)  # type: ignore[arg-type]  # what the strategy made
    for person in leaving:
        world.erase(*people([person]))
    world.erase(*people(leaving))
    by_hand(world, shape, parts, set(leaving))  # type: ignore[arg-type]  # what the strategy made


@settings(max_examples=100, deadline=None)
@given(made=WORLDS, leaving=LEAVING)
def test_lots_end_where_one_would(made: tuple[object, ...], leaving: list[int]) -> None:
    """Each person of a sweep in a lot of their own, gone through twice."""
    shape, *parts = made
    world = remake(shape, *parts)  # type: ignore[arg-type]  # what the strategy made
    who = people(leaving)
    found, _ = world.plan(*who)
    for _ in range(2):
        for at, person in enumerate(who):
            part = erase(found.only([person], who[:at]), NOW)
            assert not part.obstacles
            world.do(change for changes in part.changes.values() for change in changes)
    world.erase(*who)
    by_hand(world, shape, parts, set(leaving))  # type: ignore[arg-type]  # what the strategy made


@settings(max_examples=100, deadline=None)
@given(made=WORLDS, leaving=LEAVING)
def test_what_is_said_to_stay_is_what_stays(made: tuple[object, ...], leaving: list[int]) -> None:
    shape, *parts = made
    world = remake(shape, *parts)  # type: ignore[arg-type]  # what the strategy made
    found, plan = world.plan(*people(leaving))
    said = {(left.table.name, row[0]) for left in plan.left for row in found.reads.values(left.table, ("id",), left.where)}
    world.erase(*people(leaving))
    bills: list[tuple[int, bool]] = parts[2]  # type: ignore[assignment]  # what the strategy made
    mine = {at for at, (a, _) in enumerate(bills, 1) if a in leaving}
    stayed = {(table, at) for table in ("bills", "orders") for at in mine & world.keys(table)}
    stayed |= {("accounts", person) for person in leaving if person in world.keys("accounts")}
    assert said == stayed


def test_a_tie_that_nothing_enforces_and_nothing_cuts_is_an_obstacle() -> None:
    world = remake(Shape(loose=False, enforced=False), [(1, 2)], [], [], [])
    _, plan = world.plan("account:1")
    assert plan.obstacles == [
        "shop.messages.sender may not be empty: it goes on holding the key of somebody who left; name a pseudo-subject in the map"
    ]


def test_the_examples_in_the_words() -> None:
    assert doctest.testmod(ties).failed == 0
