"""How often one address may knock at each door."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from .failures import FOR_PROGRAMS, too_many

__all__ = ["Limits", "address_of"]

SPAN: Final = 60
FORMS: Final = 10
"""Of how many pages that an address may read in a minute it may send one form. Pages are counted by each process, forms by all."""


class Limits:
    """Middleware: counts by address and minute; past the limit it answers 429 and says how long to wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, unless the address asked too often. Doors for programs count by key: see kept.web.api.rates."""
        if request.path.startswith((settings.STATIC_URL, *FOR_PROGRAMS)):
            return self.get_response(request)
        changes = request.method not in ("GET", "HEAD", "OPTIONS")
        now = time.time()
        if not _take(address_of(request), changes=changes, minute=int(now // SPAN)):
            with translation.override(translation.get_language_from_request(request)):  # the page's own middleware comes later
                return too_many(request, SPAN - int(now % SPAN))
        return self.get_response(request)


def address_of(request: HttpRequest) -> str:
    """Return the address that asks: the server's own view of it, or what the company's proxies say where kept.toml has some."""
    proxies: int = settings.KEPT.web.proxies
    forwarded: list[str] = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def _take(address: str, *, changes: bool, minute: int) -> bool:
    cache = caches["default" if changes else "process"]
    most = settings.KEPT.web.limit // (FORMS if changes else 1)
    key = f"limit:{'change' if changes else 'read'}:{address}:{minute}"
    if cache.add(key, 1, timeout=2 * SPAN):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it went out between the two
        return True
