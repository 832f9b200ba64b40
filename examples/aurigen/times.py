"""Moments as text (`YYYY-MM-DD HH:MM:SS`, UTC), which every database here reads, and quick ways to make many of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from kept.base.periods import Period

__all__ = ["Calendar"]

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The present of an invented company: everything happens before midnight at the start of `as_of`."""

    as_of: date

    @property
    def now(self) -> int:
        """The present, in seconds since 1970."""
        return int(datetime(self.as_of.year, self.as_of.month, self.as_of.day, tzinfo=UTC).timestamp())

    def ago(self, months: int = 0, days: int = 0) -> int:
        """Return the moment that many calendar months and then days ago, in seconds since 1970; negative days lie later."""
        here = datetime(self.as_of.year, self.as_of.month, self.as_of.day, tzinfo=UTC)
        return int((Period(months=months).before(here) - timedelta(days=days)).timestamp())

    def month_starts(self, since: int, until: int) -> Iterator[date]:
        """Yield the first of every month from the one that holds `since` to the one after the one that holds `until`."""
        first, last = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month + 1):
            yield date(number // 12, number % 12 + 1, 1)


def between(chance: Random, since: int, until: int) -> int:
    """Return a moment since <= it < until, or `since` where there is no room."""
    return chance.randrange(since, until) if until > since else since


def written(moment: int) -> str:
    """Return a moment as text.

    >>> written(1_795_392_000)
    '2026-11-23 00:00:00'
    """
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def spread(since: int, until: int, number: int) -> list[str]:
    """Return `number` moments from `since` on, evenly spread and rising, as text; quick for millions."""
    first = since // DAY
    days = [written(day * DAY)[:11] for day in range(first, until // DAY + 1)]
    clock = _clock()
    span = until - since
    moments = (divmod(since + step * span // number, DAY) for step in range(number))
    return [days[day - first] + clock[second] for day, second in moments]


def _clock() -> list[str]:
    return [f"{hour:02}:{minute:02}:{second:02}" for hour in range(24) for minute in range(60) for second in range(60)]
