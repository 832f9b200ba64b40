"""Moments as numbers, for clocks that are kept in seconds or milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kept.base.conditions import ClockUnit
from kept.base.questions import ColumnType

__all__ = ["epoch", "number_fault"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"seconds": timedelta(seconds=1), "milliseconds": timedelta(milliseconds=1)}


def epoch(moment: datetime, unit: ClockUnit) -> int:
    """Return the first whole second or millisecond that does not stand before the moment.

    A whole number is before the moment exactly when it is less than this.

    >>> epoch(datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC), "seconds")
    2
    """
    return -((EPOCH - moment) // UNITS[unit])


def number_fault(kind: ColumnType, unit: ClockUnit) -> str:
    """Return what a column of this type holds instead of such a clock, empty when it can be one; for stores that mind types."""
    if unit != "timestamp":
        return "" if kind in ("integer", "decimal") else f"holds {kind}, not a number of {unit}"
    if kind in ("integer", "decimal"):
        return "holds numbers without a unit, not a time"
    return "" if kind in ("date", "timestamp") else f"holds {kind}, not a time"
