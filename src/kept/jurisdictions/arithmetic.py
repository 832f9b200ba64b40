"""Counting days the way laws count them. Values in, values out: no clock is asked and no law is known here.

`holidays` is anything a day can be looked for in; an empty one leaves only Saturdays and Sundays as days off. What would leave
the calendar (the year 9999) raises OverflowError.
"""

from __future__ import annotations

import calendar
from collections.abc import Container, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

__all__ = ["NO_HOLIDAYS", "add_business_days", "add_days", "add_hours", "add_months", "end_of", "is_off", "roll", "stretch"]

NO_HOLIDAYS: Final[frozenset[date]] = frozenset()
SATURDAY = 5


def add_months(day: date, months: int) -> date:
    """Return the same date that many months on, or the month's last day where there is no such date (Reg. 1182/71 Art. 3(2)(c)).

    >>> add_months(date(2026, 1, 31), 1).isoformat()
    '2026-02-28'
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("the period leaves the calendar")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date:
    """Return the day that many days on; the first day is not counted, the last one is."""
    return day + timedelta(days=days)


def add_hours(moment: datetime, hours: int) -> datetime:
    """Return the instant that many hours on, in UTC; a change of summer time in between adds and takes nothing."""
    return moment.astimezone(UTC) + timedelta(hours=hours)


def is_off(day: date, holidays: Container[date] = NO_HOLIDAYS) -> bool:
    """Return whether nobody is expected to work: a Saturday, a Sunday or a holiday."""
    return day.weekday() >= SATURDAY or day in holidays


def roll(day: date, holidays: Container[date] = NO_HOLIDAYS) -> date:
    """Return the day itself, or the next working day where it is off (Reg. 1182/71 Art. 3(4))."""
    while is_off(day, holidays):
        day += timedelta(days=1)
    return day


def add_business_days(day: date, days: int, holidays: Container[date] = NO_HOLIDAYS) -> date:
    """Return the working day that many working days on; the first day is not counted."""
    for _ in range(days):
        day = roll(day + timedelta(days=1), holidays)
    return day


def stretch(last: date, waits: Iterable[tuple[date, date]]) -> date:
    """Return the last day of a period, later by each day of the waits that falls inside it.

    A wait is its first and its last day, both of which do not count; waits may overlap. One that begins after the period has run
    out does not revive it.

    >>> stretch(date(2026, 7, 10), [(date(2026, 6, 12), date(2026, 6, 19))]).isoformat()
    '2026-07-18'
    """
    counted = date.min
    for first, final in sorted(waits):
        begin = max(first, counted)
        if begin > last or begin > final:
            continue
        last += timedelta(days=(final - begin).days + 1)
        counted = final + timedelta(days=1)
    return last


def end_of(day: date, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which the civil day is over in the zone: the first instant that is too late."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)
