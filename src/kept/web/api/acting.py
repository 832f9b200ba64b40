"""Operations of the staff at a request beside its answer: whose it is, which right, new values, orders, restrictions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router

from kept.base.roles import Who
from kept.db.access.request_queue import queued_request
from kept.db.actions.answering import allow_large, assign_request, enter_changes
from kept.db.actions.orders import record_order
from kept.db.actions.restraints import keep_restriction, lift_restriction
from kept.db.actions.taking_in import confirm_right
from kept.db.actions.verifying import ask_points, choose_person, confirm_challenge
from kept.web.shared.particulars import checked_changes
from kept.web.shared.policy import current_policy, current_terms
from kept.web.shared.voice import current_voice

from .keys import Needs, caller_of
from .queue import after
from .shapes_of_requests import QueuedWhole
from .wishes import RefInPath
from .wishes_at_requests import (
    Assigning,
    ChoosingPerson,
    Correcting,
    Establishing,
    Lifting,
    ProcessorInPath,
    Questioning,
    RecordingOrder,
    Understanding,
)

__all__ = ["router"]

router = Router(tags=["Queue"])
WORKS, APPROVES = Needs("request.work"), Needs("plan.approve")


@router.post(
    "/queue/{ref}/right", response=QueuedWhole, auth=WORKS, operation_id="understandRequest", summary="Say which right it is"
)
def understand(request: HttpRequest, ref: RefInPath, wish: Understanding) -> dict[str, Any]:
    """Say which right a letter asks for that no rule was sure about. Its clock runs from its receipt."""
    who = caller_of(request).who
    confirm_right(ref=ref, right=wish.right, terms=current_terms(), at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post("/queue/{ref}/person", response=QueuedWhole, auth=WORKS, operation_id="choosePerson", summary="Say whose it is")
def choose(request: HttpRequest, ref: RefInPath, wish: ChoosingPerson) -> dict[str, Any]:
    """Say which of its `candidates` a request is about."""
    who = caller_of(request).who
    choose_person(ref=ref, subject=wish.subject, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post("/queue/{ref}/questions", response=QueuedWhole, auth=WORKS, operation_id="askMore", summary="Ask more")
def question(request: HttpRequest, ref: RefInPath, wish: Questioning) -> dict[str, Any]:
    """Let the person be asked about what is held, beside the link: where there is a reason to doubt who it is."""
    who = caller_of(request).who
    ask_points(ref=ref, number=wish.number, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post(
    "/queue/{ref}/identity", response=QueuedWhole, auth=WORKS, operation_id="establishIdentity", summary="Establish whose it is"
)
def establish(request: HttpRequest, ref: RefInPath, wish: Establishing) -> dict[str, Any]:
    """Say how it was established whose request it is. Where somebody acts for the person, two of the staff must say so."""
    who = caller_of(request).who
    confirm_challenge(ref=ref, why=wish.why, at=datetime.now(UTC), by=who, voice=current_voice())
    return after(ref, who)


@router.post("/queue/{ref}/changes", response=QueuedWhole, auth=WORKS, operation_id="enterChanges", summary="Enter new values")
def enter(request: HttpRequest, ref: RefInPath, wish: Correcting) -> dict[str, Any]:
    """Enter the new values of a rectification that came in words; nothing is written before it is confirmed."""
    who = caller_of(request).who
    changes = checked_changes({one.column: one.value for one in wish.changes}, current_policy(), subject_of(ref, who))
    enter_changes(ref=ref, changes=changes, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post("/queue/{ref}/large", response=QueuedWhole, auth=APPROVES, operation_id="allowLarge", summary="Allow a large erasure")
def allow(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """Let an erasure take the large share of a table at which it stopped."""
    who = caller_of(request).who
    allow_large(ref=ref, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post(
    "/queue/{ref}/orders/{processor}",
    response=QueuedWhole,
    auth=WORKS,
    operation_id="recordOrder",
    summary="What a processor answered",
)
def order(request: HttpRequest, ref: RefInPath, processor: ProcessorInPath, wish: RecordingOrder) -> dict[str, Any]:
    """Write down what a processor that is asked by letter answered."""
    who = caller_of(request).who
    record_order(ref=ref, processor=processor, state=wish.state, note=wish.note, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post(
    "/queue/{ref}/lifting", response=QueuedWhole, auth=WORKS, operation_id="liftRestriction", summary="Lift its restriction"
)
def lift(request: HttpRequest, ref: RefInPath, wish: Lifting) -> dict[str, Any]:
    """Announce that what a request restricted will be lifted, a week from now. The person is told before (GDPR Art. 18(3))."""
    who = caller_of(request).who
    lift_restriction(ref=ref, why=wish.why, told=wish.told, voice=current_voice(), at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.delete(
    "/queue/{ref}/lifting", response=QueuedWhole, auth=WORKS, operation_id="keepRestriction", summary="Keep its restriction"
)
def keep(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """Call off that what a request restricted will be lifted."""
    who = caller_of(request).who
    keep_restriction(ref=ref, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post(
    "/queue/{ref}/assignment", response=QueuedWhole, auth=WORKS, operation_id="assignRequest", summary="Give it to a colleague"
)
def assign(request: HttpRequest, ref: RefInPath, wish: Assigning) -> dict[str, Any]:
    """Give it to a colleague who may work on requests."""
    who = caller_of(request).who
    assign_request(ref=ref, to=wish.to, at=datetime.now(UTC), by=who)
    return after(ref, who)


def subject_of(ref: str, who: Who) -> str:
    """Return who a request is about, whether or not the key may also read the queue. Raises NotThere."""
    return queued_request(ref, by=replace(who, scopes=(who.scopes or frozenset()) | {"request.read"})).subject
