"""What programs look for at addresses that are the same everywhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from kept.db.access.editions import edition_in_force

from .answers import base_url, file

__all__ = ["change_password", "gpc", "robots", "security"]

DAY = 24 * 3600
GOOD_FOR = timedelta(days=180)
"""How long what security.txt says may be relied on; RFC 9116 wants less than a year."""
PRIVATE = ("/me/", "/console/", "/account/", "/api/")


@require_safe
def gpc(request: HttpRequest) -> HttpResponse:
    """That these pages take the Global Privacy Control signal as a no, and since when that text stands."""
    text = edition_in_force(datetime.now(UTC).date())
    found = {"gpc": True, **({"lastUpdate": f"{text.published_at:%Y-%m-%d}"} if text else {})}
    return file(request, json.dumps(found) + "\n", "application/json", seconds=DAY)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Where to tell of a weakness (RFC 9116)."""
    contact = settings.KEPT.web.security or settings.KEPT.company.contact
    base = base_url(request)
    expires = datetime.combine(datetime.now(UTC).date() + GOOD_FOR, time(), UTC)
    lines = (
        f"Contact: {contact if ':' in contact else f'mailto:{contact}'}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {base}{reverse('public:security')}",
        f"Policy: {base}{reverse('public:proof')}#weakness",
    )
    return file(request, "\n".join(lines) + "\n", "text/plain; charset=utf-8", seconds=DAY)


@require_safe
def change_password(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """Lead to where a password is changed."""
    return redirect("account_change_password")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: what everybody may."""
    lines = ("User-agent: *", *(f"Disallow: {path}" for path in PRIVATE))
    return file(request, "\n".join(lines) + "\n", "text/plain; charset=utf-8", seconds=DAY)
