"""When a period has ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from kept.base.periods import Period
from kept.policy.keeping import ended

NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
days = st.one_of(st.builds(Period, months=st.integers(0, 240)), st.builds(Period, hours=st.integers(0, 4000).map(lambda n: n * 24)))


def test_a_period_of_months_ends_with_its_last_day() -> None:
    # What began at any hour of 23 November 2024 has until the end of 23 November 2026.
    assert ended(Period(months=24), NOON) == datetime(2024, 11, 23, tzinfo=UTC)


def test_a_period_of_hours_ends_with_its_last_second() -> None:
    assert ended(Period(hours=36), NOON) == NOON - timedelta(hours=36)


def test_the_day_is_that_of_utc_wherever_the_clock_stands() -> None:
    west = NOON.replace(hour=3).astimezone(timezone(timedelta(hours=-8)))
    assert west.day == 22
    assert ended(Period(hours=48), west) == datetime(2026, 11, 21, tzinfo=UTC)


@given(days, moments)
def test_what_is_due_stays_the_same_all_day(period: Period, now: datetime) -> None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    assert ended(period, now) == ended(period, midnight) == ended(period, midnight + timedelta(hours=23, minutes=59))
