"""Jobs: how far they are, for whoever asked for them, and for the worker that does them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Job

__all__ = ["KnownJob", "job_by_ref", "job_of_worker", "last_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownJob:
    """A job as pages show it: `state` is waiting, running, done or failed; `result` what came of it."""

    ref: str
    kind: str
    key: str
    wanted: Mapping[str, Any]
    actor: str
    state: str
    doing: str
    done: int
    total: int | None
    result: Mapping[str, Any] | None
    error: str
    attempts: int
    created_at: datetime
    changed_at: datetime

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed")


ABOUT_NOBODY = ("check", "plan", "apply")
"""Kinds of jobs that name no person; any other only whoever asked for it may see."""


def job_by_ref(ref: str, *, by: Who) -> KnownJob:
    """Return a job to whoever asked for it, and to staff who may read the board where it is about nobody.

    Raises NotThere for everybody else.
    """
    with database_errors():
        job = Job.objects.filter(ref=ref).first()
    theirs = job is not None and bool(by.account) and job.asked_by_id == by.account
    if job is None or not (theirs or (by.may("board.read") and job.kind in ABOUT_NOBODY)):
        raise NotThere("There is no such piece of work", todo="Go back and ask for it again.")
    return _known(job)


def job_of_worker(ref: str) -> KnownJob:
    """Return a job to the worker that took it. Raises NotThere."""
    with database_errors():
        job = Job.objects.filter(ref=ref).first()
    if job is None:
        raise NotThere(f"There is no job {ref}", todo="Leave it.")
    return _known(job)


def last_job(kind: str, key: str) -> KnownJob | None:
    """Return the newest job of a kind about a key, or None. The caller has seen to it that whoever asks may know of the key."""
    with database_errors():
        job = Job.objects.filter(kind=kind, key=key).order_by("-pk").first()
    return _known(job) if job else None


def _known(job: Job) -> KnownJob:
    return KnownJob(
        ref=job.ref,
        kind=job.kind,
        key=job.key,
        wanted=job.wanted,
        actor=job.actor,
        state=job.state,
        doing=job.doing,
        done=job.done,
        total=job.total,
        result=job.result,
        error=job.error,
        attempts=job.attempts,
        created_at=job.created_at,
        changed_at=job.changed_at,
    )
