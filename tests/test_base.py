from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.changes import Null, selection_of
from kept.base.conditions import Equals, Everything
from kept.base.errors import Place, PlanIsStale, PolicyError
from kept.base.names import Column, Table
from kept.base.periods import Period
from kept.base.personal import Personal

parts = st.text(min_size=1).filter(lambda text: "\x00" not in text)


@given(parts, parts, parts, parts)
def test_every_name_survives_writing_and_reading(store: str, schema: str, table: str, column: str) -> None:
    for whole in (Table(store=store, name=table), Table(store=store, schema=schema, name=table)):
        assert Table.parse(str(whole)) == whole
        assert Column.parse(str(whole.column(column))) == whole.column(column)


@pytest.mark.parametrize("text", ["", "orders", "a..b", '"a', 'a."', "a.b.c.d", 'a."b"c.d'])
def test_a_name_that_is_not_one_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|is not|has"):
        Table.parse(text)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(0, 600))  # noqa: DTZ001
def test_months_never_spill_into_the_next(moment: datetime, months: int) -> None:
    aware = moment.replace(tzinfo=UTC)
    before = Period(months=months).before(aware)
    assert (aware.year * 12 + aware.month) - (before.year * 12 + before.month) == months
    assert before.day <= aware.day


@given(st.integers(0, 999), st.sampled_from(["year", "month", "week", "day", "hour"]))
def test_a_period_reads_what_it_writes(number: int, unit: str) -> None:
    period = Period.parse(f"{number} {unit}s")
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize("text", ["", "12", "months", "-1 days", "1.5 years", "twelve months", "1 fortnight"])
def test_a_period_that_is_not_one_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="24 months"):
        Period.parse(text)


def test_personal_values_do_not_show() -> None:
    secret = Personal("ada@example.org")
    assert "ada" not in f"{secret} {secret!r} {secret:>40}"
    assert secret.reveal() == "ada@example.org"
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(secret)


def test_errors_pickle_with_their_facts() -> None:
    error = PolicyError("the key 'x' is not known", place=Place(file="a.yaml", line=3, column=2), todo="Remove it.")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "a.yaml:3:2: the key 'x' is not known. Remove it."
    assert "nothing was changed" in str(PlanIsStale("the policy changed", todo="Plan again."))


def test_a_change_leaves_out_what_it_has_done() -> None:
    change = Null(table=Table.parse("a.b"), columns=("c",), where=Everything(), rows=1)
    assert "Missing" in repr(selection_of(change))
    assert Equals(column="c", value=1) != Equals(column="c", value=2)
