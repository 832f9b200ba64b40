"""What the registers say about proofs: of erasures and exports, of what stays, of restrictions, holds, and the canary's lives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum

from kept.base.registers import (
    CanaryState,
    OutcomesState,
    PlacedReview,
    ReadOutcomes,
    ReadRemainders,
    RemaindersState,
)
from kept.base.restricted import RestrictedList
from kept.db.actions.canary import CANARY
from kept.db.actions.orders import ENDED
from kept.db.failures import database_errors
from kept.db.keys import current
from kept.db.models import Bundle, Certificate, Job, Order, PlacedHold, Remainder, Request, RequestStep, Restraint
from kept.db.models.job import JobState
from kept.db.models.request import RequestState

__all__ = ["canary_state", "outcomes_state", "placed_reviews", "remainders_state", "restrained"]

EXPORTS = ("access", "portability")
CLOSING = ("restricted",)
MOST_NAMED = 10


def outcomes_state(asked: ReadOutcomes) -> OutcomesState:
    """Return what answered erasures and exports lack. One that found nobody needs no sweep, and an export of nothing no bundle."""
    with database_errors():
        answered = Request.objects.filter(state=RequestState.ANSWERED)
        erasures, exports = answered.filter(right="erasure"), answered.filter(right__in=EXPORTS)
        nobody = Q(sweep__isnull=True) & Exists(_steps("find", rows=0))
        proved = Q(sweep__state="proved", sweep__proved_at__isnull=False)
        late = Order.objects.filter(request=OuterRef("pk"), due__lt=asked.now).exclude(state__in=ENDED)
        made = Exists(Bundle.objects.filter(request=OuterRef("pk"))) | Exists(_steps("collect", rows=0))
        return OutcomesState(
            erasures=erasures.count(),
            unproved=erasures.exclude(nobody | proved).count(),
            uncertified=erasures.exclude(Exists(Certificate.objects.filter(request=OuterRef("pk")))).count(),
            orders=erasures.filter(Exists(late)).count(),
            exports=exports.count(),
            unmade=exports.exclude(made).count(),
        )


def remainders_state(asked: ReadRemainders) -> RemaindersState:
    """Return what stays of erased people, and what is past its day."""
    with database_errors():
        stay = Remainder.objects.filter(gone_at__isnull=True)
        past = stay.filter(until__lt=asked.now)
        tables = past.order_by("table").values_list("table", flat=True).distinct()[:MOST_NAMED]
        rows = stay.order_by("table").values_list("table").annotate(rows=Sum("rows"))
        return RemaindersState(stay=stay.count(), past=past.count(), tables=tuple(tables), rows=tuple(rows))


def restrained() -> RestrictedList:
    """Return who is restricted, since when and for which purposes: keyed hashes, some 200 bytes a person."""
    people: dict[str, dict[str, datetime]] = {}
    with database_errors():
        rows = Restraint.objects.filter(kind__in=CLOSING, until__isnull=True).values_list("subject", "purpose", "since")
        for subject, purpose, since in rows.iterator(chunk_size=10_000):
            people.setdefault(subject, {})[purpose] = since
    return RestrictedList(current().tombstone, people)


def placed_reviews() -> tuple[PlacedReview, ...]:
    """Return the holds that staff placed and nobody lifted, by name."""
    with database_errors():
        rows = PlacedHold.objects.filter(lifted_at__isnull=True).order_by("name").values_list("name", "owner", "review")
        return tuple(PlacedReview(name=name, owner=owner, review=review) for name, owner, review in rows)


def canary_state() -> CanaryState:
    """Return how the canary's last life ended, whether it came to its end or stopped with an error."""
    with database_errors():
        ended = Job.objects.filter(kind=CANARY, state__in=(JobState.DONE, JobState.FAILED))
        job = ended.filter(Q(result__isnull=True) | ~Q(result__has_key="waits")).order_by("-pk").first()
    if job is None:
        return CanaryState()
    if job.state == JobState.FAILED:
        return CanaryState(ended=job.changed_at, failed=("it stopped with an error",))
    result: dict[str, Any] = job.result or {}
    return CanaryState(
        ended=job.changed_at,
        failed=tuple(str(one) for one in result.get("failed", ())),
        rows=int(result.get("rows", 0)),
        took=timedelta(seconds=float(result.get("seconds", 0))),
    )


def _steps(name: str, **told: int) -> Any:
    wanted = {f"told__{key}": value for key, value in told.items()}
    return RequestStep.objects.filter(request=OuterRef("pk"), name=name, state="done", **wanted)
