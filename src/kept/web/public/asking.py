"""Asking without an account: the form, the page that confirms it, the questions, and how it stands.

None of these pages looks into a store, and none says whether an address is known: everybody sees the same page, in the same time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop
from django.views.decorators.http import require_http_methods, require_safe

from kept.db.access.bundles import bundle_of_link
from kept.db.access.verifying import Followed, certificate_followed, followed_request, link_state, points_asked
from kept.db.actions.bundles import bundle_fetched
from kept.db.actions.requests import Coming, Particulars, secret_digest
from kept.db.actions.taking_in import ask_in_public
from kept.db.actions.verifying import address_digest, answer_points, pass_link
from kept.rights.registry import rights
from kept.web.shared.failures import too_many
from kept.web.shared.fetching import fetched
from kept.web.shared.limits import address_of
from kept.web.shared.policy import current_policy, current_terms

from .forms import AskInPublic, Points

__all__ = ["ask", "asked", "bundle", "certificate", "confirm", "follow", "points"]

HOUR: Final = 3600
MOST_FROM_NETWORK: Final = 30
MOST_FOR_ADDRESS: Final = 5
"""Requests that are taken in an hour from one network address, and for one e-mail address, whether known or not."""
STATES: Final = {
    "received": _noop("Received"),
    "working": _noop("At work"),
    "answered": _noop("Answered"),
    "refused": _noop("Refused, with a reason"),
    "withdrawn": _noop("Taken back"),
}
WAITING: Final = {
    "person": _noop("We wait for you: look into your letters from us."),
    "staff": _noop("Somebody of ours is looking at it."),
    "store": _noop("One of our systems does not answer at the moment; we try again by ourselves."),
    "processor": _noop("We wait for a company that works for us."),
    "time": _noop("It goes on by itself at a set time."),
}
LETTERS: Final = {
    "request": _noop("Your letter"),
    "reply": _noop("Your letter"),
    "acknowledgement": _noop("We confirmed that we received it"),
    "question": _noop("We asked you something"),
    "notice": _noop("We told you something"),
    "answer": _noop("Our answer"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Take a request of somebody who is not signed in. What follows comes by letter, and is the same whoever it is."""
    signal = request.headers.get("Sec-GPC") == "1"
    form = AskInPublic(request.POST if request.method == "POST" else None, signal=signal, initial=_wished(request))
    if request.method == "POST" and form.is_valid():
        if seconds := _too_often(request, form.cleaned_data["address"]):
            return too_many(request, seconds)
        ask_in_public(_coming(form.cleaned_data, signal=signal), terms=current_terms(), at=datetime.now(UTC))
        return redirect("public:asked")
    return _private(render(request, "public/ask.html", {"form": form}, status=422 if form.errors else 200))


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Say what happens next, the same to everybody."""
    return _private(render(request, "public/asked.html"))


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Show a button, and confirm the request when it is pressed: programs that look through letters open links. Raises NotThere."""
    standing: str = link_state(secret, at=datetime.now(UTC))
    if request.method == "POST":
        standing = pass_link(secret=secret, at=datetime.now(UTC))
    return _private(render(request, "public/confirm.html", {"standing": standing}))


@require_http_methods(["GET", "HEAD", "POST"])
def points(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask a few questions; a worker compares the answers. Which one was wrong is never told. Raises NotThere."""
    known = points_asked(secret, at=datetime.now(UTC))
    data = request.POST if request.method == "POST" else None
    form = Points(data, columns=known.asked, policy=current_policy())
    standing: str = known.standing
    if request.method == "POST" and form.is_valid():
        standing = answer_points(secret=secret, answers=form.answers, at=datetime.now(UTC))
    page = {"form": form, "fields": [form[name] for name in form.fields], "standing": standing, "left": known.left}
    return _private(render(request, "public/points.html", page, status=422 if form.errors else 200))


@require_safe
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """Show how a request stands, to the holder of its own link. Raises NotThere."""
    known = followed_request(secret)
    title = rights()[known.right].title if known.right in rights() else known.right
    page = {
        "asked": known,
        "title": gettext(title),
        "state": gettext(STATES[known.state]),
        "waiting": gettext(WAITING[known.waits_on]) if known.is_open and known.waits_on in WAITING else "",
        "letters": [{"word": gettext(LETTERS[one.kind]), "at": one.at} for one in known.letters if one.kind in LETTERS],
        "secret": secret,
        "fetch": _fetch(known, secret),
    }
    return _private(render(request, "public/follow.html", page))


@require_safe
def certificate(request: HttpRequest, secret: str) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """Hand out the certificate of an erasure, to be verified by anybody. Raises NotThere."""
    ref, text = certificate_followed(secret)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="certificate-{ref}.txt"'
    return _private(response)


@require_safe
def bundle(request: HttpRequest, secret: str) -> HttpResponse:
    """Hand out the export, or the part of it that is asked for, to the holder of the request's own link. Raises NotThere."""
    found = bundle_of_link(secret_digest(secret), at=datetime.now(UTC))
    ended = partial(bundle_fetched, request=found.ref, actor="person")
    return cast(HttpResponse, fetched(request, found, ended=lambda: ended(at=datetime.now(UTC))))


def _coming(given: dict[str, Any], *, signal: bool) -> Coming:
    said: dict[str, Any] = {}
    if given["whom"]:
        said[given["whom"]] = {"address": given["address"]}
        said["person"] = {"email": given["person"]}
    if signal:
        said["signal"] = "gpc"
    return Coming(
        right=given["right"],
        channel="centre",
        address=given["address"],
        note=given["note"],
        language=translation.get_language() or "",
        particulars=Particulars(said=said),
    )


def _wished(request: HttpRequest) -> dict[str, str]:
    """Return what a link to the form has filled in already: /ask/?right=erasure."""
    right = request.GET.get("right", "")
    return {"right": right} if right in rights() else {}


def _fetch(known: Followed, secret: str) -> str:
    """Return where the export can be fetched; nothing where there is none, or it is over."""
    if known.fetch_until is None or known.fetch_until <= datetime.now(UTC):
        return ""
    return reverse("public:bundle", args=[secret])


def _too_often(request: HttpRequest, address: str) -> int:
    """Return how many seconds to wait, 0 for none: counted by network and by address, known or not, over all processes."""
    now = int(time.time())
    counted = [(f"ask:network:{address_of(request)}", MOST_FROM_NETWORK)]
    counted += [(f"ask:address:{address_digest(address)}", MOST_FOR_ADDRESS)] if address else []
    over = [name for name, most in counted if _counted(f"{name}:{now // HOUR}") > most]
    return HOUR - now % HOUR if over else 0


def _counted(name: str) -> int:
    cache = caches["default"]
    if cache.add(name, 1, timeout=2 * HOUR):
        return 1
    try:
        return cache.incr(name)
    except ValueError:  # it went out between the two
        return 1


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a page out of every cache and every search: its address may be a secret."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
