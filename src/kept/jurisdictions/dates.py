"""The dates of a request: what the company promised, the shortest reading of the law, and the law with its days off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kept.base.errors import Refused
from kept.base.periods import Period

from .arithmetic import add_days, add_hours, add_months, end_of
from .counting import Due, Event, Pause, Rule, count, event
from .law import Law, LawRight

__all__ = ["Dates", "Difference", "Due", "Pause", "breach_due", "dates", "difference"]

Which = Literal["promised", "strict", "legal", "acknowledge"]
WHICH: tuple[Which, ...] = ("promised", "strict", "legal", "acknowledge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The three dates of a request, and the day its receipt must be confirmed by, where a law asks for that.

    `legal` is for counsel: work is done by `work_by`.
    """

    promised: Due
    strict: Due
    legal: Due
    acknowledge: Due | None = None

    @property
    def work_by(self) -> Due:
        """The earlier of promise and strict date; the promise where they end together."""
        return _first((self.promised, self.strict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of one of the dates when it was counted again; None where there is or was none."""

    which: Which
    before: Due | None
    after: Due | None

    @property
    def moved(self) -> bool:
        """Whether the date itself is another, and not only the rule or its version."""
        return (self.before and self.before.until) != (self.after and self.after.until)


def dates(
    *,
    laws: Iterable[Law],
    wanted: Sequence[str],
    received: datetime,
    zone: str,
    country: str,
    promised: Period,
    extended: bool = False,
    pauses: Sequence[Pause] = (),
) -> Dates:
    """Return the dates of a request for the first of the `wanted` rights that each law gives.

    `received` is the aware moment of receipt on any channel; `zone` (IANA) and `country` (ISO 3166: `IE`, `DE-BY`; empty where none
    is named) are those of the establishment that must act. `extended` counts what each law allows on top, from the original start;
    the person must have been told before the strict date that is not extended. The promise is neither extended nor paused: give the
    longer one where the company promises one. Where several laws give the right, each date is the earliest of theirs. Where none
    does, or none gives a number, the promise stands in and the rule says so.

    Raises Refused for a moment without a zone, an unknown zone or country, or a date past the year 9999.
    """
    since = event(received, zone, country, tuple(pauses))
    given = [(law, right) for law in laws if (right := law.right(wanted, since.day(received)))]
    try:
        promise = _promise(since, promised)
        counted = [both for law, right in given if (both := count(_rule(law, right, extended=extended), since))]
        strict = _first([both[0] for both in counted]) if counted else _stand_in(promise, given)
        legal = _first([both[1] for both in counted]) if counted else strict
        return Dates(promised=promise, strict=strict, legal=legal, acknowledge=_acknowledge(given, since))
    except OverflowError:
        raise _past_calendar() from None


def breach_due(law: Law, id: str, *, aware: datetime, zone: str, country: str) -> Due | None:
    """Return the strict date of one of a law's notices of a breach, counted from the moment of awareness.

    None where the law gives no number or the duty is not in force on that day; a notice that the law does not know raises Refused.
    """
    since = event(aware, zone, country)
    notice = next((one for one in law.breaches if one.id == id), None)
    if notice is None:
        raise Refused(f"{law.id} knows no notice {id!r}", todo=f"Name one of {', '.join(one.id for one in law.breaches)}.")
    if notice.effective_from and since.day(aware) < notice.effective_from:
        return None
    try:
        both = count(Rule(law=law, name=f"breach {id}", limit=notice.deadline), since)
    except OverflowError:
        raise _past_calendar() from None
    return both[0] if both else None


def difference(old: Dates, new: Dates) -> tuple[Difference, ...]:
    """Return what differs between two counts of one request's dates, in the order promised, strict, legal, acknowledge.

    An open request is counted again when a law's file or a calendar has changed; `moved` tells a new date from a new version of the
    rule that made the same one.
    """
    pairs = ((which, getattr(old, which), getattr(new, which)) for which in WHICH)
    return tuple(Difference(which=which, before=before, after=after) for which, before, after in pairs if before != after)


def _rule(law: Law, right: LawRight, *, extended: bool) -> Rule:
    extension = right.extension if extended else None
    return Rule(law=law, name=right.id, limit=right.response, extension=extension, pauses=right.pauses)


def _acknowledge(given: Sequence[tuple[Law, LawRight]], since: Event) -> Due | None:
    rules = [Rule(law=law, name=right.id, limit=right.acknowledge) for law, right in given if right.acknowledge]
    found = [both[0] for rule in rules if (both := count(rule, since))]
    return _first(found) if found else None


def _promise(since: Event, promised: Period) -> Due:
    """Return the promised date. Whole days are civil days and last to their end; hours on top are counted as an instant."""
    days, hours = divmod(promised.hours, 24)
    local = since.at.astimezone(since.zone)
    on = add_days(add_months(local.date(), promised.months), days)
    until = end_of(on, since.zone)
    if hours:
        until = add_hours(datetime.combine(on, local.timetz().replace(tzinfo=since.zone)), hours)
        on = since.day(until)
    return Due(on=on, until=until, law="", rule=f"promised within {promised}", version="")


def _stand_in(promise: Due, given: Sequence[tuple[Law, LawRight]]) -> Due:
    """Return the promise in the place of a date that no law gives, saying which of the two it is: no right, or no number."""
    if not given:
        return Due(on=promise.on, until=promise.until, law="", rule="no law gives this right", version="", stated=False)
    law, right = given[0]
    rule = f"{right.id}: no period in law ({right.response.citation})"
    return Due(on=promise.on, until=promise.until, law=law.id, rule=rule, version=law.version, stated=False)


def _first(dues: Sequence[Due]) -> Due:
    return min(dues, key=lambda due: due.until)


def _past_calendar() -> Refused:
    return Refused("The date leaves the calendar", todo="Give a shorter period or an earlier day.")
