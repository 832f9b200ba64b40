"""Work that pages ask for: asked, taken by a worker, moved on, ended.

A worker holds a job by a lease. One that dies lets the lease run out, and another takes the job from the start: what jobs do is
safe to begin again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from kept.base.errors import Refused
from kept.base.roles import Who
from kept.db.models import Job
from kept.db.models.job import JobState

from .action import action, record

__all__ = ["LEASE", "MOST_ATTEMPTS", "ask_for_job", "end_job", "fail_job", "move_job", "take_job"]

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before another takes its job."""
MOST_ATTEMPTS = 3


@action
def ask_for_job(*, kind: str, key: str, wanted: Mapping[str, Any], by: Who, at: datetime) -> str:
    """Return the reference of the unfinished job of this kind about this key: a new one, or the one that is there already."""
    job, is_new = Job.objects.get_or_create(
        kind=kind,
        key=key,
        state__in=(JobState.WAITING, JobState.RUNNING),
        defaults={
            "state": JobState.WAITING,
            "wanted": dict(wanted),
            "asked_by_id": by.account or None,
            "actor": by.actor,
            "created_at": at,
            "changed_at": at,
        },
    )
    if is_new:
        record("job.asked", at=at, actor=by.actor, job=job.ref, what=kind)
    return job.ref


@action
def take_job(*, at: datetime) -> str | None:
    """Return the reference of the oldest job that nobody is at, now leased to the caller; None where there is none.

    A job whose worker was silent for longer than the lease is free again; after three attempts it has failed.
    """
    for job in _free(at):
        if job.attempts >= MOST_ATTEMPTS:
            _end(job, JobState.FAILED, at=at, error="It was begun three times and never came to an end. See the worker's log.")
            continue
        job.state, job.attempts = JobState.RUNNING, job.attempts + 1
        job.leased_until, job.changed_at = at + LEASE, at
        job.save(update_fields=["state", "attempts", "leased_until", "changed_at"])
        return job.ref
    return None


def _free(at: datetime) -> list[Job]:
    silent = Q(state=JobState.RUNNING, leased_until__lt=at)
    free = Job.objects.filter(Q(state=JobState.WAITING) | silent).order_by("pk")
    return list(free.select_for_update(skip_locked=True)[:10])


@action
def move_job(*, ref: str, attempt: int, doing: str, done: int, total: int | None, at: datetime) -> bool:
    """Say how far a job is, which keeps the lease; return False where another worker has it by now, and this one must stop."""
    found = Job.objects.filter(ref=ref, attempts=attempt, state=JobState.RUNNING)
    return bool(found.update(doing=doing, done=done, total=total, leased_until=at + LEASE, changed_at=at))


@action
def end_job(*, ref: str, attempt: int, result: Mapping[str, Any], at: datetime) -> None:
    """Keep what came of a job. Raises Refused where another worker has it by now."""
    _end(_held(ref, attempt), JobState.DONE, at=at, result=dict(result))


@action
def fail_job(*, ref: str, attempt: int, error: str, at: datetime) -> None:
    """Keep why a job stopped. Raises Refused where another worker has it by now."""
    _end(_held(ref, attempt), JobState.FAILED, at=at, error=error)


def _held(ref: str, attempt: int) -> Job:
    job = Job.objects.select_for_update().filter(ref=ref, attempts=attempt, state=JobState.RUNNING).first()
    if job is None:
        raise Refused(f"The job {ref} is another worker's by now", todo="Leave it to that one.")
    return job


def _end(job: Job, state: JobState, *, at: datetime, result: Mapping[str, Any] | None = None, error: str = "") -> None:
    job.state, job.result, job.error, job.leased_until, job.changed_at = state, result, error, None, at
    job.save(update_fields=["state", "result", "error", "leased_until", "changed_at"])
    if state is JobState.DONE and job.total:
        Job.objects.filter(pk=job.pk).update(done=F("total"))
    record("job.done" if state is JobState.DONE else "job.failed", at=at, actor=job.actor, job=job.ref, what=job.kind)
