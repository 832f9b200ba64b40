"""What an error looks like to a program: a problem document (RFC 9457) with the three sentences every error of Kept has."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from kept.base.errors import NOTHING_CHANGED, ChangedSince, KeptError
from kept.web.shared.failures import status_of

__all__ = [
    "MEDIA_TYPE",
    "ApiError",
    "Error",
    "broken",
    "defect",
    "invalid",
    "of_error",
    "outward",
    "problem",
    "status_in",
    "unreadable",
]

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("django.request")


class ApiError(Exception):
    """Something about the request itself that is not taken; `status` is what the program is told, with these headers."""

    def __init__(
        self,
        status: int,
        code: str,
        happened: str,
        *,
        todo: str,
        changed: str = NOTHING_CHANGED,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep each."""
        super().__init__(happened)
        self.status = status
        self.code = code
        self.happened = happened
        self.todo = todo
        self.changed = changed
        self.headers = dict(headers or {})


Error: TypeAlias = KeptError | ApiError
"""What a program is told of: an error of Kept's, or of the request's own."""


def problem(
    status: int,
    code: str,
    happened: str,
    *,
    todo: str,
    changed: str = NOTHING_CHANGED,
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the response with a problem document; `type` leads to its paragraph on the page at /api/."""
    document: dict[str, Any] = {
        "type": f"/api/#problem-{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": f"{happened}.",
        "code": code,
        "changed": changed,
        "todo": todo,
    }
    if found := list(errors):
        document["errors"] = found
    return HttpResponse(json.dumps(document), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def of_error(request: HttpRequest, error: Error) -> HttpResponse:
    """Return the problem document of an error."""
    told = outward(request, error)
    headers = error.headers if isinstance(error, ApiError) else None
    return problem(status_in(error), error.code, told.happened, todo=told.todo, changed=told.changed, headers=headers)


def status_in(error: Error) -> int:
    """Return the status of an error: as pages have it, but for what If-Match is about."""
    match error:
        case ApiError():
            return error.status
        case ChangedSince():
            return 412
        case _:
            return status_of(error)


def outward(request: HttpRequest, error: Error) -> Error:
    """Return an error as it may be told to anybody: one that names a store's address or a file is told in general, and logged."""
    if isinstance(error, ApiError) or status_of(error) < 500:
        return error
    _log.error("%s in %s: %s", error.code, request.path, error)
    return KeptError("Something that this needs cannot be used now", todo="Ask again later.", changed=error.changed)


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001 - ninja's shape
    """Return what is wrong with each value; the values themselves are not said again."""
    errors = [{"pointer": _pointer(one["loc"]), "code": str(one["type"]), "detail": str(one["msg"])} for one in error.errors]
    return problem(422, "invalid", "Some values are not what they must be", todo="Mend what errors names.", errors=errors)


def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001 - ninja's shape
    """Return the answer to a body that is not JSON."""
    return problem(error.status_code, "malformed", "The body is not JSON", todo="Send a JSON object.")


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the problem document of a defect of Kept's own."""
    return of_error(request, defect(request, error))


def defect(request: HttpRequest, error: Exception) -> ApiError:
    """Return a defect of Kept's own as what a program is told; the log says more."""
    _log.error("%s in %s", type(error).__name__, request.path, exc_info=error)
    return ApiError(
        500,
        "defect",
        "Something in Kept itself went wrong",
        todo="Ask again; if it goes on, tell whoever runs this Kept.",
        changed="what was asked is done as a whole or not at all",
    )


def _pointer(place: Iterable[str | int]) -> str:
    """Return where a value stands: a JSON pointer into the body, or the name of a parameter after its kind.

    >>> _pointer(("body", "wanted", "scopes", 0))
    '#/scopes/0'
    >>> _pointer(("query", "limit"))
    'query/limit'
    """
    kind, *steps = [str(step).replace("~", "~0").replace("/", "~1") for step in place]
    return "#/" + "/".join(steps[1:]) if kind == "body" else "/".join((kind, *steps))
