"""Who may only be kept, as keyed hashes."""

from __future__ import annotations

from datetime import UTC, datetime

from kept.base.restricted import EVERY_PURPOSE, RestrictedList

KEY = b"k" * 32
ONE, TWO, THREE = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))


def closed(**people: dict[str, datetime]) -> RestrictedList:
    return RestrictedList(KEY, {RestrictedList.digest(KEY, f"account:{name}"): purposes for name, purposes in people.items()})


def test_a_purpose_is_closed_by_itself_or_with_all() -> None:
    people = closed(ada={EVERY_PURPOSE: TWO}, bob={"telemetry": ONE}, eve={"telemetry": ONE, "billing": THREE})
    telemetry, both = people.closed_to(["telemetry"]), people.closed_to(["telemetry", "billing"])
    assert [telemetry.since("account", who) for who in ("ada", "bob", "eve")] == [TWO, ONE, ONE]
    assert [both.since("account", who) for who in ("ada", "bob", "eve")] == [TWO, None, THREE]
    assert people.closed_to([]).since("account", "ada") == TWO
    assert (len(people), len(telemetry), len(both)) == (3, 3, 2)


def test_the_earlier_of_all_and_one_counts() -> None:
    assert closed(ada={EVERY_PURPOSE: TWO, "telemetry": ONE}).closed_to(["telemetry"]).since("account", "ada") == ONE


def test_the_kind_of_person_counts_and_numbers_are_their_digits() -> None:
    people = closed(**{"7": {EVERY_PURPOSE: ONE}})
    assert people.since("account", 7) == people.since("account", "7") == ONE
    assert people.since("patient", 7) is None
    assert people.since("account", 8) is None


def test_the_first_moment_is_the_earliest_of_all() -> None:
    assert closed(ada={EVERY_PURPOSE: TWO}, bob={"x": ONE}).first == ONE
    assert closed().first is None


def test_it_shows_how_many_and_nothing_else() -> None:
    people = closed(ada={EVERY_PURPOSE: ONE})
    assert repr(people) == "RestrictedList(1 restricted)"
    assert people == closed(ada={EVERY_PURPOSE: ONE})
    assert hash(people) == hash(closed(ada={EVERY_PURPOSE: ONE}))
    assert people != closed(ada={EVERY_PURPOSE: TWO})
    assert people != closed(bob={EVERY_PURPOSE: ONE})
