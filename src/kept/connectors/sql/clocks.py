"""Moments as numbers, for clocks that are kept in seconds or milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kept.base.conditions import ClockUnit

__all__ = ["epoch"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"seconds": timedelta(seconds=1), "milliseconds": timedelta(milliseconds=1)}


def epoch(moment: datetime, unit: ClockUnit) -> int:
    """Return the first whole second or millisecond that does not stand before the moment.

    A whole number is before the moment exactly when it is less than this.

    >>> epoch(datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC), "seconds")
    2
    """
    return -((EPOCH - moment) // UNITS[unit])
