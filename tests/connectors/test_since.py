"""Rows that are newer than a restriction, counted on every kind of store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from kept.base.registers import CountSince
from kept.base.restricted import EVERY_PURPOSE, RestrictedList

from .stores import NOW, Store, visit_columns, visits

KEY = b"k" * 32
ROWS = 200
SLACK = timedelta(minutes=5)


@pytest.fixture
def visited(store: Store) -> Store:
    """Row `at` is that many days old, of person `at % 50`; every tenth has no time."""
    store.create("visits", *visit_columns(), rows=visits(ROWS))
    return store


def restricted(**days: int) -> RestrictedList:
    """Restrict people (`p7`) since so many days and an hour before NOW."""
    since = {name[1:]: NOW - timedelta(days=ago, hours=1) for name, ago in days.items()}
    return RestrictedList(KEY, {RestrictedList.digest(KEY, f"account:{who}"): {EVERY_PURPOSE: at} for who, at in since.items()})


def asked(store: Store, people: RestrictedList, *, column: str = "who", until: datetime = NOW, **more: Any) -> Any:
    question = CountSince(
        column=store.table("visits").column(column),
        kind="account",
        clock=more.pop("clock", "at"),
        people=people,
        until=until + timedelta(seconds=1),
        slack=SLACK,
        **more,
    )
    return store.ask(question)


def test_nobody_restricted_has_no_new_row(visited: Store) -> None:
    assert asked(visited, restricted()) == 0
    assert asked(visited, restricted(p99=10)) == 0


def test_each_person_counts_from_their_own_moment(visited: Store) -> None:
    # Person 7 has rows of 7, 57, 107 and 157 days ago, person 8 of 8, 58, 108 and 158.
    assert asked(visited, restricted(p7=60)) == 2
    assert asked(visited, restricted(p7=60, p8=7)) == 2
    assert asked(visited, restricted(p7=60, p8=110)) == 5


def test_a_row_without_a_time_and_one_of_the_future_are_not_new(visited: Store) -> None:
    assert asked(visited, restricted(p9=400)) == 0  # every row of theirs lacks its time
    assert asked(visited, restricted(p7=60), until=NOW - timedelta(days=50)) == 1


def test_rows_within_the_slack_of_clocks_are_from_before(visited: Store) -> None:
    at = NOW - timedelta(days=7)
    just = RestrictedList(KEY, {RestrictedList.digest(KEY, "account:7"): {EVERY_PURPOSE: at - SLACK + timedelta(seconds=1)}})
    late = RestrictedList(KEY, {RestrictedList.digest(KEY, "account:7"): {EVERY_PURPOSE: at - SLACK}})
    assert (asked(visited, just), asked(visited, late)) == (0, 1)


def test_clocks_in_seconds_count_as_well(visited: Store) -> None:
    assert asked(visited, restricted(p9=60), clock="seconds", unit="seconds") == 2


def test_keys_that_are_texts_are_found(visited: Store) -> None:
    people = RestrictedList(
        KEY, {RestrictedList.digest(KEY, "account:person7@example.org"): {EVERY_PURPOSE: NOW - timedelta(days=60)}}
    )
    assert asked(visited, people, column="email") == 2


def test_a_clock_that_is_none_is_unknown(visited: Store) -> None:
    question = CountSince(
        column=visited.table("visits").column("who"), kind="account", clock="note", people=restricted(p7=60), until=NOW, slack=SLACK
    )
    if visited.dialect != "sqlite":  # where any column may hold a time
        assert "note" in visited.unknown(question)
    missing = CountSince(
        column=visited.table("visits").column("gone"), kind="account", clock="at", people=restricted(p7=60), until=NOW, slack=SLACK
    )
    assert "gone" in visited.unknown(missing)
