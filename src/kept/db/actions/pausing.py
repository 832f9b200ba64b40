"""Clocks that stand still, or begin later, while the company waits for what a law lets it wait for."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kept.base.errors import Refused
from kept.db.models import Request
from kept.db.terms import Terms, columns_of, dates_of, laws_of, pauses_of
from kept.jurisdictions.law import Cause
from kept.rights.registry import right as right_of

from .action import action, record
from .requests import locked_request

__all__ = ["CAUSES", "pause_clock", "resume_clock"]

CAUSES: Final[tuple[Cause, ...]] = ("identity", "fee", "clarification")


@action
def pause_clock(*, ref: str, why: Cause, terms: Terms, at: datetime, actor: str) -> bool:
    """Let the days from now on not count, where a law that applies says so; return whether one does.

    What was promised is promised all the same. Raises NotThere; Refused for a cause that no law knows, or where the request ended.
    """
    if why not in CAUSES:
        raise Refused("No law lets a clock stand still for that", todo=f"Name one of {', '.join(CAUSES)}.")
    request = locked_request(ref)
    given = [law.right(right_of(request.right).law, request.received_at.date()) for law in laws_of(terms, request.received_at)]
    effects = {cause for one in given if one and one.pauses for cause, _ in one.pauses.effects}
    if why not in effects or any(row["why"] == why and not row.get("to") for row in request.pauses):
        return why in effects
    request.pauses = [*request.pauses, {"why": why, "from": at.isoformat()}]
    _count(request, terms, at)
    record("request.paused", at=at, actor=actor, request=ref, right=request.right, cause=why, answer_by=_day(request))
    return True


@action
def resume_clock(*, ref: str, why: Cause, terms: Terms, at: datetime, actor: str) -> bool:
    """Let the days count again, from `at`; return whether they did not. Raises NotThere; Refused where the request ended."""
    request = locked_request(ref)
    if not any(row["why"] == why and not row.get("to") for row in request.pauses):
        return False
    request.pauses = [
        {**row, "to": max(at.isoformat(), row["from"])} if row["why"] == why and not row.get("to") else row
        for row in request.pauses
    ]
    _count(request, terms, at)
    record("request.resumed", at=at, actor=actor, request=ref, right=request.right, cause=why, answer_by=_day(request))
    return True


def _count(request: Request, terms: Terms, at: datetime) -> None:
    pauses = pauses_of(request.pauses, at)
    found = dates_of(terms, request.right, request.received_at, extended=bool(request.extended), pauses=pauses, now=at)
    for name, value in columns_of(found).items():
        setattr(request, name, value)
    request.save()


def _day(request: Request) -> str:
    return request.work_by.date().isoformat()
