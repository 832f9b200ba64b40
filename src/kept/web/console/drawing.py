"""What the console draws: strips, the tally over time, holds on a time line, the way of a proof. Inline SVG, coloured by class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kept.db.access.board import Tally
from kept.policy.holds import Hold

__all__ = ["shares_bar", "strip_svg", "summed_up", "tally_svg", "time_line"]

MARKS = ("broken", "unknown", "kept")
HEIGHTS = {"broken": 10, "unknown": 8, "kept": 5, "none": 1}
"""How high a day of a mark is drawn, of 10."""


def strip_svg(cells: Sequence[str], label: str) -> SafeString:
    """Return one row of days, oldest first; neighbours of one mark are one piece. An empty mark is a day without a check.

    Marks differ in height as well as in colour: the worse, the higher.
    """
    pieces: list[tuple[str, int, int, int, int]] = []
    at = 0
    for mark, days in groupby(cells):
        wide = len(list(days))
        high = HEIGHTS[mark or "none"]
        pieces.append((mark or "none", at, 10 - high, wide, high))
        at += wide
    drawn = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', pieces)
    return format_html(
        '<svg class="strip" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        max(at, 1),
        label,
        drawn,
    )


def summed_up(cells: Sequence[str], words: Mapping[str, str]) -> str:
    """Return a strip in words: how many days had each mark."""
    counts = {mark: cells.count(mark) for mark in MARKS}
    said = [_("%(mark)s on %(days)d days") % {"mark": words[mark], "days": count} for mark, count in counts.items() if count]
    return ", ".join(said) or _("not checked in this time")


def tally_svg(tallies: Sequence[Tally], *, days: int, until: date, label: str) -> SafeString:
    """Return the findings of each day as stacked bars, broken lowest; days without a check stay empty."""
    most = max((one.kept + one.broken + one.unknown for one in tallies), default=0) or 1
    pieces: list[tuple[str, int, str, str]] = []
    for one in tallies:
        place, low = days - 1 - (until - one.day).days, 0.0
        for mark in MARKS:
            high = 40 * getattr(one, mark) / most
            if high:
                pieces.append((mark, place, f"{40 - low - high:.1f}", f"{high:.1f}"))
            low += high
    drawn = format_html_join("", '<rect class="{}" x="{}" y="{}" width="0.86" height="{}"/>', pieces)
    return format_html(
        '<svg class="tally" viewBox="0 0 {} 40" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>', days, label, drawn
    )


def shares_bar(counts: Mapping[str, int], label: str) -> SafeString:
    """Return one bar in which each mark has its share, broken first."""
    pieces, at = [], 0
    for mark in (*MARKS, "none"):
        if count := counts.get(mark, 0):
            pieces.append((mark, at, count))
            at += count
    drawn = format_html_join("", '<rect class="{}" x="{}" width="{}" height="10"/>', pieces)
    return format_html(
        '<svg class="strip shares" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        max(at, 1),
        label,
        drawn,
    )


ROW, WIDE = 34, 640
"""The time line: points a row is high, points it is wide."""


def time_line(holds: Mapping[str, Hold], today: date) -> SafeString:
    """Return holds as bars from the day each was placed: to its end, or on to its review. A line stands for today."""
    if not holds:
        return SafeString("")
    first = min(hold.placed for hold in holds.values()) - timedelta(days=30)
    last = max([today, *(hold.lifted or hold.review for hold in holds.values())]) + timedelta(days=30)
    span = (last - first).days

    def across(day: date) -> float:
        return round(WIDE * (day - first).days / span, 1)

    high = ROW * len(holds) + 26
    return format_html(
        '<svg class="hold-line" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDE,
        high,
        _("Holds over time; the table below says the same"),
        format_html_join(
            "", '<path class="year" d="M{0} 0V{1}"/><text x="{0}" y="{2}">{3}</text>', _years(first, last, across, high)
        ),
        format_html_join("", "{}", ((_bar(name, hold, today, across, at),) for at, (name, hold) in enumerate(holds.items()))),
        format_html(
            '<path class="today" d="M{0} 0V{1}"/><text class="now" x="{0}" y="{2}" text-anchor="end">{3}</text>',
            across(today),
            high - 18,
            high - 4,
            _("today"),
        ),
    )


def _years(first: date, last: date, across: Callable[[date], float], high: int) -> Iterator[tuple[float, int, int, int]]:
    for year in range(first.year + 1, last.year + 1):
        yield across(date(year, 1, 1)), high - 18, high - 4, year


def _bar(name: str, hold: Hold, today: date, across: Callable[[date], float], at: int) -> SafeString:
    begin, end = across(hold.placed), across(hold.lifted or max(today, hold.review))
    state = "lifted" if hold.lifted and hold.lifted <= today else "due" if hold.review <= today else "inforce"
    top = at * ROW + 6
    review = across(hold.review)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="18" rx="4"/><circle class="review" cx="{}" cy="{}" r="4"/>'
        '<text class="on" x="{}" y="{}">{}</text>',
        state,
        begin,
        top,
        round(end - begin, 1),
        review,
        top + 9,
        begin + 8,
        top + 13,
        name[:40],
    )
