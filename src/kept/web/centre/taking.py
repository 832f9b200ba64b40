"""What a person takes away from a request: the export, and the certificate of an erasure."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kept.base.errors import NotThere
from kept.db.access.bundles import bundle_of
from kept.db.access.requests import request_of
from kept.db.actions.bundles import bundle_fetched
from kept.web.shared.asking import who
from kept.web.shared.fetching import fetched

from .doors import mine, now

__all__ = ["certificate", "fetch"]


@mine
@require_safe
def fetch(request: HttpRequest, ref: str) -> HttpResponse:
    """Hand out the export, or the part of it that is asked for. Raises NotThere, also once its time is over."""
    asks = who(request)
    bundle = bundle_of(ref, by=asks, at=now())
    answer = fetched(request, bundle, ended=lambda: bundle_fetched(request=ref, at=now(), actor=asks.actor))
    return cast(HttpResponse, answer)


@mine
@require_safe
def certificate(request: HttpRequest, ref: str) -> HttpResponse:
    """Return the signed certificate of an erasure as a file to keep. Raises NotThere."""
    text = request_of(ref, by=who(request)).facts.certificate
    if not text:
        raise NotThere("There is no certificate of this request", todo="Wait until its erasure is proved.")
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="certificate-{ref}.txt"'
    return response
