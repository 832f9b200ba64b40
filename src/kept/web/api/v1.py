"""The API as a whole: its operations, and how its errors are told."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError

from kept import __version__
from kept.base.errors import KeptError

from . import acting, board, gate, holds, open, own, plans, queue, rights, staff
from .described import described
from .door import guarded, not_there
from .problems import ApiError, broken, invalid, of_error, unreadable

__all__ = ["PREFIX", "api", "description", "patterns"]

PREFIX = "/api/v1/"
SUMMARY = (
    "Kept is a privacy policy with tests. What its pages can do, programs can do here. "
    "Errors are problem documents (RFC 9457); lists come in pages with a Link to the next; "
    "a GET has an ETag; a POST with an Idempotency-Key is done once."
)


TOLD: tuple[tuple[type[Exception], Any], ...] = (
    (KeptError, of_error),
    (ApiError, of_error),
    (ValidationError, invalid),
    (HttpError, unreadable),
    (Exception, broken),
)
"""How each kind of error is told."""


def _api() -> NinjaAPI:
    made = NinjaAPI(
        title="Kept",
        version=__version__,
        description=SUMMARY,
        docs_url=None,
        openapi_url=None,
        urls_namespace="v1",
    )
    routers: tuple[Router, ...] = (
        open.router,
        board.router,
        plans.router,
        own.router,
        rights.router,
        gate.router,
        holds.router,
        queue.router,
        acting.router,
        staff.router,
    )
    for router in routers:
        made.add_router("", router)
    for kind, told in TOLD:
        made.add_exception_handler(kind, told)
    return made


api = _api()


def description(request: HttpRequest) -> dict[str, Any]:
    """Return the OpenAPI document, whose server is the one that is asked."""
    return _description(request.build_absolute_uri("/"))


@lru_cache(maxsize=8)
def _description(server: str) -> dict[str, Any]:
    return described(api.get_openapi_schema(path_prefix=PREFIX), server=server)


def _openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(description(request))


def patterns() -> list[URLPattern]:
    """Return the addresses, each behind the door; whatever else is asked for under the prefix is not there."""
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    methods = _methods()
    operations = [path(str(one.pattern), guarded(one.callback, methods=methods[str(one.pattern)])) for one in found]
    return [path("openapi.json", guarded(_openapi, methods=("GET",))), *operations, re_path("", guarded(not_there))]


def _methods() -> dict[str, set[str]]:
    """Return the methods that each address takes."""
    found: dict[str, set[str]] = {}
    for router in api._get_bound_routers():
        for address, view in router.path_operations.items():
            found[address.lstrip("/")] = {method for operation in view.operations for method in operation.methods}
    return {re.sub(r"\{(\w+)\}", r"<\1>", address): methods for address, methods in found.items()}
