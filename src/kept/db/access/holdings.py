"""What was counted about a person in the stores, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Job
from kept.db.models.job import JobState

__all__ = ["KIND", "Counted", "Holdings", "NotCounted", "holdings_key", "holdings_of"]

KIND = "holdings"
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many rows of a table are the person's."""

    store: str
    table: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCounted:
    """A table of which that cannot be said, why, and what would let it be said."""

    store: str
    table: str
    reason: str
    todo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What one count came to; `jurisdictions` are those that the person's own row names."""

    counted: tuple[Counted, ...]
    unknown: tuple[NotCounted, ...]
    jurisdictions: tuple[str, ...]
    at: datetime

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(one.rows for one in self.counted)


def holdings_key(subject: str) -> str:
    """Return the key of the job that counts for a person: their name in the stores, or its digest where that is too long."""
    return subject if len(subject) <= LONGEST_KEY else sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()


def holdings_of(subject: str, *, by: Who) -> Holdings | None:
    """Return the newest count of a person that came to an end, None where there is none yet.

    To the person, and to staff who may open a person's data (whoever shows it to them has seen to it that they gave a reason).
    Raises NotThere for everybody else.
    """
    if not subject or not (by.subject == subject or by.may("person.open")):
        raise NotThere("There is no such person", todo="Go back to your own page.")
    with database_errors():
        job = Job.objects.filter(kind=KIND, key=holdings_key(subject), state=JobState.DONE).order_by("-pk").first()
    return _read(job.result, job.changed_at) if job and job.result else None


def _read(result: Mapping[str, Any], at: datetime) -> Holdings:
    return Holdings(
        counted=tuple(Counted(store=one["store"], table=one["table"], rows=one["rows"]) for one in result["counted"]),
        unknown=tuple(
            NotCounted(store=one["store"], table=one["table"], reason=one["reason"], todo=one["todo"]) for one in result["unknown"]
        ),
        jurisdictions=tuple(result["jurisdictions"]),
        at=at,
    )
