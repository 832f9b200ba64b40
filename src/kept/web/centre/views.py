"""The first page, what is held, and the work that counts it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kept.db.access.choices import choices_of
from kept.db.access.holdings import KIND, holdings_key
from kept.db.access.jobs import job_by_ref, last_job
from kept.db.access.requests import requests_of
from kept.db.access.viewings import viewings_of
from kept.db.actions.jobs import ask_for_job
from kept.web.shared.asking import who
from kept.web.shared.policy import current_policy

from .doors import held_by, mine, now, signals
from .holding import artifacts, bars, places
from .notices import notices

__all__ = ["count", "held", "home", "identify", "job", "made"]

FEW = 3


@mine
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show at a glance what is held, what was chosen and asked, and who looked."""
    asks, policy = who(request), current_policy()
    counted = held_by(asks)
    offered = notices(policy, counted.jurisdictions if counted else ())
    chosen = choices_of(asks)
    asked = requests_of(asks)
    page = {
        "held": counted,
        "bars": bars(policy, counted) if counted else (),
        "offered": len(offered),
        "granted": sum(1 for one in offered if one.purpose in chosen and chosen[one.purpose].granted),
        "open": [one for one in asked if one.is_open][:FEW],
        "asked": len(asked),
        "looked": viewings_of(asks.subject),
        "signals": signals(request),
        "job": last_job(KIND, holdings_key(asks.subject)) if asks.subject else last_job("identify", asks.ref),
    }
    return render(request, "centre/home.html", page)


@mine
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """Show every place where something is held, counted in the stores, with all the policy says of it."""
    asks, policy = who(request), current_policy()
    counted = held_by(asks)
    page = {
        "held": counted,
        "bars": bars(policy, counted) if counted else (),
        "places": places(policy, counted, now().date()),
        "job": last_job(KIND, holdings_key(asks.subject)) if asks.subject else last_job("identify", asks.ref),
    }
    return render(request, "centre/held.html", page)


@mine
@require_safe
def made(request: HttpRequest) -> HttpResponse:
    """Show where prompts, files and messages are, and how many; opening them one by one is still to come."""
    policy = current_policy()
    counted = held_by(who(request))
    found = artifacts(policy, places(policy, counted, now().date()))
    return render(request, "centre/artifacts.html", {"held": counted, "places": found})


@mine
@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Ask a worker to count what is held about whoever asks."""
    asks = who(request)
    if not asks.subject:
        return redirect("centre:home")
    ask_for_job(kind=KIND, key=holdings_key(asks.subject), wanted={"subject": asks.subject}, by=asks, at=now())
    return redirect("centre:held")


@mine
@require_POST
def identify(request: HttpRequest) -> HttpResponse:
    """Ask a worker to find out who this account is in the stores. The job names the account alone, never an address."""
    asks = who(request)
    if asks.subject:
        messages.info(request, _("You were found already."))
    else:
        ask_for_job(kind="identify", key=asks.ref, wanted={"account": asks.ref}, by=asks, at=now())
    return redirect("centre:home")


@mine
@require_safe
def job(request: HttpRequest, ref: str) -> HttpResponse:
    """Show how far a piece of work is: a part for a page that asks again by itself, which loads anew when the work has ended."""
    found = job_by_ref(ref, by=who(request))
    by_itself = bool(request.headers.get("HX-Request"))
    page = {"job": found, "job_url": reverse("centre:job", args=[ref])}
    response = render(request, "parts/job.html" if by_itself else "centre/job.html", page)
    if found.ended and by_itself:
        response["HX-Refresh"] = "true"
    return response
