"""Requests: opened, followed, taken back; export, deletion and complaint; and who looked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kept.base.errors import NotThere
from kept.base.roles import ROLES
from kept.db.access.requests import KnownRequest, request_of, requests_of
from kept.db.access.viewings import viewings_of
from kept.db.actions.requests import Particulars, open_request, withdraw_request
from kept.db.terms import laws_of
from kept.policy.clauses import Clause
from kept.rights.registry import right as right_of
from kept.web.shared.asking import who
from kept.web.shared.particulars import correctable, purposes_for
from kept.web.shared.policy import current_policy, current_terms

from .authorities import authorities
from .choosing import as_file
from .doors import held_by, mine, now
from .forms import Corrections, Nomination, Nothing, Purposes, Restriction, Words
from .receipts import record_of_request
from .telling import shown, told
from .words import RIGHTS, title_of

__all__ = ["complain", "delete", "export", "looked", "record_file", "request_page", "requests", "want", "withdraw"]

WRITTEN: Final = (
    "access",
    "rectification",
    "restriction",
    "objection",
    "withdrawal",
    "opt-out",
    "limit",
    "nomination",
    "contact",
)
"""What is asked for by a form or a click; export, deletion and complaint have pages of their own."""
ONE_CLICK: Final = ("opt-out", "limit")
"""What needs no word of the person, and no second step (11 CCR 7026, 7027)."""
SOMEWHERE: Final = ("opt-out", "limit", "nomination")
"""Rights that are offered where a law that applies gives them; the others are everybody's."""

SPEAKS_OF_ASKING = re.compile(r"\b(request|ask)", re.IGNORECASE)
SPEAKS_OF_TIME = re.compile(r"\b(days?|months?|weeks?)\b", re.IGNORECASE)


@mine
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """List what the person asked for, and everything else that they can ask for."""
    listed = [shown(one) for one in asks_for(request)]
    return render(request, "centre/requests.html", {"asked": listed, "offered": _offered()})


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def want(request: HttpRequest, right: str) -> HttpResponse:
    """Ask for something as a right: each has the form it needs, and one that needs nothing has a button. Raises NotThere."""
    if right not in WRITTEN:
        raise NotThere("There is no such right to ask for here", todo="Look through what you can ask for.")
    form = _form(right, request)
    if request.method == "POST" and form.is_valid():
        particulars = Particulars(wanted=form.wanted(), said=form.said())
        return _opened(request, right, form.cleaned_data.get("note", ""), particulars)
    page = {"right": right, "title": title_of(right), "says": _(RIGHTS[right][1]), "form": form}
    return render(request, "centre/want.html", page, status=422 if form.errors else 200)


@mine
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Ask for everything to be exported: one click."""
    return _opened(request, "portability")


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Say what deleting everything means, and ask for it when that is confirmed."""
    if request.method == "POST":
        return _opened(request, "erasure")
    asks, policy = who(request), current_policy()
    stays = [mapped.map for mapped in policy.tables() if mapped.map.retention and mapped.map.retention.at_least]
    page = {"held": held_by(asks), "stays": stays, "open": _open(asks_for(request), "erasure")}
    return render(request, "centre/delete.html", page)


@mine
@require_safe
def request_page(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one request with its time line. Raises NotThere."""
    asked = request_of(ref, by=who(request))
    page = {**told(asked, current_policy(), now()), "clause": _clause()}
    return render(request, "centre/request.html", page)


@mine
@require_safe
def record_file(request: HttpRequest, ref: str) -> HttpResponse:
    """Return one request as a file to keep. Raises NotThere."""
    asks = who(request)
    written = record_of_request(request_of(ref, by=asks), company=settings.KEPT.company, person=asks.ref)
    return as_file(written, f"request-{ref}.json")


@mine
@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a request back. Raises NotThere, Refused."""
    withdraw_request(ref=ref, by=who(request), at=now())
    messages.success(request, _("You took this request back. Nothing more will be done about it."))
    return redirect("centre:request", ref=ref)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def complain(request: HttpRequest) -> HttpResponse:
    """Name the contact and the authorities, and take a complaint."""
    form = Words(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _opened(request, "complaint", form.cleaned_data["note"])
    where = held_by(who(request))
    codes = where.jurisdictions if where and where.jurisdictions else settings.KEPT.company.jurisdictions
    page = {"form": form, "authorities": authorities(codes), "open": _open(asks_for(request), "complaint")}
    return render(request, "centre/complaint.html", page, status=422 if form.errors else 200)


@mine
@require_safe
def looked(request: HttpRequest) -> HttpResponse:
    """Show who on the staff opened this person's data, when and why."""
    found = [{"view": one, "role": ROLES[one.role].title if one.role in ROLES else one.role} for one in _viewings(request)]
    return render(request, "centre/looked.html", {"looked": found})


def asks_for(request: HttpRequest) -> tuple[KnownRequest, ...]:
    """Return every request of whoever asks."""
    return requests_of(who(request))


def _viewings(request: HttpRequest) -> Any:
    return viewings_of(who(request).subject)


def _opened(request: HttpRequest, right: str, note: str = "", particulars: Particulars | None = None) -> HttpResponse:
    known = {one.ref for one in asks_for(request)}
    terms, by = current_terms(), who(request)
    ref = open_request(right=right, channel="centre", note=note, terms=terms, by=by, at=now(), particulars=particulars)
    if ref in known:
        messages.info(request, _("You asked for this already, and it is still open. Here it is."))
    else:
        messages.success(request, _("Your request is recorded."))
    return redirect("centre:request", ref=ref)


def _form(right: str, request: HttpRequest) -> Words | Nothing:
    """Return the form that a right needs, filled in where it was sent."""
    said = request.POST if request.method == "POST" else None
    asks, policy = who(request), current_policy()
    if right in ONE_CLICK:
        return Nothing(said)
    if right == "rectification":
        return Corrections(said, offered=correctable(policy, asks.subject))
    if right in ("objection", "withdrawal"):
        counted = held_by(asks)
        offered = purposes_for(right, policy, counted.jurisdictions if counted else ())
        return Purposes(said, offered=offered) if offered else Words(said)
    if right == "restriction":
        return Restriction(said)
    return Nomination(said) if right == "nomination" else Words(said)


def _offered() -> list[Mapping[str, Any]]:
    """Return what can be asked for, beside export, deletion and complaint, which have pages of their own."""
    day, laws = now().date(), laws_of(current_terms(), now())
    given = [one for one in WRITTEN if one not in SOMEWHERE or any(law.right(right_of(one).law, day) for law in laws)]
    return [{"right": one, "title": title_of(one), "says": _(RIGHTS[one][1]), "one_click": one in ONE_CLICK} for one in given]


def _open(asked: tuple[KnownRequest, ...], right: str) -> KnownRequest | None:
    return next((one for one in asked if one.right == right and one.is_open), None)


def _clause() -> Clause | None:
    """Return the clause in which the policy says how long an answer takes."""
    for clause in current_policy().clauses:
        if SPEAKS_OF_ASKING.search(clause.title) and SPEAKS_OF_TIME.search(clause.text):
            return clause
    return None
