"""What a signed-in person is shown stays in no cache."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

__all__ = ["Private"]


class Private:
    """Middleware: an answer to somebody who is signed in is stored nowhere, unless the page said something else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control") and request.session.accessed and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response
