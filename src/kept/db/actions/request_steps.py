"""How a request moves: leased to one worker, begun, done, delayed, waiting. Each move and its ledger entry is one transaction.

A worker holds a request by a lease and a fence: the number of its lease. One that was away for longer writes nothing any more,
because the fence has moved on. While it is leased, `wake_at` is the end of the lease; whoever wakes it meanwhile takes the row's
lock and sets another moment, which the worker sees when it comes to say that the request waits: no wake-up is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from kept.base.errors import Refused
from kept.db.models import Request, RequestStep
from kept.db.models.request import RequestState
from kept.db.request_key import opened_key
from kept.rights.registry import right as right_of

from .action import action, record
from .rows import Due

__all__ = [
    "LEASE",
    "TOGETHER",
    "Held",
    "begin_step",
    "close_request",
    "delay_step",
    "end_step",
    "escalate_request",
    "keep_lease",
    "keep_trail",
    "lease_request",
    "in_turn",
    "wait_step",
    "wake_request",
]

LEASE: Final = timedelta(seconds=30)
"""How long a worker may be silent before another takes its request."""
LONGEST_DELAY: Final = timedelta(hours=1)
TOGETHER: Final = "erase"
"""The stage at which requests wait to be swept together; no worker takes one of them alone."""
NOBODY: Final = Q(leased_until__isnull=True)
IN_STORES: Final = ("find", "collect", "rectify", TOGETHER)
"""The stages that look into a company's stores, or change them."""
MOVES: Final = (
    *("id", "ref", "right", "state", "stage", "key", "fence", "received_at"),
    *("wake_at", "leased_until", "attempts", "waits_on", "waits_for"),
)
"""What moves a request on: its row has four times as many columns, and they are written as they are read."""
BEFORE_THEM: Final = ("confirm", "restrain", "record", *IN_STORES)
"""The stages of a request that is known to be somebody's, and whose turn in the stores is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A step of a request, as the worker that has the lease names it; `place` is a store or a processor where that matters."""

    ref: str
    fence: int
    name: str
    place: str = ""


@action
def lease_request(*, at: datetime, ref: str = "", lease: timedelta = LEASE) -> tuple[str, int] | None:
    """Return the reference and the fence of the request that has waited longest to be looked at, leased; None where none is due."""
    for pk, name, fence in list(_waiting(at).filter(ref=ref)[:1]) if ref else LONGEST_WAITING.at(at):
        Request.objects.filter(pk=pk).update(fence=fence + 1, leased_until=at + lease, wake_at=at + lease)
        return name, fence + 1
    return None


def _waiting(at: datetime) -> QuerySet[Request, tuple[Any, ...]]:
    due = Request.objects.filter(wake_at__lte=at).exclude(stage=TOGETHER)
    free = in_turn(due.filter(NOBODY | Q(leased_until__lt=at))).order_by("wake_at", "id")
    return free.select_for_update(skip_locked=True).values_list("id", "ref", "fence")


LONGEST_WAITING: Final = Due(query=lambda at: _waiting(at)[:1])


def in_turn(requests: QuerySet[Request]) -> QuerySet[Request]:
    """Return those requests whose turn it is: one person's requests go into the stores in the order in which they came.

    An erasure does not take from under an earlier access what that is still to collect, nor is an access answered with what an
    earlier erasure has half done. One that waits for the person or for staff holds up nobody.
    """
    earlier = Request.objects.filter(
        subject_digest=OuterRef("subject_digest"), id__lt=OuterRef("id"), closed_at__isnull=True, stage__in=BEFORE_THEM
    ).exclude(waits_on__in=("person", "staff"))
    return requests.exclude(Q(stage__in=IN_STORES) & ~Q(subject_digest="") & Exists(earlier))


@action
def keep_lease(*, refs: Sequence[str], fences: Sequence[int], at: datetime, lease: timedelta = LEASE) -> bool:
    """Give a sign of life; return False where one of the requests is another worker's by now."""
    wanted = dict(zip(refs, fences, strict=True))
    locked = Request.objects.select_for_update().filter(ref__among=list(wanted)).order_by("id").values_list("id", "ref", "fence")
    mine = [pk for pk, ref, fence in locked if wanted[ref] == fence]
    Request.objects.filter(pk__among=mine, wake_at=F("leased_until")).update(wake_at=at + lease)
    Request.objects.filter(pk__among=mine).update(leased_until=at + lease)
    return len(mine) == len(wanted)


@action
def begin_step(held: Held, *, at: datetime, actor: str) -> None:
    """Write down that a step is about to be done. Raises Refused where the request is another worker's by now."""
    request = _mine(held)
    step, is_new = RequestStep.objects.get_or_create(
        request=request, name=held.name, place=held.place, defaults={"state": "begun", "began_at": at}
    )
    if not is_new:
        step.state, step.tries = "begun", step.tries + 1
        step.save(update_fields=["state", "tries"])
    if request.state == RequestState.RECEIVED:
        request.state = RequestState.WORKING
        request.save(update_fields=["state"])
    record("request.step.begun", at=at, actor=actor, request=held.ref, right=request.right, step=held.name, tries=step.tries)


@action
def end_step(held: Held, *, told: Mapping[str, Any], at: datetime, actor: str, wake_at: datetime | None = None) -> str:
    """Write down that a step is done, and move the request to the next stage, which is returned. Raises Refused.

    What it came to stays out of the ledger, which anybody may read: that nobody was found would tell whether an address is known.
    """
    request = _mine(held)
    _step(request, held).update(state="done", told=dict(told), error="", ended_at=at)
    request.stage = right_of(request.right).after(held.name)
    _free(request, at, wake_at or at)
    request.attempts = 0
    request.save()
    record("request.step.done", at=at, actor=actor, request=held.ref, right=request.right, step=held.name)
    return request.stage


@action
def wait_step(
    held: Held, *, on: str, what: str, until: datetime, at: datetime, actor: str, told: Mapping[str, Any] | None = None
) -> None:
    """Write down that a step waits for somebody, and let the request rest until it is woken or `until` comes. Raises Refused."""
    request = _mine(held)
    was = (request.waits_on, request.waits_for)
    _step(request, held).update(state="waiting", error="", told=dict(told or {}))
    woken = request.wake_at != request.leased_until
    _free(request, at, request.wake_at if woken and request.wake_at else until)
    request.waits_on, request.waits_for = on, what
    request.attempts = 0
    request.save()
    if was != (on, what):
        record("request.waits", at=at, actor=actor, request=held.ref, right=request.right, step=held.name, on=on)


@action
def delay_step(held: Held, *, error: str, code: str, at: datetime, actor: str) -> datetime:
    """Write down what stopped a step, and return when it is tried again: later each time, within the hour. Raises Refused.

    `held.place` names the store that failed.
    """
    request = _mine(held)
    request.attempts += 1
    again = at + min(LONGEST_DELAY, timedelta(seconds=2.0 ** min(request.attempts, 12)))
    RequestStep.objects.filter(request=request, name=held.name, place="").update(state="failed", error=error)
    woken = request.wake_at != request.leased_until
    _free(request, at, request.wake_at if woken and request.wake_at else again)
    request.waits_on, request.waits_for = "store", held.place[:200]
    request.save()
    record(
        "request.step.failed",
        at=at,
        actor=actor,
        request=held.ref,
        right=request.right,
        step=held.name,
        error=code,
        tries=request.attempts,
    )
    return again


@action
def close_request(
    held: Held, *, state: str, outcome: str, at: datetime, actor: str, ground: str = "", told: Mapping[str, Any] | None = None
) -> None:
    """End a request: `state` is answered or refused, `outcome` what the person was told. Raises Refused.

    Its lease ends with it; what is still to come (letters, rows that a law keeps) goes on by itself.
    """
    request = _mine(held)
    _step(request, held).update(state="done", told=dict(told or {}), error="", ended_at=at)
    request.state, request.ground, request.closed_at, request.changed_at = state, ground[:50], at, at
    request.outcome = opened_key(request.key).seal(outcome, "outcome")
    request.stage, request.wake_at, request.leased_until, request.waits_on, request.waits_for = "", None, None, "", ""
    request.fence += 1
    request.save()
    days = max(0, (at - request.received_at).days)
    kind = "request.answered" if state == RequestState.ANSWERED else "request.refused"
    record(kind, at=at, actor=actor, request=held.ref, right=request.right, ground=ground, days=days)


@action
def keep_trail(held: Held, *, trail: Mapping[str, Any]) -> None:
    """Keep, sealed, what the person was found by; an empty one forgets it. Raises Refused."""
    request = _mine(held)
    request.trail = opened_key(request.key).seal_facts(trail, "trail")
    request.save(update_fields=["trail"])


@action
def escalate_request(*, ref: str, at: datetime, actor: str) -> None:
    """Write down that the owner of a request was told that its date comes near; once a request."""
    if Request.objects.filter(ref=ref, escalated_at__isnull=True).update(escalated_at=at):
        record("request.escalated", at=at, actor=actor, request=ref)


@action
def wake_request(*, ref: str, at: datetime) -> None:
    """Let a worker look at a request now: what it waited for has come. It waits for the row's lock, so that it is not lost."""
    request = Request.objects.select_for_update().filter(ref=ref, closed_at__isnull=True).first()
    if request is not None:
        request.wake_at, request.waits_on, request.waits_for = at, "", ""
        request.save(update_fields=["wake_at", "waits_on", "waits_for"])


def _mine(held: Held) -> Request:
    there = Request.objects.select_for_update().filter(ref=held.ref, fence=held.fence, closed_at__isnull=True)
    request = there.only(*MOVES).order_by().first()
    if request is None:
        raise Refused(f"The request {held.ref} is another worker's by now, or has ended", todo="Leave it to that one.")
    return request


def _step(request: Request, held: Held) -> QuerySet[RequestStep]:
    return RequestStep.objects.filter(request=request, name=held.name, place=held.place)


def _free(request: Request, at: datetime, wake_at: datetime) -> None:
    request.leased_until, request.wake_at, request.changed_at = None, wake_at, at
    request.waits_on, request.waits_for = "", ""
