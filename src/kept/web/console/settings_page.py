"""What kept.toml says about the pages: to read here, to change there."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kept.web.shared.asking import staff

from .page import page

__all__ = ["settings_page"]


@staff("settings.read")
def settings_page(request: HttpRequest) -> HttpResponse:
    """The company, the pages' address, mail, sign-on, languages, what is public; names of variables, never what they hold."""
    kept = settings.KEPT
    sign_on = [
        (name, dict(options).get("kind", ""), dict(options).get("title", name)) for name, options in kept.web.sign_on.items()
    ]
    return page(
        request,
        "settings",
        "settings",
        kept=kept,
        web=kept.web,
        stores=list(kept.stores.items()),
        share=round(kept.safety_share * 100),
        sign_on=sign_on,
        spoken=settings.LANGUAGES,
        secure=settings.SECURE,
    )
