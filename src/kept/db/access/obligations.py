"""What people owe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kept.db.failures import database_errors
from kept.db.models import Obligation

__all__ = ["OpenObligation", "open_obligations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenObligation:
    """Something a person must still do; `wanted` says what will show that it was done."""

    finding: str
    title: str
    owner: str
    due: date
    wanted: str
    opened_at: datetime


def open_obligations() -> tuple[OpenObligation, ...]:
    """Return what is still owed, the soonest due first."""
    with database_errors():
        return tuple(
            OpenObligation(
                finding=one.finding,
                title=one.title,
                owner=one.owner,
                due=one.due,
                wanted=one.wanted,
                opened_at=one.opened_at,
            )
            for one in Obligation.objects.filter(closed_at=None).order_by("due", "pk")
        )
