"""Operations on people's requests, for staff: the queue by date, one with all that is known of it, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.access.request_facts import Facts
from kept.db.access.request_queue import Place, QueuedRequest, Sought, open_requests, queued_request
from kept.db.access.requests import KnownRequest
from kept.db.actions.answering import confirm_request, extend_request, refuse_request, take_up_request, write_answer
from kept.db.actions.requests import Coming
from kept.db.actions.taking_in import write_down_request
from kept.db.grounds import grounds_for
from kept.rights.registry import rights
from kept.web.shared.policy import current_terms
from kept.web.shared.voice import current_voice

from .keys import Needs, caller_of
from .paging import Page, Part, part_of, place_of
from .shapes_of_requests import Certified, Queued, QueuedWhole
from .wishes import Answering, Extending, RefInPath, RefusingRequest
from .wishes_at_requests import WritingDown

__all__ = ["after", "certified", "router", "whole"]

router = Router(tags=["Queue"])
READS, WORKS = Needs("request.read"), Needs("request.work")
RightOrAny: TypeAlias = Literal[("", *rights())]  # type: ignore[valid-type]  # made from what there is


class QueuePart(Part):
    """Which part of the queue."""

    right: RightOrAny = Field("", description="Only requests of this right.")
    state: Literal["", "received", "working"] = Field("", description="Only requests in this state.")
    waits_on: Literal["", "person", "staff", "store", "processor", "time"] = Field("", description="Only what waits for them.")


@router.get("/queue", response=Page[Queued], auth=READS, operation_id="listQueue", summary="Requests that wait")
def list_queue(request: HttpRequest, response: HttpResponse, part: Annotated[QueuePart, Query(...)]) -> dict[str, Any]:
    """People's requests that wait for an answer, what is due first before the rest; without what they wrote."""
    ended = place_of(request, part)
    try:
        place = Place.parse(ended) if ended else None
    except ValueError:
        raise NotThere("There is no such page of this list", todo="Begin with the first page.") from None
    sought = Sought(right=part.right, state=part.state, waits_on=part.waits_on, after=place)
    rows = open_requests(by=caller_of(request).who, sought=sought, limit=part.limit + 1)
    shown = rows[: part.limit]
    return part_of(request, response, part, shown, str(shown[-1].place) if len(rows) > part.limit else None)


@router.post("/queue", response={201: QueuedWhole}, auth=WORKS, operation_id="writeDownRequest", summary="Write a request down")
def write_down(request: HttpRequest, response: HttpResponse, wish: WritingDown) -> dict[str, Any]:
    """Write down a request of somebody who called or wrote. One of their account about the same right that is open is returned."""
    who, at = caller_of(request).who, datetime.now(UTC)
    coming = Coming(right=wish.right, channel="staff", address=wish.address, note=wish.note, received_at=wish.received_at)
    ref = write_down_request(coming, account=wish.account, terms=current_terms(), at=at, by=who)
    response["Location"] = f"/api/v1/queue/{ref}"
    return after(ref, who)


@router.get("/queue/{ref}", response=QueuedWhole, auth=READS, operation_id="readQueued", summary="One request")
def read_queued(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """One request with all that is known of it; what the person wrote only for who may work on requests."""
    return _seen(ref, caller_of(request).who)


@router.post("/queue/{ref}/start", response=QueuedWhole, auth=WORKS, operation_id="takeUpRequest", summary="Take it up")
def take_up(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """Say that one is at it, also where a colleague was; the person sees that somebody is."""
    who = caller_of(request).who
    take_up_request(ref=ref, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post(
    "/queue/{ref}/confirmation",
    response=QueuedWhole,
    auth=WORKS,
    operation_id="confirmRequest",
    summary="Confirm the new values",
)
def confirm(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """Say that the new values of a rectification may be written."""
    who = caller_of(request).who
    confirm_request(ref=ref, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post("/queue/{ref}/answer", response=QueuedWhole, auth=WORKS, operation_id="answerRequest", summary="Write its answer")
def answer(request: HttpRequest, ref: RefInPath, wish: Answering) -> dict[str, Any]:
    """Write what the person reads, where a request waits for words: a question, a complaint. The worker sends it and closes it."""
    who = caller_of(request).who
    write_answer(ref=ref, answer=wish.answer, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post("/queue/{ref}/refusal", response=QueuedWhole, auth=WORKS, operation_id="refuseRequest", summary="Refuse it")
def refuse(request: HttpRequest, ref: RefInPath, wish: RefusingRequest) -> dict[str, Any]:
    """Refuse a request on one of its `grounds`. How to complain and the contact are added; the worker tells the person."""
    who = caller_of(request).who
    refuse_request(ref=ref, ground=wish.ground, answer=wish.answer, voice=current_voice(), at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.post("/queue/{ref}/extension", response=QueuedWhole, auth=WORKS, operation_id="extendRequest", summary="Take more time")
def extend(request: HttpRequest, ref: RefInPath, wish: Extending) -> dict[str, Any]:
    """Take the longer time that a law of the request's allows, counted from its start. The person is told why."""
    who = caller_of(request).who
    voice = current_voice()
    extend_request(ref=ref, reason=wish.reason, terms=current_terms(), voice=voice, at=datetime.now(UTC), by=who)
    return after(ref, who)


@router.get(
    "/queue/{ref}/certificate", response=Certified, auth=READS, operation_id="readCertificateOfQueued", summary="Its certificate"
)
def read_certificate(request: HttpRequest, ref: RefInPath) -> dict[str, str]:
    """The signed certificate of an erasure. It names nobody."""
    return certified(queued_request(ref, by=caller_of(request).who).facts)


def certified(facts: Facts) -> dict[str, str]:
    """Return the certificate. Raises NotThere where there is none."""
    if not facts.certificate:
        raise NotThere("There is no certificate of this request", todo="Wait until its erasure is proved.")
    return {"text": facts.certificate}


def whole(one: QueuedRequest | KnownRequest) -> dict[str, Any]:
    """Return what one request says of its dates, steps, paths, orders, what stays, and its export."""
    facts = one.facts
    return {
        "dates": list(one.dates.values()),
        "steps": facts.steps,
        "paths": facts.paths,
        "orders": facts.orders,
        "remainders": facts.remainders,
        "bundle": facts.bundle,
        "certified": bool(facts.certificate),
    }


def _seen(ref: str, who: Who) -> dict[str, Any]:
    one = queued_request(ref, by=who)
    grounds = list(grounds_for(one.laws, one.right, one.received_at.date()).values())
    head = {name: getattr(one, name) for name in (*Queued.model_fields, "note", "outcome")}
    candidates = list(one.said.get("candidates", []))
    facts = {"stores": one.facts.stores, "lifting": one.facts.lifting}
    return {**head, **whole(one), **facts, "grounds": grounds, "candidates": candidates}


def after(ref: str, who: Who) -> dict[str, Any]:
    """Return the request as it is now, whether or not the key may also read the queue."""
    return _seen(ref, replace(who, scopes=(who.scopes or frozenset()) | {"request.read"}))
