"""The dates of a request on one bar: from its receipt to what was promised, the strict and the legal date; and where today is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Protocol

from babel.dates import format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

__all__ = ["Clocked", "clock_svg", "left_words"]

WIDE, HIGH = 320, 22
APART = 11
"""How far shapes stand apart at least: dates that fall together stay legible, the last of them at its own place."""
SOON = timedelta(days=7)


class Clocked(Protocol):
    """What has the dates of a request."""

    @property
    def received_at(self) -> datetime:
        """When it came."""

    @property
    def promised_by(self) -> datetime:
        """The promised date."""

    @property
    def strict_by(self) -> datetime:
        """The strict date."""

    @property
    def legal_by(self) -> datetime:
        """The legal date."""

    @property
    def work_by(self) -> datetime:
        """What work goes by."""

    @property
    def closed_at(self) -> datetime | None:
        """When it ended."""


def clock_svg(one: Clocked, now: datetime) -> SafeString:
    """Return the bar: what is behind is filled; a circle is the promised date, a diamond the strict one, a square the legal one.

    It says the same in words to who cannot see it. A request that has ended is drawn up to its end.
    """
    at = one.closed_at or now
    first, last = one.received_at, max(one.promised_by, one.strict_by, one.legal_by, at)
    span = max((last - first).total_seconds(), 1.0)

    def across(moment: datetime) -> float:
        return round(8 + (WIDE - 16) * min(1.0, max(0.0, (moment - first).total_seconds() / span)), 1)

    promised, strict, legal = _apart([across(one.promised_by), across(one.strict_by), across(one.legal_by)])
    state = "late" if at > one.work_by else "soon" if one.work_by - at < SOON and one.closed_at is None else "fine"
    return format_html(
        '<svg class="clocks {}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<rect class="span" x="8" y="8" width="{}" height="6" rx="3"/><rect class="gone" x="8" y="8" width="{}" height="6" rx="3"/>'
        '<circle class="due" cx="8" cy="11" r="2.5"/>{}{}{}<path class="now" d="M{} 2V20"/></svg>',
        state,
        WIDE,
        HIGH,
        _said(one, now),
        WIDE - 16,
        max(0.0, across(at) - 8),
        format_html('<rect class="due" x="{}" y="6.5" width="9" height="9"/>', legal - 4.5),
        format_html('<path class="due" d="M{0} 4.5l5.5 6.5l-5.5 6.5l-5.5-6.5z"/>', strict),
        format_html('<circle class="due" cx="{}" cy="11" r="4.5"/>', promised),
        across(at),
    )


def left_words(one: Clocked, now: datetime) -> str:
    """Return in words how much time is left, or how late it is; how long it took, where it has ended."""
    if one.closed_at is not None:
        days = (one.closed_at - one.received_at).days
        return ngettext("took %(n)d day", "took %(n)d days", days) % {"n": days}
    left = one.work_by - now
    if left < timedelta(0):
        days = -left // timedelta(days=1) + 1
        return ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
    days = left.days
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


def _apart(places: list[float]) -> list[float]:
    """Return places that are no nearer than APART to one another, moved to the left; one order of shapes where they are the same.

    >>> _apart([100.0, 100.0, 100.0])
    [78.0, 89.0, 100.0]
    """
    found = list(places)
    order = sorted(range(len(places)), key=lambda at: (places[at], at), reverse=True)
    for before, at in pairwise(order):
        found[at] = min(found[at], found[before] - APART)
    return found


def _said(one: Clocked, now: datetime) -> str:
    dates = {
        "came": _day(one.received_at),
        "promised": _day(one.promised_by),
        "strict": _day(one.strict_by),
        "legal": _day(one.legal_by),
        "left": left_words(one, now),
    }
    return _("Came %(came)s; promised by %(promised)s, strictly by %(strict)s, by law by %(legal)s; %(left)s") % dates


def _day(moment: datetime) -> str:
    return str(format_date(moment.astimezone(UTC), "d MMM y", locale=(get_language() or "en").replace("-", "_")))
