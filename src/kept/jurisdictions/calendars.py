"""Public holidays of a country or a part of it, from the `holidays` library; the strict dates never ask for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays
from holidays.version import __version__

from kept.base.errors import Refused

__all__ = ["HOLIDAYS_VERSION", "Holidays", "check_place", "holidays_of"]

HOLIDAYS_VERSION = f"holidays-{__version__}"
"""Part of the version of every legal date that a calendar may have moved: the library corrects past and coming years."""
WRITTEN = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """The public holidays of one place, a year at a time as they are looked for. An empty `place` has none."""

    place: str

    def __contains__(self, day: object) -> bool:
        """Return whether the day is a public holiday there."""
        return isinstance(day, date) and bool(self.place) and day in _year(self.place, day.year)


def holidays_of(place: str) -> Holidays:
    """Return the holidays of an ISO 3166 code: `IE`, or `DE-BY` for a part. Raises Refused where none are known for it."""
    if place:
        _year(place, 2026)
    return Holidays(place=place)


def check_place(place: str) -> str:
    """Return the code itself; an empty one is a place without holidays, for a company that names none.

    Raises Refused where it is not written as ISO 3166 writes countries and their parts.
    """
    if place and not WRITTEN.fullmatch(place):
        raise Refused(f"{place!r} is no country", todo="Name it as ISO 3166 does: IE, or DE-BY for a part of a country.")
    return place


@cache
def _year(place: str, year: int) -> frozenset[date]:
    country, _, part = place.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year)
    except NotImplementedError:
        raise Refused(f"No public holidays are known for {place}", todo="Name a country or a part that ISO 3166 knows.") from None
    return frozenset(found)
