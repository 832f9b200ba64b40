"""Finding a person by an identifier, and opening what is known of them, for a reason that they can read."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.access.holdings import holdings_key, holdings_of
from kept.db.access.jobs import KnownJob, job_by_ref, last_job
from kept.db.access.person_choices import choices_about
from kept.db.access.request_queue import requests_about
from kept.db.access.viewings import KnownViewing, live_viewing, viewings_of
from kept.db.actions.jobs import ask_for_job
from kept.db.actions.viewings import open_person
from kept.db.page_secret import page_secret
from kept.web.shared.asking import staff, who
from kept.web.shared.policy import current_policy

from .forms import FindForm, ReasonForm
from .page import going, now, page, piece, shown
from .requests import request_rows
from .words import ROLES, word

__all__ = ["count_again", "counting", "people", "person", "search", "found"]

SEARCH = "search"
"""What a search term is sealed for; the job that opens it says the same."""


@staff("person.find")
def people(request: HttpRequest) -> HttpResponse:
    """Whom to look for."""
    return page(request, "people", "people", form=FindForm())


@staff("person.find")
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Ask for a search; the term goes to the worker sealed."""
    by, form = who(request), FindForm(request.POST)
    if not form.is_valid():
        return page(request, "people", "people", form=form)
    term = page_secret(settings.FOLDER).seal(form.cleaned_data["term"].strip(), SEARCH)
    wanted = {"by": form.cleaned_data["by"], "term": term}
    ref = ask_for_job(kind="find", key=token_hex(16), wanted=wanted, by=by, at=now())
    return redirect("console:found", ref)


@staff("person.find")
def found(request: HttpRequest, ref: str) -> HttpResponse:
    """What a search came to, for whoever asked for it."""
    job = _own_search(ref, who(request))
    kinds = {mapped.map.subject.kind: mapped for mapped in current_policy().tables() if mapped.map.subject}
    result: dict[str, Any] = dict(job.result or {})
    result["found"] = [{**one, "what": _what(one["subject"], kinds)} for one in result.get("found", ())]
    return page(request, "found", "people", result=result, form=FindForm(), searched=job, **shown(job))


def _own_search(ref: str, by: Who) -> KnownJob:
    job = job_by_ref(ref, by=by)
    if job.kind != "find" or job.actor != by.actor:
        raise NotThere("There is no such search", todo="Search again.")
    return job


def _what(subject: str, kinds: dict[str, Any]) -> str:
    mapped = kinds.get(subject.partition(":")[0])
    return mapped.map.what if mapped else ""


@staff("person.open")
def person(request: HttpRequest, subject: str) -> HttpResponse:
    """What is known of one person, once a reason was given; without one, the form that asks for it."""
    by = who(request)
    _check(subject)
    if request.method == "POST":
        return _open(request, subject, by)
    viewing = live_viewing(subject, by=by, at=now())
    if viewing is None:
        return page(request, "reason", "people", subject=subject, form=ReasonForm())
    return _opened(request, subject, by, viewing)


def _open(request: HttpRequest, subject: str, by: Who) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, "reason", "people", subject=subject, form=form)
    open_person(subject=subject, reason=form.cleaned_data["reason"], at=now(), by=by)
    _ask_count(subject, by)
    return redirect("console:person", subject)


def _opened(request: HttpRequest, subject: str, by: Who, viewing: KnownViewing) -> HttpResponse:
    return page(
        request,
        "person",
        "people",
        subject=subject,
        viewing=viewing,
        holdings=holdings_of(subject, by=by),
        requests=request_rows(requests_about(subject, by=by)),
        choices=choices_about(subject, by=by),
        viewings=[(word(ROLES, one.role), one) for one in viewings_of(subject)],
        **going("holdings", holdings_key(subject), reverse("console:counting", args=[subject])),
    )


@staff("person.open")
def counting(request: HttpRequest, subject: str) -> HttpResponse:
    """How far the count of a person is, whoever asked for it, while the look is open."""
    by, newest = who(request), last_job("holdings", holdings_key(subject))
    if newest is None or live_viewing(subject, by=by, at=now()) is None:
        raise NotThere("There is no such piece of work", todo="Open the person again, with a reason.")
    return piece(request, newest, reverse("console:counting", args=[subject]))


@staff("person.open")
@require_POST
def count_again(request: HttpRequest, subject: str) -> HttpResponse:
    """Count once more what is held, while the look is open."""
    by = who(request)
    _check(subject)
    if live_viewing(subject, by=by, at=now()) is not None:
        _ask_count(subject, by)
    return redirect("console:person", subject)


def _ask_count(subject: str, by: Who) -> None:
    ask_for_job(kind="holdings", key=holdings_key(subject), wanted={"subject": subject}, by=by, at=now())


def _check(subject: str) -> None:
    """Raise NotThere unless the map knows people of that kind."""
    kind, _, key = subject.partition(":")
    if not key or kind not in {mapped.map.subject.kind for mapped in current_policy().tables() if mapped.map.subject}:
        raise NotThere("The map knows no such person", todo="Find the person by an identifier first.")
