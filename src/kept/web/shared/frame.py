"""What every page's frame shows: the company, who is signed in, the languages, the theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from .asking import who

__all__ = ["frame"]

THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the values that every template may use; who asks is looked up when a template wants to know."""
    common = {
        "company": settings.KEPT.company,
        "languages": settings.LANGUAGES,
        "language": translation.get_language(),
        "right_to_left": translation.get_language_bidi(),
    }
    if not hasattr(request, "session"):  # refused before sessions were read
        return {**common, "theme": ""}
    theme = getattr(request.user, "theme", "") or request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return {**common, "asks": who(request), "theme": theme if theme in THEMES else ""}
