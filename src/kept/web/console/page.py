"""What every page of the console shares: its frame, and jobs as they go."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kept.db.access.jobs import KnownJob, job_by_ref, last_job
from kept.web.shared.asking import staff, who

__all__ = ["going", "job", "now", "page", "piece", "shown"]


def page(request: HttpRequest, template: str, place: str, **context: Any) -> HttpResponse:
    """Return a page of the console; `place` is what its navigation marks."""
    return render(request, f"console/{template}.html", {"place": place, **context})


def now() -> datetime:
    """Return the moment this is."""
    return datetime.now(UTC)


def going(kind: str, key: str, url: str = "") -> dict[str, Any]:
    """Return what a template needs to show the newest job of a kind, as long as it goes or where it failed; else nothing.

    `url` is where its newest state is; the job's own page where none is given.
    """
    newest = last_job(kind, key)
    if newest is None or newest.state == "done":
        return {"job": None}
    return shown(newest, url)


def shown(one: KnownJob, url: str = "") -> dict[str, Any]:
    """Return what a template needs to show a job."""
    return {"job": one, "job_url": url or reverse("console:job", args=[one.ref])}


def piece(request: HttpRequest, one: KnownJob, url: str = "") -> HttpResponse:
    """Return a job as the piece of page that asks again and again; once it has ended, the whole page is loaded anew."""
    response = render(request, "parts/job.html", shown(one, url))
    if one.ended:
        response["HX-Refresh"] = "true"
    return response


@staff("board.read")
def job(request: HttpRequest, ref: str) -> HttpResponse:
    """How far a job is: a piece of page to whatever asks again and again, and a page to whoever opens it."""
    found = job_by_ref(ref, by=who(request))
    return piece(request, found) if request.headers.get("HX-Request") == "true" else page(request, "job", "", **shown(found))
