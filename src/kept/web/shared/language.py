"""Which language a page is written in: the one the person chose, else the one the browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

__all__ = ["Language"]


class Language:
    """Middleware: the account's choice, then the cookie, then Accept-Language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language, and say which it is."""
        with translation.override(_chosen(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


def _chosen(request: HttpRequest) -> str:
    known = {code for code, _ in settings.LANGUAGES}
    signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES  # else asking whose session it is would only vary the answer
    for code in (
        getattr(request.user, "language", "") if signed_in else "",
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
    ):
        if code in known:
            return str(code)
    return translation.get_language_from_request(request)
