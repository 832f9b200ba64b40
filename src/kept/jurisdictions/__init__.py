"""The law as data, one file a law in `laws/`, and the arithmetic of its clocks.

A file says whom a law protects, which rights it gives and from when, how long an answer may take, what extends or stops that
time, how identity may be checked, why a request may be refused and what an answer must contain, each with its citation and how
sure of it one can be. Nothing here is legal advice.

`dates` gives a request its three dates: *promised* (what the company says), *strict* (the shortest reading of the law, which
relies on no weekend and no holiday) and *legal* (with what the law adds for days off). Work is due by the earlier of the first two.
"""

from __future__ import annotations

from .dates import Dates, Difference, Due, Pause, breach_due, dates, difference
from .law import (
    Breach,
    Calendar,
    Clock,
    Complaint,
    Contact,
    Extension,
    Fee,
    Item,
    Law,
    LawRight,
    Pauses,
    TimeLimit,
    Verification,
)
from .reading import applying, law, laws

__all__ = [
    "Breach",
    "Calendar",
    "Clock",
    "Complaint",
    "Contact",
    "Dates",
    "Difference",
    "Due",
    "Extension",
    "Fee",
    "Item",
    "Law",
    "LawRight",
    "Pause",
    "Pauses",
    "TimeLimit",
    "Verification",
    "applying",
    "breach_due",
    "dates",
    "difference",
    "law",
    "laws",
]
