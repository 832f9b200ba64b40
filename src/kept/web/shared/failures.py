"""What an error looks like: a page, or a problem document, that says what happened, whether anything changed, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kept.base.errors import IntegrityError, KeptError, MailUnreachable, NotAllowed, NotThere, PolicyErrors, Refused, SourceError

from .security_log import note

__all__ = ["FOR_PROGRAMS", "Failures", "failed", "forged", "missing", "status_of", "too_many"]


log = logging.getLogger("django.request")

NOWHERE: Final = "\0"
BROKE: Final = 500
"""From this status on, what is wrong may hold names of servers and accounts, and is for those who run this."""
FOR_PROGRAMS: Final = ("/api/v1/", "/api/drp/", "/scim/v2/")
"""Where programs ask: whatever is wrong there is told as they read it, by kept.web.api."""


class Failures:
    """Middleware: whatever Kept's errors say becomes a page with the status that fits; anything else stays a plain 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; an address with a character that no text holds leads nowhere, before a database is asked for it."""
        asked = request.META.get("QUERY_STRING", "")
        nowhere = NOWHERE in request.path or NOWHERE in asked or "%00" in asked
        if nowhere and not request.path.startswith(FOR_PROGRAMS):
            return missing(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for one of Kept's errors."""
        if isinstance(error, KeptError):
            return failed(request, error)
        return None


def status_of(error: KeptError) -> int:
    """Return the HTTP status that fits an error."""
    match error:
        case NotThere():
            return 404
        case NotAllowed():
            return 403
        case Refused():
            return 409
        case SourceError() | PolicyErrors():
            return 503
        case IntegrityError():
            return 500
        case _:
            return 500


def failed(request: HttpRequest, error: KeptError) -> HttpResponse:
    """Return the page that tells an error's three sentences."""
    if isinstance(error, NotAllowed):
        note("not-allowed", account=getattr(request, "user", None), page=getattr(request.resolver_match, "view_name", ""))
    status = status_of(error)
    if status < BROKE or isinstance(error, MailUnreachable):  # said in words of Kept's own, which are translated
        words = {"happened": _(error.happened), "changed": _(error.changed), "todo": _(error.todo), "code": error.code}
        return render(request, "failure.html", words, status=status)
    log.error("%s %s: %s", error.code, getattr(request.resolver_match, "view_name", ""), error)
    words = {
        "happened": _("Something that this page needs does not answer"),
        "changed": _("nothing was changed"),
        "todo": _("Try again in a minute. It is written down for the people who run this."),
        "code": error.code,
    }
    return render(request, "failure.html", words, status=status)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """Return the page for an address where nothing is."""
    words = {"happened": _("There is nothing at this address"), "todo": _("Begin from the first page."), "code": "not-there"}
    return render(request, "failure.html", words, status=404)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's shape
    """Return the page for a form that did not come from our own page, or whose page was open for too long."""
    words = {
        "happened": _("This form could not be taken: it was open for too long, or did not come from this site"),
        "changed": _("nothing was changed"),
        "todo": _("Go back, load the page again and send it once more."),
        "code": "forged",
    }
    return render(request, "failure.html", words, status=403)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return the page for somebody who asks more often than a door allows."""
    words = {
        "happened": _("Too many requests came from your address"),
        "changed": _("nothing was changed"),
        "todo": _("Wait a minute and try again."),
        "code": "too-many",
    }
    response = render(request, "failure.html", words, status=429)
    response["Retry-After"] = str(seconds)
    return response
