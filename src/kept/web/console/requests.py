"""People's requests: which wait, one with all that is known of it, and how far it is."""

from __future__ import annotations

import email
from dataclasses import dataclass
from email import policy as letters
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.access.request_queue import (
    Place,
    QueuedRequest,
    Sought,
    closed_requests,
    letter_of,
    open_requests,
    queued_request,
)
from kept.db.access.staff import colleagues
from kept.db.actions.viewings import open_letter
from kept.db.grounds import grounds_for
from kept.rights.registry import rights
from kept.web.shared.asking import staff, who
from kept.web.shared.particulars import Correctable, correctable
from kept.web.shared.policy import current_policy

from .acting_forms import (
    AssignForm,
    ChangesForm,
    EstablishForm,
    LiftForm,
    OrderForm,
    PersonForm,
    QuestionsForm,
    RightForm,
)
from .clocks import clock_svg, left_words
from .forms import AnswerForm, ExtendForm, RefuseForm, SoughtForm
from .may import allowed, orders_to_record
from .page import now, page
from .paths import paths_svg
from .request_words import CHANNELS, DATES, DOES, LETTERS, ORDERS, STAGES, STEPS, STORES, VERIFIED, WAITS, WAYS, WHY
from .words import REQUESTS, RIGHTS, word

__all__ = [
    "RequestRow",
    "certificate",
    "done",
    "letter",
    "progress",
    "request_page",
    "request_rows",
    "requests",
    "right_choices",
    "shown_request",
]

A_PAGE = 40
LONGEST_LETTER = 60_000
"""Characters of a letter's text that a page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request with its age in days and in words, and its dates drawn."""

    known: QueuedRequest
    right: str
    state: str
    age: int
    left: str
    waits: str
    step: str
    clock: SafeString


def request_rows(found: tuple[QueuedRequest, ...]) -> tuple[RequestRow, ...]:
    """Return requests as pages show them."""
    return tuple(_row(one) for one in found)


def _row(one: QueuedRequest) -> RequestRow:
    at = now()
    return RequestRow(
        known=one,
        right=word(RIGHTS, one.right),
        state=word(REQUESTS, one.state),
        age=one.age(at),
        left=left_words(one, at),
        waits=word(WAITS, one.waits_on) if one.is_open else "",
        step=word(STAGES, one.stage),
        clock=clock_svg(one, at),
    )


@staff("request.read")
def requests(request: HttpRequest) -> HttpResponse:
    """What waits, what is due first before the rest, a page at a time; on the first page also what ended last."""
    by = who(request)
    form = SoughtForm(
        request.GET or None,
        rights=[(code, word(RIGHTS, code)) for code in RIGHTS],
        waits=[(code, word(WAITS, code)) for code in WAITS if code],
    )
    wanted = form.cleaned_data if form.is_valid() else {}
    after = _place(request.GET.get("after", ""))
    found = open_requests(by=by, sought=Sought(**wanted, after=after), limit=A_PAGE + 1)
    more = (
        urlencode({**{name: said for name, said in wanted.items() if said}, "after": str(found[A_PAGE - 1].place)})
        if found[A_PAGE:]
        else ""
    )
    first = after is None and not any(wanted.values())
    ended = request_rows(closed_requests(by=by)) if first else ()
    return page(
        request, "requests", "requests", waiting=request_rows(found[:A_PAGE]), ended=ended, form=form, more=more, first=first
    )


def _place(text: str) -> Place | None:
    try:
        return Place.parse(text) if text else None
    except ValueError:
        raise NotThere("There is no such page of this list", todo="Begin with the first page.") from None


@staff("request.read")
def request_page(request: HttpRequest, ref: str) -> HttpResponse:
    """One request, with what may be done with it."""
    return shown_request(request, ref)


def done(request: HttpRequest, ref: str, said: str) -> HttpResponse:
    """Say what was done, and go back to the page of the request."""
    messages.success(request, said)
    return redirect("console:request", ref)


def shown_request(request: HttpRequest, ref: str, **forms: object) -> HttpResponse:
    """Return the page of a request; `forms` are those that were filled in and must be mended."""
    known = queued_request(ref, by=who(request))
    facts = known.facts
    shown = {
        "one": _row(known),
        "may": allowed(known, by=who(request), at=now()),
        "channel": word(CHANNELS, known.channel),
        "verified": word(VERIFIED, known.verified),
        "dates": [(word(DATES, which), one) for which, one in known.dates.items()],
        "drawing": paths_svg(facts.paths),
        "paths": [(one, word(DOES, one.does)) for one in facts.paths],
        "stores": [(one, word(STORES, one.state), sum(one.planned.values()), sum(one.done.values())) for one in facts.stores],
        "orders": [(one, word(ORDERS, one.state)) for one in facts.orders],
        "remainders": [(one, word(WHY, one.why)) for one in facts.remainders],
        "challenges": [(one, word(WAYS, one.way)) for one in facts.challenges],
        "letters": [(one, word(LETTERS, one.kind)) for one in facts.letters],
        "now": now(),
    }
    return page(request, "request", "requests", **{**shown, **_forms(known, who(request)), **_steps(known), **forms})


def _forms(known: QueuedRequest, by: Who) -> dict[str, Any]:
    """Return the forms of what can be done, empty; nothing for who may do none of it."""
    if not by.may("request.work"):
        return {}
    grounds = grounds_for(known.laws, known.right, known.received_at.date()).values()
    candidates = [(one, one) for one in known.said.get("candidates", [])]
    guess = known.wanted.get("guess") or known.right
    return {
        "answer": AnswerForm(prefix="answer"),
        "refuse": RefuseForm(prefix="refuse", grounds=grounds),
        "extend": ExtendForm(prefix="extend"),
        "right_form": RightForm(prefix="right", offered=right_choices(), initial={"right": guess}),
        "person_form": PersonForm(prefix="person", offered=candidates),
        "questions_form": QuestionsForm(prefix="questions"),
        "establish_form": EstablishForm(prefix="establish"),
        "changes_form": ChangesForm(prefix="changes", columns=_columns(known)),
        "order_form": OrderForm(prefix="order"),
        "orders_waiting": orders_to_record(known),
        "lift_form": LiftForm(prefix="lift"),
        "assign_form": AssignForm(prefix="assign", offered=colleagues(by=by)) if known.is_open else None,
    }


def _columns(known: QueuedRequest) -> tuple[Correctable, ...]:
    return correctable(current_policy(), known.subject) if known.stage == "confirm" and known.subject else ()


def right_choices() -> list[tuple[str, str]]:
    """Return every right that can be asked for, and a question, as forms offer them."""
    return [(code, word(RIGHTS, code)) for code in rights()]


def _steps(known: QueuedRequest) -> dict[str, Any]:
    """Return what the piece of page needs that shows how far a request is."""
    steps = [(one, word(STAGES, one.name), word(STEPS, one.state)) for one in known.facts.steps]
    often = "2s" if known.waits_on in ("", "store") else "20s"
    return {"steps": steps, "known": known, "waits": word(WAITS, known.waits_on), "often": often}


@staff("request.read")
def progress(request: HttpRequest, ref: str) -> HttpResponse:
    """How far a request is: a piece of page that asks again by itself; it loads the page anew once something else can be done."""
    known = queued_request(ref, by=who(request))
    response = render(request, "console/request_steps.html", _steps(known))
    if request.GET.get("stage", known.stage) != known.stage or not known.is_open:
        response["HX-Refresh"] = "true"
    return response


@staff("request.read")
def certificate(request: HttpRequest, ref: str) -> HttpResponse:
    """The signed certificate of an erasure, as a file. Raises NotThere."""
    text = queued_request(ref, by=who(request)).facts.certificate
    if not text:
        raise NotThere("There is no certificate of this request", todo="Wait until its erasure is proved.")
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="certificate-{ref}.txt"'
    return response


@staff("request.work")
def letter(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """One letter's text; that it was read is written down. Raises NotThere, KeyDestroyed."""
    by = who(request)
    raw = letter_of(ref, number, by=by)
    open_letter(ref=ref, number=number, subject=queued_request(ref, by=by).subject, at=now(), by=by)
    taken = email.message_from_bytes(raw, policy=letters.default)
    body = taken.get_body(("plain", "html"))
    text = str(body.get_content()) if body is not None else ""
    heads = [(name, str(taken[name])) for name in ("From", "To", "Date", "Subject") if taken[name]]
    names = [part.get_filename() or part.get_content_type() for part in taken.iter_attachments()]
    return page(request, "letter", "requests", ref=ref, heads=heads, text=text[:LONGEST_LETTER], names=names)
