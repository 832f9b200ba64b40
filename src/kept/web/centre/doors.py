"""The door in front of every page of the privacy centre, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from kept.base.roles import Who
from kept.db.access.editions import edition_in_force
from kept.db.access.holdings import Holdings, holdings_of
from kept.db.actions.choices import heed_signal
from kept.web.shared.asking import person, who
from kept.web.shared.policy import current_policy

from .notices import signalled

__all__ = ["edition_now", "held_by", "mine", "now", "signals"]

View = TypeVar("View", bound=Callable[..., HttpResponse])
HEEDED = "kept-gpc"


def mine(view: View) -> View:
    """Let only somebody who is signed in reach a page, heed what their browser signals, and let nothing keep the page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        _heed(request)
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return cast(View, person(guarded))


def now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)


def signals(request: HttpRequest) -> bool:
    """Return whether the browser sends the Global Privacy Control."""
    return request.headers.get("Sec-GPC") == "1"


def edition_now() -> int:
    """Return the number of the policy's edition in force, 0 where none was published."""
    edition = edition_in_force(now().date())
    return edition.number if edition else 0


def held_by(asks: Who) -> Holdings | None:
    """Return what was counted last about whoever asks; None where nothing was, or where they are nobody in the stores yet."""
    return holdings_of(asks.subject, by=asks) if asks.subject else None


def _heed(request: HttpRequest) -> None:
    """Take the signal as an opt-out, once: what the person chooses after that stands."""
    if not signals(request) or request.session.get(HEEDED):
        return
    words = {notice.purpose: notice.digest for notice in signalled(current_policy())}
    heed_signal(notices=words, edition=edition_now(), by=who(request), at=now())
    request.session[HEEDED] = True
