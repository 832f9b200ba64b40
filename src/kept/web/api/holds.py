"""Operations on holds: list them, place one, review it, lift it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.access.holds import KnownHold, known_holds
from kept.db.actions.holds import Placing, lift_hold, place_hold, review_hold
from kept.web.shared.policy import current_policy

from .keys import Needs, caller_of
from .paging import Page, Wanted, page_after
from .shapes import HoldPlaced
from .wishes import HoldInPath, PlacingHold, Reviewing

__all__ = ["router"]

router = Router(tags=["Map"])
CHANGES = Needs("hold.change")


@router.get("/holds", response=Page[HoldPlaced], auth=Needs("hold.read"), operation_id="listHolds", summary="What is on hold")
def list_holds(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """What must not be deleted for now, and why. By name; whom a hold is about is not said here."""
    rows = [_shown(one) for one in known_holds(current_policy().holds, by=caller_of(request).who)]
    return page_after(request, response, part, rows, lambda one: str(one["name"]))


@router.post("/holds", response={201: HoldPlaced}, auth=CHANGES, operation_id="placeHold", summary="Place a hold")
def place(request: HttpRequest, response: HttpResponse, wish: PlacingHold) -> dict[str, Any]:
    """Place a hold: from now on what it covers is neither erased nor deleted by age, and nothing else is kept by it."""
    who = caller_of(request).who
    hold = Placing(
        name=wish.name, ground=wish.ground, owner=wish.owner, review=wish.review, tables=wish.tables, subjects=wish.subjects
    )
    place_hold(hold, policy=current_policy(), at=datetime.now(UTC), by=who)
    response["Location"] = "/api/v1/holds"
    return _now(wish.name, who)


@router.post("/holds/{name}/review", response=HoldPlaced, auth=CHANGES, operation_id="reviewHold", summary="Review a hold")
def review(request: HttpRequest, name: HoldInPath, wish: Reviewing) -> dict[str, Any]:
    """Say that a hold was looked at and is still needed, and when it is to be looked at again."""
    who = caller_of(request).who
    review_hold(name=name, review=wish.review, at=datetime.now(UTC), by=who)
    return _now(name, who)


@router.post("/holds/{name}/lifting", response=HoldPlaced, auth=CHANGES, operation_id="liftHold", summary="Lift a hold")
def lift(request: HttpRequest, name: HoldInPath) -> dict[str, Any]:
    """End a hold. Erasures that waited because of it go on by themselves."""
    who = caller_of(request).who
    lift_hold(name=name, at=datetime.now(UTC), by=who)
    return _now(name, who)


def _now(name: str, who: Who) -> dict[str, Any]:
    """Return the hold as it is, whether or not the key may also read the list."""
    reads = replace(who, scopes=(who.scopes or frozenset()) | {"hold.read"})
    found = next((one for one in known_holds({}, by=reads) if one.name == name), None)
    if found is None:
        raise NotThere("There is no such hold", todo="Look through the list of holds.")
    return _shown(found)


def _shown(one: KnownHold) -> dict[str, Any]:
    return {
        "name": one.name,
        "ground": one.hold.ground,
        "owner": one.hold.owner,
        "placed": one.hold.placed,
        "review": one.hold.review,
        "tables": [str(table) for table in one.hold.tables],
        "lifted": one.hold.lifted,
        "here": one.here,
        "people": one.people,
        "waiting": one.waiting,
    }
