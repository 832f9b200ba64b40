"""What the registers say about requests as a whole: their dates, how long they took, and what was asked in somebody's own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet

from kept.base.registers import ContactState, ReadContact, ReadRequests, ReadVerification, RequestsState, Spread, VerificationState
from kept.db.failures import database_errors
from kept.db.models import Letter, Request, RequestStep
from kept.db.models.request import RequestState
from kept.rights.registry import rights

__all__ = ["contact_state", "requests_state", "spread", "verification_state"]

ENDED = (RequestState.ANSWERED, RequestState.REFUSED)
ACTS = ("find", "collect", "rectify", "erase")
"""Steps that find, give out, change or erase something of a person."""
WORDS = ("contact", "complaint")


def requests_state(asked: ReadRequests) -> RequestsState:
    """Return how requests stand. Reads the open ones by their index, and two columns of those that ended since."""
    with database_errors():
        still = Request.objects.filter(closed_at__isnull=True)
        ended = Request.objects.filter(closed_at__gte=asked.since, closed_at__lte=asked.now, state__in=ENDED)
        told = Q(escalated_at__isnull=True)
        return RequestsState(
            open=still.count(),
            past=still.filter(work_by__lt=asked.now).count(),
            untold=still.filter(told, work_by__gte=asked.now, work_by__lt=asked.warn).count(),
            next_by=still.aggregate(first=Min("work_by"))["first"],
            late=ended.filter(closed_at__gt=F("work_by")).count(),
            answering=spread(_between(ended.values_list("received_at", "closed_at"))),
            going=spread(_between(_hidden_and_gone(ended))),
        )


def verification_state(asked: ReadVerification) -> VerificationState:
    """Return of how many requests something was done before they were verified."""
    wanting = [code for code, right in rights().items() if right.verified]
    with database_errors():
        acts = RequestStep.objects.filter(request__right__in=wanting, name__in=ACTS, state="done", began_at__gte=asked.since)
        early = acts.filter(Q(request__verified="") | Q(request__verified_at__gt=F("began_at")))
        acted, unverified = (found.aggregate(of=Count("request", distinct=True))["of"] for found in (acts, early))
        return VerificationState(acted=acted, unverified=unverified)


def contact_state(asked: ReadContact) -> ContactState:
    """Return how questions and complaints stand, and letters that nobody answered.

    A letter is answered by whatever is written for its request afterwards; letters that machines wrote want no answer.
    """
    with database_errors():
        still = Request.objects.filter(closed_at__isnull=True, right__in=WORDS)
        came, went = Max("at", filter=Q(incoming=True, kind="reply")), Max("at", filter=Q(incoming=False))
        last = Letter.objects.order_by().values("request").annotate(came=came, went=went).filter(came__isnull=False)
        waiting = list(last.filter(Q(went__isnull=True) | Q(went__lt=F("came"))).values_list("came", flat=True))
        return ContactState(
            open=still.count(),
            past=still.filter(work_by__lt=asked.now).count(),
            next_by=still.aggregate(first=Min("work_by"))["first"],
            letters=len(waiting),
            old_letters=sum(came < asked.before for came in waiting),
        )


def spread(took: Sequence[timedelta]) -> Spread | None:
    """Return how long things took, by the nearest rank; None for nothing."""
    if not took:
        return None
    ordered = sorted(took)
    return Spread(count=len(ordered), half=_rank(ordered, 50), nine_tenths=_rank(ordered, 90), longest=ordered[-1])


def _rank(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """Return the smallest value that at least so many percent are not above.

    >>> _rank([timedelta(1), timedelta(2), timedelta(3)], 50).days
    2
    """
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _between(pairs: Iterable[tuple[datetime, datetime | None]]) -> list[timedelta]:
    return [max(timedelta(), there - here) for here, there in pairs if there is not None]


def _hidden_and_gone(ended: QuerySet[Request]) -> QuerySet[Request, tuple[datetime, datetime | None]]:
    """Return when the data of each erasure was hidden, and when it was seen to be gone."""
    erasures = ended.filter(right="erasure", restraints__kind__in=("erasing", "erased"), sweep__proved_at__isnull=False)
    return erasures.annotate(hidden=Min("restraints__since")).values_list("hidden", "sweep__proved_at")
