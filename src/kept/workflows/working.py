"""The worker: takes jobs that pages asked for and people's requests, one at a time; any number of workers may run."""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Event, Thread
from typing import Any

from kept.base.errors import KeptError
from kept.base.ports import Progress
from kept.db.access.jobs import KnownJob, job_of_worker
from kept.db.actions.jobs import LEASE, end_job, fail_job, move_job, take_job

from . import jobs
from .check import clock
from .linking import warn_without_address
from .requests import stages, work_requests_once
from .rounds import Rounds
from .world import World

__all__ = ["kinds", "settle", "work", "work_once"]

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""How long a worker that found nothing waits before it looks again."""
TELL_SECONDS = 0.3
"""How often progress is written down at most."""
BEAT_SECONDS = LEASE.total_seconds() / 3


@cache
def kinds() -> Mapping[str, Callable[..., Mapping[str, Any]]]:
    """Return what each kind of job runs, found by the files of `kept.workflows.jobs`."""
    names = [found.name for found in pkgutil.iter_modules(jobs.__path__)]
    return {name: importlib.import_module(f"{jobs.__name__}.{name}").run for name in names}


def work(folder: Path, stop: Event) -> None:
    """Do jobs and people's requests until `stop` is set; the one at hand is finished first.

    An error of Kept's own database is waited out. From time to time, what is due by the clock is done (`rounds`).
    """
    world, rounds = World(folder=folder), Rounds()
    settle()
    try:
        with suppress(KeptError):  # a policy that cannot be read is told of by what works on it
            warn_without_address(world.settings)
        while not stop.is_set():
            try:
                rounds.go(world)
                idle = not (work_once(folder) or work_requests_once(world))
            except KeptError as error:
                log.warning("the worker waits: %s", error)
                idle = True
            if idle:
                stop.wait(IDLE_SECONDS)
    finally:
        world.close()


def settle() -> None:
    """Load what work needs, and let the search for garbage pass over it from now on, which would go through it each time."""
    kinds()
    stages()
    gc.collect()
    gc.freeze()


def work_once(folder: Path) -> bool:
    """Do the oldest job that nobody is at; return False where there is none. What stops a job is written into it."""
    ref = take_job(at=clock())
    if ref is None:
        return False
    job = job_of_worker(ref)
    try:
        with _beating(job) as progress:
            result = kinds()[job.kind](folder, job.wanted, actor=job.actor, progress=progress)
    except _Lost:
        log.warning("the job %s is another worker's by now", ref)
    except KeptError as error:
        fail_job(ref=ref, attempt=job.attempts, error=str(error), at=clock())
    except Exception as error:  # a defect in one job must not end the worker
        log.exception("the job %s stopped", ref)
        said = f"Kept met what it was not made for ({type(error).__name__}). The worker's log says where."
        fail_job(ref=ref, attempt=job.attempts, error=said, at=clock())
    else:
        end_job(ref=ref, attempt=job.attempts, result=result, at=clock())
    return True


class _Lost(Exception):
    """The job is another worker's by now. It never leaves this file."""


@contextmanager
def _beating(job: KnownJob) -> Iterator[Progress]:
    """Yield a progress that writes itself down, while a thread keeps the lease in stretches without news."""
    told = _Told(job)
    stop = Event()
    beat = Thread(target=_beat, args=(told, stop), daemon=True)
    beat.start()
    try:
        yield told
    finally:
        stop.set()
        beat.join()


def _beat(told: _Told, stop: Event) -> None:
    while not stop.wait(BEAT_SECONDS):
        told.renew()


class _Told:
    """A job's progress, written down a few times a second at most. Several stores tell it at once."""

    def __init__(self, job: KnownJob) -> None:
        self._job = job
        self._last = 0.0
        self._now: tuple[str, int, int | None] = ("", 0, None)
        self._lost = False

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if self._lost:
            raise _Lost
        self._now = (what, done, total)
        if time.monotonic() - self._last >= TELL_SECONDS:
            self.renew()

    def renew(self) -> None:
        self._last = time.monotonic()
        doing, done, total = self._now
        held = move_job(ref=self._job.ref, attempt=self._job.attempts, doing=doing[:200], done=done, total=total, at=clock())
        self._lost = not held
