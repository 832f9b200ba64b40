"""Operations on what is one's own: requests, choices, what is held, keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Router

from kept.base.errors import NotAllowed, NotThere
from kept.base.roles import Who
from kept.db.access.api_keys import KnownKey, keys_of
from kept.db.access.bundles import bundle_of
from kept.db.access.holdings import holdings_of
from kept.db.access.requests import KnownRequest, request_of, requests_of
from kept.db.actions.api_keys import make_key, revoke_key, rotate_key
from kept.db.actions.bundles import bundle_fetched
from kept.db.actions.requests import Particulars, open_request, withdraw_request
from kept.web.shared.fetching import fetched
from kept.web.shared.particulars import checked_changes, checked_purposes
from kept.web.shared.policy import current_policy, current_terms

from .keys import Needs, caller_of
from .paging import Page, Wanted, page_after
from .queue import certified, whole
from .shapes_of_people import Key, KeyMade, Me
from .shapes_of_requests import Certified, Requested, RequestedWhole
from .wishes import KeyWanted, RefInPath, Requesting

__all__ = ["router"]

router = Router()
READS, WRITES = Needs("me.read"), Needs("me.write")


@router.get("/me", response=Me, auth=Needs(), operation_id="readMe", summary="Whom this key speaks for", tags=["Keys"])
def read_me(request: HttpRequest) -> dict[str, Any]:
    """Whom this key speaks for, and what it may be used for today. Any key may ask."""
    caller = caller_of(request)
    return {
        "account": caller.who.ref,
        "key": caller.key,
        "person": bool(caller.who.subject),
        "role": caller.who.role,
        "second_factor": caller.who.vouched,
        "scopes": sorted(caller.scopes),
    }


@router.get(
    "/requests", response=Page[Requested], auth=READS, operation_id="listRequests", summary="Your requests", tags=["Your rights"]
)
def list_requests(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """What you asked for as your right, newest first."""
    rows = requests_of(caller_of(request).who)
    return page_after(request, response, part, rows, lambda one: f"{one.received_at.isoformat()} {one.ref}", newest_first=True)


@router.post(
    "/requests",
    response={201: RequestedWhole},
    auth=WRITES,
    operation_id="openRequest",
    summary="Make a request",
    tags=["Your rights"],
)
def make_request(request: HttpRequest, response: HttpResponse, wish: Requesting) -> dict[str, Any]:
    """Ask for something as your right. While one about the same right is open, that one is returned and nothing changes.

    A rectification, a complaint may be opened beside another.
    """
    who = caller_of(request).who
    ref = open_request(
        right=wish.right,
        channel="api",
        note=wish.note,
        terms=current_terms(),
        at=datetime.now(UTC),
        by=who,
        particulars=_particulars(wish, who),
    )
    response["Location"] = f"/api/v1/requests/{ref}"
    return _seen(request_of(ref, by=who))


@router.get(
    "/requests/{ref}", response=RequestedWhole, auth=READS, operation_id="readRequest", summary="One request", tags=["Your rights"]
)
def read_request(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """One of your requests with its dates, and how far it is."""
    return _seen(request_of(ref, by=caller_of(request).who))


@router.post(
    "/requests/{ref}/withdrawal",
    response=RequestedWhole,
    auth=WRITES,
    operation_id="withdrawRequest",
    summary="Take a request back",
    tags=["Your rights"],
)
def withdraw(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """Take a request of yours back while it is open."""
    who = caller_of(request).who
    withdraw_request(ref=ref, by=who, at=datetime.now(UTC))
    return _seen(request_of(ref, by=who))


@router.get(
    "/requests/{ref}/certificate",
    response=Certified,
    auth=READS,
    operation_id="readCertificate",
    summary="The certificate of an erasure",
    tags=["Your rights"],
)
def read_certificate(request: HttpRequest, ref: RefInPath) -> dict[str, str]:
    """The signed certificate of an erasure of yours: keep it, and verify it offline."""
    return certified(request_of(ref, by=caller_of(request).who).facts)


ZIP: dict[str, Any] = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/requests/{ref}/export",
    auth=READS,
    operation_id="fetchExport",
    summary="Fetch an export",
    tags=["Your rights"],
    response={200: None},
    openapi_extra={
        "responses": {200: {"description": "As asked.", **ZIP}, 206: {"description": "The part that Range asks for.", **ZIP}}
    },
)
def fetch_export(request: HttpRequest, ref: RefInPath) -> HttpResponseBase:
    """The export of an access or portability request of yours: a ZIP file, handed out in the parts that Range asks for."""
    who, at = caller_of(request).who, datetime.now(UTC)
    bundle = bundle_of(ref, by=who, at=at)
    return fetched(request, bundle, ended=lambda: bundle_fetched(request=ref, at=datetime.now(UTC), actor=who.actor))


@router.get("/keys", response=Page[Key], auth=READS, operation_id="listKeys", summary="Your keys", tags=["Keys"])
def list_keys(request: HttpRequest, response: HttpResponse, part: Wanted) -> dict[str, Any]:
    """Your keys, newest first, those that have ended too. Secrets are not among them: nobody has those."""
    rows = _keys(request)
    return page_after(request, response, part, rows, lambda one: f"{one.created_at.isoformat()} {one.ref}", newest_first=True)


@router.post("/keys", response={201: KeyMade}, auth=WRITES, operation_id="makeKey", summary="Make a key", tags=["Keys"])
def make(request: HttpRequest, wish: KeyWanted) -> dict[str, Any]:
    """Make a key that may do no more than the one that asks. Its secret is in this answer and nowhere else."""
    caller, at = caller_of(request), datetime.now(UTC)
    if beyond := sorted(set(wish.scopes) - caller.scopes):
        raise NotAllowed(f"This key may not make one for {', '.join(beyond)}", todo="Make it in your privacy centre.")
    ends = at + timedelta(days=wish.days) if wish.days else None
    return _made(make_key(label=wish.label, scopes=wish.scopes, by=caller.who, at=at, expires_at=ends))


@router.post(
    "/keys/{ref}/rotation", response={201: KeyMade}, auth=WRITES, operation_id="rotateKey", summary="Replace a key", tags=["Keys"]
)
def rotate(request: HttpRequest, ref: RefInPath) -> dict[str, Any]:
    """End a key and make one in its place with another secret. One that may do more than the key that asks is left alone."""
    caller = caller_of(request)
    if set(_own(request, ref).scopes) - caller.scopes:
        raise NotAllowed("That key may do more than this one", todo="Replace it in your privacy centre.")
    return _made(rotate_key(ref=ref, by=caller.who, at=datetime.now(UTC)))


@router.delete("/keys/{ref}", response={204: None}, auth=WRITES, operation_id="revokeKey", summary="Revoke a key", tags=["Keys"])
def revoke(request: HttpRequest, ref: RefInPath) -> None:
    """End a key of yours now and for good. One that has ended stays as it is."""
    revoke_key(ref=ref, by=caller_of(request).who, at=datetime.now(UTC))


def _keys(request: HttpRequest) -> tuple[KnownKey, ...]:
    """Return the owner's keys with all that each may do, whatever the key that asks may."""
    return keys_of(replace(caller_of(request).who, vouched=True, scopes=None))


def _own(request: HttpRequest, ref: str) -> KnownKey:
    found = next((one for one in _keys(request) if one.ref == ref), None)
    if found is None:
        raise NotThere("There is no such key", todo="Look through the list of your keys.")
    return found


def _made(secret: str) -> dict[str, Any]:
    return {"ref": secret.split("_")[1], "secret": secret}


def _seen(one: KnownRequest) -> dict[str, Any]:
    return {**{name: getattr(one, name) for name in Requested.model_fields}, **whole(one)}


def _particulars(wish: Requesting, who: Who) -> Particulars:
    """Return what a request is about in particular. Raises Refused for what the right, the policy or the person does not have."""
    policy, known = current_policy(), holdings_of(who.subject, by=who) if who.subject else None
    wanted: dict[str, Any] = {}
    if wish.purposes:
        wanted["purposes"] = checked_purposes(wish.right, wish.purposes, policy, known.jurisdictions if known else ())
    if wish.ground and wish.right == "restriction":
        wanted["ground"] = wish.ground
    said: dict[str, Any] = {}
    if wish.changes and wish.right == "rectification":
        said["changes"] = checked_changes({one.column: one.value for one in wish.changes}, policy, who.subject)
    if wish.nominee and wish.right == "nomination":
        said["nominee"] = {"name": wish.nominee.name.strip(), "address": wish.nominee.address.strip()}
    return Particulars(wanted=wanted, said=said)
