"""How often a program may ask: counted by its key, or by address where it has none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from kept.web.shared.limits import address_of

from .problems import ApiError

__all__ = ["Rate", "count", "count_stranger", "too_often"]

SPAN: Final = 60
READING, CHANGING, STRANGE = 600, 120, 60
"""Requests a minute and process: that read, that change something, and that bring a key which is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many requests a minute are allowed, how many are left, and in how many seconds the minute ends."""

    limit: int
    left: int
    ends: int

    def tell(self, response: HttpResponse) -> HttpResponse:
        """Return the response with the three headers."""
        response["RateLimit-Limit"] = str(self.limit)
        response["RateLimit-Remaining"] = str(max(0, self.left))
        response["RateLimit-Reset"] = str(self.ends)
        return response


def count(request: HttpRequest, key: str) -> Rate:
    """Count a request of a key, or of an address where `key` is empty. The rate's `left` is negative past the limit."""
    changes = request.method not in ("GET", "HEAD", "OPTIONS")
    limit = getattr(settings, "API_CHANGING", CHANGING) if changes else getattr(settings, "API_READING", READING)
    who = f"key:{key}" if key else f"address:{address_of(request)}"
    return _taken(f"api:{'change' if changes else 'read'}:{who}", limit)


def count_stranger(request: HttpRequest) -> None:
    """Count a key that is none against its address. Raises ApiError 429 where there were too many."""
    rate = _taken(f"api:strange:{address_of(request)}", getattr(settings, "API_STRANGE", STRANGE))
    if rate.left < 0:
        raise too_often(rate)


def too_often(rate: Rate) -> ApiError:
    """Return the error that says how long to wait."""
    return ApiError(
        429,
        "too-many",
        "Too many requests came in this minute",
        todo=f"Ask again in {rate.ends} seconds.",
        headers={"Retry-After": str(rate.ends)},
    )


def _taken(name: str, limit: int) -> Rate:
    now = time.time()
    minute, ends = int(now // SPAN), SPAN - int(now % SPAN)
    cache, key = caches["process"], f"{name}:{minute}"
    used = 1
    if not cache.add(key, 1, timeout=2 * SPAN):
        try:
            used = cache.incr(key)
        except ValueError:  # it went out between the two
            used = 1
    return Rate(limit=limit, left=limit - used, ends=ends)
