"""One time limit, counted from one event: the strict and the legal date, each with the rule that made it."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kept.base.errors import Refused

from .arithmetic import NO_HOLIDAYS, add_business_days, add_days, add_hours, add_months, end_of, roll, stretch
from .calendars import HOLIDAYS_VERSION, Holidays, check_place, holidays_of
from .law import Calendar, Cause, Effect, Extension, Law, Pauses, TimeLimit, Unit

__all__ = ["Due", "Event", "Pause", "Rule", "count", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One date, and what made it.

    `on` is the civil day in the zone of the establishment; `until` is the first instant, in UTC, that is too late: the end of that
    day, or the very instant for a period in hours. `law` is the law's id, empty for the company's own promise; `rule` is the right
    or notice and the citation; `version` is that of the law's file, and of the calendar of holidays where one was used. `stated` is
    false where the law gives no number and the promise stands in.
    """

    on: date
    until: datetime
    law: str
    rule: str
    version: str
    stated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which the company waited for the person: for proof of identity, a fee, or what exactly is wanted.

    Both moments are aware. For one that goes on, give the present moment as `ended` and count again when it has ended.
    """

    cause: Cause
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a clock runs from: an aware moment, and the zone and country of the establishment that must act."""

    at: datetime
    zone: ZoneInfo
    country: str
    pauses: tuple[Pause, ...] = ()

    def day(self, moment: datetime) -> date:
        """Return the civil day of a moment in the establishment's zone."""
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A time limit of a law with what may move it; `name` is the right or the notice it belongs to."""

    law: Law
    name: str
    limit: TimeLimit
    extension: Extension | None = None
    pauses: Pauses | None = None


def event(at: datetime, zone: str, country: str, pauses: tuple[Pause, ...] = ()) -> Event:
    """Return the event. Raises Refused for a moment or zone or country that is none, or a pause that ends before it began."""
    _check_aware(at)
    for pause in pauses:
        _check_aware(pause.began)
        _check_aware(pause.ended)
        if pause.ended < pause.began:
            raise Refused("A pause ends before it begins", todo="Give the moments in their order.")
    return Event(at=at, zone=_zone(zone), country=check_place(country), pauses=pauses)


def count(rule: Rule, since: Event) -> tuple[Due, Due] | None:
    """Return the strict and the legal date of a rule; None where the law gives no number.

    The strict date is the shortest reading: a day that may count does, nothing but Saturdays and Sundays interrupts business days,
    no day off moves the end, and only pauses that the law itself knows are waited for. The legal date is never earlier. An
    extension is counted from the original start. Raises OverflowError where the date leaves the calendar.
    """
    limit = rule.limit.counted
    if limit is None and rule.limit.unit == "immediate":
        return _both(rule, since, since.day(since.at), since.day(since.at))
    if limit is None or limit.amount is None:
        return None
    amount, citation = _total(limit.amount, limit, rule.extension)
    if limit.unit == "hour":
        at = add_hours(since.at, amount)
        one = Due(on=since.day(at), until=at, law=rule.law.id, rule=f"{rule.name}: {citation}", version=rule.law.version)
        return one, one
    holidays = _holidays(limit, rule.law.calendar, since.country)
    known = dict(rule.pauses.effects) if rule.pauses else {}
    in_law = known if rule.pauses and rule.pauses.in_law else {}
    strict = _last(limit.unit, amount, since, in_law, NO_HOLIDAYS) - timedelta(days=1 if limit.clock.day_counts else 0)
    legal = _last(limit.unit, amount, since, known, holidays)
    if limit.clock.roll:
        legal = roll(legal, holidays)
    calendar = f"+{HOLIDAYS_VERSION}" if holidays.place else ""
    return _both(rule, since, strict, legal, citation=citation, calendar=calendar)


def _total(amount: int, limit: TimeLimit, extension: Extension | None) -> tuple[int, str]:
    """Return how much to count from the start, and the citation that says so."""
    if extension is None or not extension.allowed:
        return amount, limit.citation
    return amount + extension.amount, extension.citation


def _last(unit: Unit, amount: int, since: Event, effects: Mapping[Cause, Effect], holidays: Container[date]) -> date:
    """Return the last day of the period, before any roll, with the pauses that have an effect."""

    def end(start: date) -> date:
        return _COUNTED[unit](start, amount, holidays)

    start, waits = since.day(since.at), list[tuple[date, date]]()
    for pause in sorted(since.pauses, key=lambda one: one.began):
        effect, first, final = effects.get(pause.cause), since.day(pause.began), since.day(pause.ended)
        if effect is None or first > stretch(end(start), _after(start, waits)):
            continue
        if effect == "start":
            start = max(start, final)
        else:
            waits.append((first, final))
    return stretch(end(start), _after(start, waits))


def _after(start: date, waits: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Return the waits without the days that the period does not count anyway: the start, and what is before it."""
    return [(max(first, start + timedelta(days=1)), final) for first, final in waits]


def _both(rule: Rule, since: Event, strict: date, legal: date, *, citation: str = "", calendar: str = "") -> tuple[Due, Due]:
    text = f"{rule.name}: {citation or rule.limit.citation}"
    id, version = rule.law.id, rule.law.version
    return (
        Due(on=strict, until=end_of(strict, since.zone), law=id, rule=text, version=version),
        Due(on=legal, until=end_of(legal, since.zone), law=id, rule=text, version=version + calendar),
    )


def _holidays(limit: TimeLimit, calendar: Calendar, country: str) -> Holidays:
    """Return the holidays that may move this limit; none where it neither rolls nor counts working days."""
    needed = limit.clock.roll or limit.unit == "business_day"
    return holidays_of(calendar.place(country) if needed else "")


def _check_aware(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise Refused("A moment has no time zone", todo="Give it with its distance from UTC.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(f"No time zone is called {name!r}", todo="Name one of the IANA list, such as Europe/Dublin.") from None


_COUNTED: Mapping[Unit, Callable[[date, int, Container[date]], date]] = {
    "day": lambda start, amount, _: add_days(start, amount),
    "month": lambda start, amount, _: add_months(start, amount),
    "business_day": add_business_days,
}
