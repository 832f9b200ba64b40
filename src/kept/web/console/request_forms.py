"""What staff do with a request: take it up, confirm, answer in words, extend, refuse."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kept.db.access.request_queue import queued_request
from kept.db.actions.answering import confirm_request, extend_request, refuse_request, take_up_request, write_answer
from kept.db.grounds import grounds_for
from kept.web.shared.asking import staff, who
from kept.web.shared.policy import current_terms
from kept.web.shared.voice import current_voice

from .forms import AnswerForm, ExtendForm, RefuseForm
from .page import now
from .requests import done, shown_request

__all__ = ["answer", "confirm", "extend", "refuse", "take_up"]


@staff("request.work")
@require_POST
def take_up(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that one is at it."""
    take_up_request(ref=ref, at=now(), by=who(request))
    return done(request, ref, _("It is yours. The person sees that somebody is at it."))


@staff("request.work")
@require_POST
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that the new values may be written."""
    confirm_request(ref=ref, at=now(), by=who(request))
    return done(request, ref, _("Confirmed. The worker writes the new values now."))


@staff("request.work")
@require_POST
def answer(request: HttpRequest, ref: str) -> HttpResponse:
    """Write the answer to a question or a complaint."""
    form = AnswerForm(request.POST, prefix="answer")
    if not form.is_valid():
        return shown_request(request, ref, answer=form)
    write_answer(ref=ref, answer=form.cleaned_data["answer"], at=now(), by=who(request))
    return done(request, ref, _("Written. The worker sends it now."))


@staff("request.work")
@require_POST
def extend(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the longer time that a law allows, and tell the person why."""
    form = ExtendForm(request.POST, prefix="extend")
    if not form.is_valid():
        return shown_request(request, ref, extend=form)
    reason = form.cleaned_data["reason"]
    extend_request(ref=ref, reason=reason, terms=current_terms(), voice=current_voice(), at=now(), by=who(request))
    return done(request, ref, _("Extended. The person is told why."))


@staff("request.work")
@require_POST
def refuse(request: HttpRequest, ref: str) -> HttpResponse:
    """Refuse it on a ground that its laws have."""
    known = queued_request(ref, by=who(request))
    grounds = grounds_for(known.laws, known.right, known.received_at.date()).values()
    form = RefuseForm(request.POST, prefix="refuse", grounds=grounds)
    if not form.is_valid():
        return shown_request(request, ref, refuse=form)
    said = form.cleaned_data
    refuse_request(ref=ref, ground=said["ground"], answer=said["answer"], voice=current_voice(), at=now(), by=who(request))
    return done(request, ref, _("Refused. The worker tells the person why, and how to complain."))
