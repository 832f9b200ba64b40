"""Deleting what Kept's own pages need no longer: sessions, replies, codes on their way, work that was done.

Kept keeps its own policy (`own-policy/`), unasked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db.models import QuerySet

from kept.db.models import Job, Proposal, Reply, Request, Viewing
from kept.db.models.job import JobState

from .action import action, record

__all__ = ["tidy"]

RECORDS: Final = timedelta(days=5 * 365)
WORK: Final = timedelta(days=90)
SESSIONS: Final = timedelta(days=30)
REPLIES: Final = timedelta(days=1)
ELSEWHERE: Final = (
    ("sessions", "Session", "expire_date", timedelta(0)),
    ("usersessions", "UserSession", "last_seen_at", SESSIONS),
    ("account", "EmailConfirmation", "created", timedelta(days=7)),
)
"""App, model, clock and period of tables that are not Kept's own; a process without pages does not have them."""


@action
def tidy(*, at: datetime, actor: str) -> int:
    """Delete every row that is past its time and return how many went; nothing is written where there are none."""
    gone = {name: rows.delete()[0] for name, rows in _past(at)}
    total = sum(gone.values())
    if total:
        record("state.tidied", at=at, actor=actor, **{name: count for name, count in gone.items() if count})
    return total


def _past(at: datetime) -> Iterator[tuple[str, QuerySet[Any]]]:
    ended = Job.objects.filter(state__in=(JobState.DONE, JobState.FAILED))
    yield "jobs", ended.filter(changed_at__lt=at - WORK)
    yield "replies", Reply.objects.filter(at__lt=at - REPLIES)
    yield "requests", Request.objects.filter(closed_at__lt=at - RECORDS)
    yield "viewings", Viewing.objects.filter(at__lt=at - RECORDS)
    yield "proposals", Proposal.objects.filter(proposed_at__lt=at - RECORDS)
    for app, model, clock, keep in ELSEWHERE:
        if apps.is_installed("django.contrib.sessions" if app == "sessions" else f"allauth.{app}"):
            rows = apps.get_model(app, model)._default_manager.filter(**{f"{clock}__lt": at - keep})
            yield model.lower(), rows
