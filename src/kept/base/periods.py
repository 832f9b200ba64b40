"""Lengths of time as policies state them: calendar years and months, or weeks, days and hours."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

__all__ = ["SKEW", "Period"]

SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may differ before a moment counts as one that has not come."""

WRITTEN = re.compile(r"(\d{1,6}) (year|month|week|day|hour)s?\Z")

MOST = {"year": 999, "month": 11_988, "week": 52_000, "day": 364_000, "hour": 999_999}
"""The longest periods: that long before or after the days Kept judges by is still in the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A number of calendar months and a number of hours on top.

    Months are calendar months: one month before 31 March is 28 (or 29) February, never 30 days before.
    """

    pattern: ClassVar[str] = r"^\d{1,6} (year|month|week|day|hour)s?$"
    example: ClassVar[str] = "24 months"

    months: int = 0
    hours: int = 0

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `24 months`, `1 year`, `90 days`, `6 weeks` or `72 hours`. Raises ValueError."""
        found = WRITTEN.match(text.strip())
        if not found:
            raise ValueError(f"{text!r} is not a period; expected a number and a unit, such as {cls.example!r} or '90 days'")
        number, unit = int(found[1]), found[2]
        if number > MOST[unit]:
            raise ValueError(f"{text!r} is longer than any promise; expected at most {MOST['year']} years")
        if unit in ("year", "month"):
            return cls(months=number * (12 if unit == "year" else 1))
        return cls(hours=number * {"week": 168, "day": 24, "hour": 1}[unit])

    def before(self, moment: datetime) -> datetime:
        """Return the moment this long before `moment`, clipped to the month's last day.

        >>> from datetime import UTC, datetime
        >>> Period(months=1).before(datetime(2026, 3, 31, tzinfo=UTC)).date().isoformat()
        '2026-02-28'
        """
        return self._shift(moment, -1)

    def after(self, moment: datetime) -> datetime:
        """Return the moment this long after `moment`, clipped to the month's last day."""
        return self._shift(moment, 1)

    def _shift(self, moment: datetime, sign: int) -> datetime:
        year, month = divmod(moment.year * 12 + moment.month - 1 + sign * self.months, 12)
        if not 1 <= year <= 9999:
            raise ValueError(f"{self} from {moment.date()} leaves the calendar")
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day) + timedelta(hours=sign * self.hours)

    def __str__(self) -> str:
        """Write the largest whole units: `2 years`, `18 months`, `90 days`."""
        parts = []
        if self.months:
            parts.append(_units(self.months, ((12, "year"), (1, "month"))))
        if self.hours or not self.months:
            parts.append(_units(self.hours, ((24, "day"), (1, "hour"))))
        return " and ".join(parts)


def _units(number: int, units: tuple[tuple[int, str], ...]) -> str:
    size, name = next((size, name) for size, name in units if number % size == 0)
    count = number // size
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
