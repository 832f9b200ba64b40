"""Operations on what a person chose, and on what is held about them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from kept.base.errors import NotThere, Refused
from kept.base.roles import Who
from kept.db.access.choices import KnownChoice, choices_of
from kept.db.access.editions import edition_in_force
from kept.db.access.holdings import KIND, holdings_key, holdings_of
from kept.db.access.jobs import KnownJob, last_job
from kept.db.actions.choices import choose
from kept.policy.purposes import Purpose
from kept.web.shared.policy import current_policy

from .board import asked
from .keys import Needs, caller_of
from .paging import Page, Wanted, page_after
from .shapes import Job
from .shapes_of_people import ChoiceMade, Held
from .wishes import Choosing, PurposeInPath

__all__ = ["router"]

router = Router(tags=["Your rights"])
READS, WRITES = Needs("me.read"), Needs("me.write")


@router.get("/choices", response=Page[ChoiceMade], auth=READS, operation_id="listChoices", summary="Your choices")
def list_choices(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """Every optional purpose and what you chose about it; nothing is agreed to unless you agreed."""
    made = choices_of(caller_of(request).who)
    optional = {name: one for name, one in current_policy().purposes.items() if one.optional}
    rows = [_choice(name, one, made.get(name)) for name, one in optional.items()]
    return page_after(request, response, part, rows, lambda one: str(one["purpose"]))


@router.put("/choices/{purpose}", response=ChoiceMade, auth=WRITES, operation_id="choose", summary="Choose about a purpose")
def put_choice(request: HttpRequest, purpose: PurposeInPath, wish: Choosing) -> dict[str, Any]:
    """Agree to an optional purpose, or take that back. The same choice made twice is kept once."""
    who, at = caller_of(request).who, datetime.now(UTC)
    wanted = current_policy().purposes.get(purpose)
    if wanted is None or not wanted.optional:
        raise NotThere("There is no purpose of that name to choose about", todo="Look through the list of choices.")
    inforce = edition_in_force(at.date())
    notice = sha256(wanted.title.encode()).hexdigest()
    number = inforce.number if inforce else 0
    choose(purpose=purpose, granted=wish.granted, edition=number, notice=notice, channel="api", by=who, at=at)
    return _choice(purpose, wanted, choices_of(who).get(purpose))


def _choice(name: str, purpose: Purpose, made: KnownChoice | None) -> dict[str, Any]:
    return {
        "purpose": name,
        "title": purpose.title,
        "granted": made.granted if made else False,
        "at": made.at if made else None,
        "receipt": made.ref if made else None,
    }


@router.get("/held", response=Held, auth=READS, operation_id="readHeld", summary="What is held about you")
def read_held(request: HttpRequest) -> dict[str, Any]:
    """What was last counted in the stores about you: rows by table, and the tables where that cannot be said."""
    who = caller_of(request).who
    subject = _subject(who)
    found, newest = holdings_of(subject, by=who), last_job(KIND, holdings_key(subject))
    return {
        "counted_at": found.at if found else None,
        "counted": found.counted if found else (),
        "unknown": found.unknown if found else (),
        "job": newest,
    }


@router.post("/held", response={202: Job}, auth=WRITES, operation_id="countHeld", summary="Count anew what is held about you")
def count_held(request: HttpRequest, response: HttpResponse) -> KnownJob:
    """Ask a worker to count in the stores what is held about you. Returns the job; while one is under way, that one."""
    subject = _subject(caller_of(request).who)
    return asked(request, response, kind=KIND, key=holdings_key(subject), wanted={"subject": subject})


def _subject(who: Who) -> str:
    if not who.subject:
        raise Refused("This account is nobody in the company's stores", todo="Sign in with the address the company knows.")
    return who.subject
