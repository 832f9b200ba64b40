"""Holds: what must not be deleted for now, since when, and when that is to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse

from kept.policy.holds import Hold
from kept.web.shared.asking import staff
from kept.web.shared.policy import current_policy

from .drawing import time_line
from .page import now, page

__all__ = ["holds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold with its name, and where it stands: inforce, due (its review has come), or lifted. Of people, how many it names."""

    name: str
    hold: Hold
    state: str
    people: int


@staff("hold.read")
def holds(request: HttpRequest) -> HttpResponse:
    """Every hold of the policy folder, on a time line and in a list."""
    found, today = current_policy().holds, now().date()
    return page(
        request,
        "holds",
        "holds",
        holds=[_row(name, hold, today) for name, hold in found.items()],
        drawing=time_line(found, today),
    )


def _row(name: str, hold: Hold, today: date) -> HoldRow:
    lifted = hold.lifted is not None and hold.lifted <= today
    state = "lifted" if lifted else "due" if hold.review <= today else "inforce"
    return HoldRow(name=name, hold=hold, state=state, people=sum(len(keys) for keys in hold.subjects.values()))
