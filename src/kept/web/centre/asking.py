"""Requests: opened, followed, taken back; export, deletion and complaint; and who looked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kept.base.roles import ROLES
from kept.db.access.requests import KnownRequest, request_of, requests_of
from kept.db.access.viewings import viewings_of
from kept.db.actions.requests import open_request, withdraw_request
from kept.policy.clauses import Clause
from kept.web.shared.asking import who
from kept.web.shared.policy import current_policy

from .authorities import authorities
from .choosing import as_file
from .doors import held_by, mine, now
from .forms import Ask
from .receipts import record_of_request
from .words import STATES, title_of

__all__ = ["ask", "complain", "delete", "export", "looked", "record_file", "request_page", "requests", "withdraw"]

SPEAKS_OF_ASKING = re.compile(r"\b(request|ask)", re.IGNORECASE)
SPEAKS_OF_TIME = re.compile(r"\b(days?|months?|weeks?)\b", re.IGNORECASE)


@mine
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """List what the person asked for, and let them ask in words."""
    return _list(request, Ask())


@mine
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Open a request in the person's own words."""
    form = Ask(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    return _opened(request, form.cleaned_data["right"], form.cleaned_data["note"])


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
    page = {**_shown(asked), "line": _line(asked), "days": asked.days(now()), "clause": _clause()}
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
    form = Ask(request.POST if request.method == "POST" else None, rights=("complaint",), initial={"right": "complaint"})
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


def _list(request: HttpRequest, form: Ask, status: int = 200) -> HttpResponse:
    shown = [_shown(one) for one in asks_for(request)]
    return render(request, "centre/requests.html", {"asked": shown, "form": form}, status=status)


def _opened(request: HttpRequest, right: str, note: str = "") -> HttpResponse:
    known = {one.ref for one in asks_for(request)}
    ref = open_request(right=right, channel="centre", note=note, by=who(request), at=now())
    if ref in known:
        messages.info(request, _("You asked for this already, and it is still open. Here it is."))
    else:
        messages.success(request, _("Your request is recorded."))
    return redirect("centre:request", ref=ref)


def _open(asked: tuple[KnownRequest, ...], right: str) -> KnownRequest | None:
    return next((one for one in asked if one.right == right and one.is_open), None)


def _shown(one: KnownRequest) -> Mapping[str, Any]:
    return {"asked": one, "title": title_of(one.right), "state": _(STATES[one.state])}


def _line(one: KnownRequest) -> list[Mapping[str, Any]]:
    """Return the steps of a request: each with its word, whether it is behind, and when it was where that is known."""
    end = one.state if one.closed_at else "answered"
    return [
        {"word": _(STATES["received"]), "done": True, "here": one.state == "received", "at": one.received_at},
        {
            "word": _(STATES["working"]),
            "done": one.state in ("working", "answered", "refused"),
            "here": one.state == "working",
            "at": one.changed_at if one.state == "working" else None,
        },
        {"word": _(STATES[end]), "done": one.closed_at is not None, "here": one.closed_at is not None, "at": one.closed_at},
    ]


def _clause() -> Clause | None:
    """Return the clause in which the policy says how long an answer takes."""
    for clause in current_policy().clauses:
        if SPEAKS_OF_ASKING.search(clause.title) and SPEAKS_OF_TIME.search(clause.text):
            return clause
    return None
