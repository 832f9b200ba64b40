"""People's requests: which wait, and what staff do with one."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kept.db.access.request_queue import QueuedRequest, closed_requests, open_requests, queued_request
from kept.db.actions.answering import answer_request, refuse_request, take_up_request
from kept.web.shared.asking import staff, who

from .forms import AnswerForm, RefuseForm
from .page import now, page
from .words import REQUESTS, RIGHTS, word

__all__ = ["RequestRow", "answer", "refuse", "request_page", "request_rows", "requests", "take_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request with its age in days and in words."""

    known: QueuedRequest
    right: str
    state: str
    age: int


def request_rows(found: tuple[QueuedRequest, ...]) -> tuple[RequestRow, ...]:
    """Return requests as pages show them."""
    return tuple(_row(one) for one in found)


def _row(one: QueuedRequest) -> RequestRow:
    return RequestRow(known=one, right=word(RIGHTS, one.right), state=word(REQUESTS, one.state), age=one.age(now()))


@staff("request.read")
def requests(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first, and what ended last."""
    by = who(request)
    waiting, ended = request_rows(open_requests(by=by)), request_rows(closed_requests(by=by))
    return page(request, "requests", "requests", waiting=waiting, ended=ended, oldest=max((one.age for one in waiting), default=0))


@staff("request.read")
def request_page(request: HttpRequest, ref: str) -> HttpResponse:
    """One request, with what may be done with it."""
    return _shown(request, ref)


def _shown(request: HttpRequest, ref: str, **forms: object) -> HttpResponse:
    one = _row(queued_request(ref, by=who(request)))
    both = {"answer": AnswerForm(prefix="answer"), "refuse": RefuseForm(prefix="refuse"), **forms}
    return page(request, "request", "requests", one=one, **both)


@staff("request.work")
@require_POST
def take_up(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that somebody is at it."""
    take_up_request(ref=ref, at=now(), by=who(request))
    messages.success(request, _("It is yours to answer. The person sees that somebody is at it."))
    return redirect("console:request", ref)


@staff("request.work")
@require_POST
def answer(request: HttpRequest, ref: str) -> HttpResponse:
    """End it with an answer."""
    form = AnswerForm(request.POST, prefix="answer")
    if not form.is_valid():
        return _shown(request, ref, answer=form)
    answer_request(ref=ref, answer=form.cleaned_data["answer"], at=now(), by=who(request))
    messages.success(request, _("Answered. The person can read it now."))
    return redirect("console:request", ref)


@staff("request.work")
@require_POST
def refuse(request: HttpRequest, ref: str) -> HttpResponse:
    """End it with a refusal."""
    form = RefuseForm(request.POST, prefix="refuse")
    if not form.is_valid():
        return _shown(request, ref, refuse=form)
    said = form.cleaned_data
    refuse_request(ref=ref, ground=said["ground"], answer=said["answer"], at=now(), by=who(request))
    messages.success(request, _("Refused. The person can read why."))
    return redirect("console:request", ref)
