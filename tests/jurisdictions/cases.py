"""What the tests of the dates share: one company in Dublin, and every right of every law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, TypedDict

from hypothesis import strategies as st

from kept.base.periods import Period
from kept.jurisdictions import Dates, Law, LawRight, Pause, dates, law, laws
from kept.jurisdictions.law import Cause

THIRTY: Final = Period.parse("30 days")
NO_REQUEST: Final = {"inform", "non_discrimination"}
"""Duties that nobody asks for."""


class Where(TypedDict):
    zone: str
    country: str


DUBLIN: Final[Where] = {"zone": "Europe/Dublin", "country": "IE"}
GREENWICH: Final[Where] = {"zone": "UTC", "country": "GB"}
DELHI: Final[Where] = {"zone": "Asia/Kolkata", "country": "IN"}


def at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def waited(cause: Cause, began: str, ended: str) -> Pause:
    return Pause(cause=cause, began=at(began), ended=at(ended))


def asked(
    codes: Sequence[str],
    right: str,
    received: datetime,
    *,
    extended: bool = False,
    pauses: Sequence[Pause] = (),
    promised: Period = THIRTY,
    where: Where = DUBLIN,
) -> Dates:
    found = [law(id) for id in codes]
    return dates(laws=found, wanted=(right,), received=received, promised=promised, extended=extended, pauses=pauses, **where)


def every_right() -> list[tuple[str, LawRight]]:
    return [(id, right) for id in laws() for right in law(id).rights if right.id not in NO_REQUEST]


def counted_rights() -> list[tuple[Law, LawRight]]:
    """Every right whose answer has a number of days, as it stands from June 2027 on, when all known laws are in force."""
    later = at("2027-06-01").date()
    return [(law(id), right) for id, right in every_right() if right.given(later) and right.response.counted]


moments = st.datetimes(min_value=datetime(2027, 6, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the zone is drawn
