"""Answers that browsers and caches may keep: with a tag of what is in them, and a 304 where nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.safestring import SafeString

from kept.web.shared.asking import who

__all__ = ["FOR_EVER", "base_url", "file", "page", "remembered"]

REMEMBERED = 3600
FOR_EVER = 365 * 24 * 3600


def base_url(request: HttpRequest) -> str:
    """Return where people reach these pages, without a slash at the end: kept.toml's url, else the address that was asked."""
    return str(settings.KEPT.web.url).rstrip("/") or request.build_absolute_uri("/").rstrip("/")


def file(
    request: HttpRequest, body: bytes | str, kind: str, *, seconds: int = 300, changed: datetime | None = None
) -> HttpResponse:
    """Return a file that anybody may keep for so long; FOR_EVER says that it never changes."""
    raw = body.encode() if isinstance(body, str) else body
    response = HttpResponse(raw, content_type=kind)
    response["Cache-Control"] = f"public, max-age={seconds}" + (", immutable" if seconds == FOR_EVER else "")
    response["Access-Control-Allow-Origin"] = "*"
    return _tagged(request, response, hashlib.sha256(raw), changed)


def remembered(name: str, shows: object, write: Callable[[], SafeString]) -> SafeString:
    """Return a part of a page that is the same for everybody: written when what it shows or the language is new to this process."""
    key = hashlib.sha256(repr((name, settings.STATIC_URL, translation.get_language(), shows)).encode()).hexdigest()
    found: SafeString | None = caches["process"].get(key)
    if found is None:
        found = write()
        caches["process"].set(key, found, timeout=REMEMBERED)
    return found


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, shows: object, changed: datetime | None = None
) -> HttpResponse:
    """Return a page. `shows` is what it depends on besides the frame: where that is as before, browsers show what they have.

    The frame holds a form and, for some, a name, so no cache that is shared may keep it.
    """
    messages = len(get_messages(request))
    response = render(request, template, dict(context))
    response["Cache-Control"] = "private, no-cache"
    if messages:
        return response
    asks = who(request)
    csrf = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    theme = (request.COOKIES.get(settings.THEME_COOKIE_NAME, ""), getattr(request.user, "theme", ""))
    frame = (settings.STATIC_URL, request.get_full_path(), translation.get_language(), theme, asks, csrf)
    return _tagged(request, response, hashlib.sha256(repr((frame, shows)).encode()), None if asks.account else changed)


def _tagged(request: HttpRequest, response: HttpResponse, digest: Any, changed: datetime | None) -> HttpResponse:
    response["ETag"] = f'"{digest.hexdigest()[:32]}"'
    seconds = int(changed.astimezone(UTC).timestamp()) if changed else None
    if seconds is not None:
        response["Last-Modified"] = http_date(seconds)
    answer = get_conditional_response(request, response["ETag"], None, response)
    return answer if isinstance(answer, HttpResponse) else response
