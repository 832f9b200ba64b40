"""Requests in every way in which a page shows them differently; a worker leaves them as they are, because none of them is due."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kept.base.roles import Who
from kept.db.actions.answering import extend_request, refuse_request
from kept.db.actions.letters import keep_letter
from kept.db.actions.orders import open_order, order_asked
from kept.db.actions.requests import Coming, Particulars, receive_request, withdraw_request
from kept.db.actions.restraints import place_restraints
from kept.db.actions.taking_in import acknowledge_request
from kept.db.actions.verifying import (
    GOOD_FOR,
    MOST_TRIES,
    Offer,
    answer_points,
    confirm_challenge,
    judge_points,
    keep_candidates,
    offer_challenge,
    pass_link,
)
from kept.db.models import Certificate, Challenge, Order, Request, RequestStep
from kept.db.notices import Voice
from kept.db.request_key import opened_key
from kept.web.centre.asking import ONE_CLICK, WRITTEN
from tests.web.requests import TERMS, advanced, asked, export_of, furnished, officer, waits
from tests.web.site import Site

__all__ = ["PERSON", "Pages", "furnish"]

PERSON = "account:7"
FAR = timedelta(days=30)
VOICE = Voice(company="Aurigen", contact="privacy@aurigen.example")
POINTS = ("app.accounts.full_name", "app.accounts.organisation")
LARGE = "the erasure of 1 of the people would touch 90 of the 100 rows of telemetry.usage_events"
HOLD = {
    "name": "audit-2026",
    "ground": "Tax audit, AO §147",
    "owner": "general counsel",
    "tables": ["billing.invoices", "billing.payments"],
    "column": "app.accounts.id",
    "keys": "7\n42\n",
}
NUMBERS = itertools.count(1)

Pages = dict[str, dict[str, str]]
"""By whose they are, addresses of pages, each with a word for what is different there."""


def furnish(site: Site) -> Pages:
    """Make the requests, a hold among them, and return where they are seen."""
    worked_on, own = dict(_worked_on(site)), dict(_of_person(site))
    later = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    assert site.staff("owner").post("/console/holds/place/", {**HOLD, "review": later}).status_code == 302
    public = dict(_in_public(site))
    far = datetime.now(UTC) + FAR
    Request.objects.filter(closed_at__isnull=True).update(wake_at=far, leased_until=None)
    Order.objects.filter(look_at__isnull=False).update(look_at=far)
    console = {f"/console/requests/{ref}/": name for name, ref in {**worked_on, **own}.items()}
    console |= {"/console/requests/?waits_on=staff": "some", "/console/requests/?right=limit": "none"}
    centre = {f"/me/requests/{ref}/": name for name, ref in own.items()}
    centre |= {f"/me/requests/new/{right}/": right for right in WRITTEN if right not in ONE_CLICK}
    return {"nobody": public, "person": centre, "owner": console, "auditor": console}


def _came(right: str = "access", *, wanted: dict[str, Any] | None = None, **said: Any) -> str:
    """Let a letter of somebody who is not known open a request; no two have one address."""
    at = datetime.now(UTC) - timedelta(days=2)
    particulars = Particulars(wanted=wanted or {}, said=said)
    address = f"somebody-{next(NUMBERS)}@people.example"
    coming = Coming(right=right, channel="email", address=address, received_at=at, particulars=particulars)
    return receive_request(coming, terms=TERMS, at=at, actor="worker")


def _worked_on(site: Site) -> Iterator[tuple[str, str]]:
    """Yield what staff see when something is to be done at a request, and its reference."""
    yield "guessed", _came("contact", wanted={"guess": "erasure"})
    several = _came()
    keep_candidates(ref=several, fence=0, subjects=["account:1", "account:2"])
    yield "several", several
    yield "vouched", _vouched(officer(site))
    yield "vouched-by-oneself", _vouched(replace(site.who(role="owner"), vouched=True))
    yield "to-enter", _confirming(site)
    yield "to-confirm", _confirming(site, changes=[{"column": "app.accounts.full_name", "value": "Ada Right"}])
    yield "large", _large(site)
    yield "by-letter", _by_letter(site)
    yield "restricted", _restricted(site)
    announced = _restricted(site)
    lifted = site.staff("support").post(f"/console/requests/{announced}/lift/", {"lift-why": "What was doubted was checked"})
    assert lifted.status_code == 302
    yield "announced", announced
    question = _came("contact")
    waits(question, "write", "staff", "somebody who answers it")
    yield "to-write", question
    nominee = {"name": "Bo Next", "address": "bo@people.example"}
    yield "nominee", _came("nomination", nominee=nominee)
    yield "purposes", _came("objection", wanted={"purposes": ["telemetry", "communications"]})


def _vouched(by: Who) -> str:
    ref = _came(agent={"name": "Help Ltd"}, person={"email": "grace@people.example"})
    confirm_challenge(ref=ref, why="Saw the mandate", at=datetime.now(UTC), by=by, voice=VOICE)
    return ref


def _confirming(site: Site, **said: Any) -> str:
    ref = asked(site, "rectification", subject="account:8", note="My name is wrong", particulars=Particulars(said=said))
    advanced(ref, "verify", "identify")
    waits(ref, "confirm", "staff", "somebody who compares the new values")
    return ref


def _large(site: Site) -> str:
    ref, at = asked(site, "erasure", subject="account:9"), datetime.now(UTC)
    advanced(ref, "verify", "identify", "restrain", "find")
    Request.objects.filter(ref=ref).update(stage="erase", waits_on="staff", waits_for=LARGE[:200])
    step = {"state": "failed", "error": LARGE, "began_at": at, "tries": 2}
    RequestStep.objects.update_or_create(request=Request.objects.get(ref=ref), name="erase", defaults=step)
    return ref


def _by_letter(site: Site) -> str:
    ref, at = asked(site, "erasure", subject="account:10"), datetime.now(UTC)
    order_asked(ref=open_order(request=ref, processor="printer", way="email", due=at, at=at, actor="worker"), at=at, actor="worker")
    return ref


def _restricted(site: Site) -> str:
    subject = f"account:{20 + next(NUMBERS)}"
    ref = asked(site, "restriction", subject=subject)
    place_restraints(request=ref, subjects=[subject], kind="restricted", at=datetime.now(UTC), actor="worker")
    return ref


def _of_person(site: Site) -> Iterator[tuple[str, str]]:
    """Yield what a person sees of requests of their own, and each one's reference."""
    by, at = site.who(subject=PERSON), datetime.now(UTC)
    yield "filled", furnished(site, subject=PERSON)
    ready = asked(site, subject=PERSON)
    advanced(ready, "verify", "identify", "find", "collect", told={"rows": 16, "tables": 3, "ways": []})
    export_of(ready, until=timedelta(days=14))
    yield "export", ready
    longer = asked(site, "objection", subject=PERSON)
    reason = "Many ask at once"
    extend_request(ref=longer, reason=reason, terms=TERMS, voice=VOICE, at=at, by=officer(site))
    yield "extended", longer
    yield "late", asked(site, "restriction", subject=PERSON, days=120)
    back = asked(site, "nomination", subject=PERSON)
    withdraw_request(ref=back, by=by, at=at)
    yield "withdrawn", back
    refused = asked(site, "portability", subject=PERSON)
    ground, answer = "eu-gdpr.rights_of_others", "Most of it is about others."
    refuse_request(ref=refused, ground=ground, answer=answer, voice=VOICE, at=at, by=officer(site))
    yield "refused", refused
    yield "answered", _answered(asked(site, "withdrawal", subject=PERSON))


def _answered(ref: str) -> str:
    """Close a request, with a certificate."""
    at, request = datetime.now(UTC), Request.objects.get(ref=ref)
    keep_letter(request=ref, incoming=False, message_id=ref, kind="answer", content=b"It is all gone.", at=at, actor="worker")
    Certificate.objects.create(request=request, text="kept certificate v1\nsigned\n", made_at=at)
    told = opened_key(request.key).seal("It is all gone.", "outcome")
    closed = {"state": "answered", "stage": "", "waits_on": "", "closed_at": at, "wake_at": None, "verified": "link"}
    Request.objects.filter(ref=ref).update(outcome=told, **closed)
    return ref


def _in_public(site: Site) -> Iterator[tuple[str, str]]:
    """Yield the address of each page behind a link of a letter, and what is different there."""
    at = datetime.now(UTC)
    for name, until in (("open", at + GOOD_FOR), ("ended", at - timedelta(days=1))):
        yield f"/ask/confirm/{_linked(way='link', until=until)[1]}/", name
    _, met = _linked(way="link")
    pass_link(secret=met, at=at)
    yield f"/ask/confirm/{met}/", "met"
    for name, tries, answered in (("open", 0, False), ("again", 1, False), ("compared", 0, True), ("closed", MOST_TRIES, False)):
        ref, secret = _linked(way="points", asked=POINTS)
        for _ in range(tries):
            points = Challenge.objects.get(request__ref=ref)
            judge_points(ref=ref, challenge=points.pk, right=False, subject="", at=at, actor="worker", post=_nothing)
        if answered:
            answer_points(secret=secret, answers=dict.fromkeys(POINTS, "x"), at=at)
        yield f"/ask/points/{secret}/", name
    yield f"/ask/follow/{_followed(_came('erasure'))}/", "open"
    ended = _came("access")
    secret = _followed(ended)
    export_of(ended, until=timedelta(days=14))
    _answered(ended)
    yield f"/ask/follow/{secret}/", "ended"


def _nothing(_: int) -> None:
    """Write no letter."""


def _linked(**offered: Any) -> tuple[str, str]:
    """Offer somebody a way to show that it is them; return the request, and the secret in the letter."""
    at, ref = datetime.now(UTC), _came()
    posted = _Posted()
    offer = Offer(**{"to": f"link-{next(NUMBERS)}@people.example", "until": at + GOOD_FOR, **offered})
    offer_challenge(offer, ref=ref, at=at, actor="worker", post=lambda secret, _: posted.take(secret))
    return ref, posted.secret


def _followed(ref: str) -> str:
    posted = _Posted()
    to: Callable[[str], None] = posted.take
    acknowledge_request(ref=ref, to=f"link-{next(NUMBERS)}@people.example", at=datetime.now(UTC), post=to)
    return posted.secret


class _Posted:
    """What was posted last."""

    secret = ""

    def take(self, secret: str) -> None:
        """Keep it."""
        self.secret = secret
