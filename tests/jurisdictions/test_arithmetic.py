"""Counting days: what holds for every day, not only for those of the examples."""

from __future__ import annotations

import doctest
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.jurisdictions.arithmetic import add_business_days, add_days, add_hours, add_months, end_of, is_off, roll, stretch

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))
numbers = st.integers(min_value=0, max_value=60)
holiday_sets = st.frozensets(st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 31)), max_size=20)
near = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 31))
waits = st.lists(st.tuples(near, near).map(lambda pair: (min(pair), max(pair))), max_size=5)


def between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@given(day=days, months=st.integers(min_value=-60, max_value=60))
def test_months_keep_the_date_or_take_the_last(day: date, months: int) -> None:
    end = add_months(day, months)
    assert (end.year - day.year) * 12 + end.month - day.month == months
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@given(one=days, other=days, months=numbers)
def test_later_days_end_no_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months)
    assert add_business_days(first, months) <= add_business_days(second, months)


def test_months_in_a_leap_year() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(1900, 1, 31), 1) == date(1900, 2, 28)
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert add_months(date(2026, 11, 30), 1) == date(2026, 12, 30)


def test_months_stop_at_the_end_of_the_calendar() -> None:
    assert add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)
    assert add_months(date(1, 2, 28), -1) == date(1, 1, 28)
    for day, months in ((date(9999, 12, 1), 1), (date(1, 1, 1), -1)):
        with pytest.raises(OverflowError):
            add_months(day, months)


@given(day=near, holidays=holiday_sets)
def test_a_roll_ends_on_the_first_working_day(day: date, holidays: frozenset[date]) -> None:
    end = roll(day, holidays)
    assert not is_off(end, holidays)
    assert end >= day
    assert all(is_off(one, holidays) for one in between(day, end)[:-1])


@given(day=near, holidays=holiday_sets)
def test_weekends_and_holidays_are_off(day: date, holidays: frozenset[date]) -> None:
    assert is_off(day, holidays) == (day.strftime("%a") in {"Sat", "Sun"} or day in holidays)


@given(day=near, number=numbers, holidays=holiday_sets)
def test_business_days_are_counted_one_by_one(day: date, number: int, holidays: frozenset[date]) -> None:
    end = add_business_days(day, number, holidays)
    worked = [one for one in between(day, end)[1:] if not is_off(one, holidays)]
    assert len(worked) == number
    assert number == 0 or end == worked[-1]
    assert add_business_days(day, number) <= end


@given(last=near, waits=waits)
def test_a_period_is_longer_by_each_day_of_waiting_inside_it(last: date, waits: list[tuple[date, date]]) -> None:
    waited = {day for first, final in waits for day in between(first, final)}
    end = last
    for day in between(date(2026, 1, 1), date(2026, 12, 31)):
        if day in waited and day <= end:
            end += timedelta(days=1)
    assert stretch(last, waits) == end


def test_waiting_twice_for_the_same_days_counts_once() -> None:
    wait = (date(2026, 6, 12), date(2026, 6, 19))
    assert stretch(date(2026, 7, 10), [wait, wait, (date(2026, 6, 14), date(2026, 6, 20))]) == date(2026, 7, 19)


def test_waiting_after_the_end_revives_nothing() -> None:
    end = date(2026, 7, 10)
    assert stretch(end, [(date(2026, 7, 11), date(2026, 8, 11))]) == end
    assert stretch(end, [(date(2026, 7, 10), date(2026, 7, 11))]) == date(2026, 7, 12)


@given(moment=st.datetimes(timezones=st.timezones(), min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)), hours=numbers)  # noqa: DTZ001  # the zone is drawn
def test_hours_ignore_zones(moment: datetime, hours: int) -> None:
    end = add_hours(moment, hours)
    assert end.tzinfo is UTC
    assert end - moment.astimezone(UTC) == timedelta(hours=hours)


@given(day=days, zone=st.timezones())
def test_a_day_ends_with_its_last_instant(day: date, zone: ZoneInfo) -> None:
    end = end_of(day, zone)
    assert end.tzinfo is UTC
    assert (end - timedelta(microseconds=1)).astimezone(zone).date() <= day
    assert end.astimezone(zone).date() > day


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        ("2026-03-28", "Europe/Dublin", "2026-03-29T00:00:00+00:00"),
        ("2026-03-29", "Europe/Dublin", "2026-03-29T23:00:00+00:00"),
        ("2026-10-25", "Europe/Dublin", "2026-10-26T00:00:00+00:00"),
        ("2026-01-31", "Asia/Kolkata", "2026-01-31T18:30:00+00:00"),
        ("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        ("2011-12-29", "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_day_ends_at_midnight_where_the_company_is(day: str, zone: str, end: str) -> None:
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)).isoformat() == end


def test_the_last_day_has_no_end() -> None:
    with pytest.raises(OverflowError):
        end_of(date.max, ZoneInfo("UTC"))
    assert add_days(date(9999, 12, 30), 1) == date.max


@pytest.mark.parametrize("module", ["arithmetic", "law"])
def test_the_examples_in_the_text_are_true(module: str) -> None:
    ran = doctest.testmod(sys.modules[f"kept.jurisdictions.{module}"])
    assert (ran.failed, ran.attempted > 0) == (0, True)
