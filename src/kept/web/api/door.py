"""What stands before every operation: size and kind of the body, the key, how often, asked before, unchanged since."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from hashlib import sha256
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from kept.base.errors import KeptError

from .again import once
from .keys import Caller, caller
from .problems import MEDIA_TYPE, ApiError, Error, defect, of_error, problem
from .rates import Rate, count, count_stranger, too_often

__all__ = ["MOST_BYTES", "View", "guarded", "matches", "not_there", "tag_of"]

View = Callable[..., HttpResponse]
Told = Callable[[HttpRequest, Error], HttpResponse]
MOST_BYTES: Final = 256 * 1024
JSON: Final = ("application/json", MEDIA_TYPE)
WITH_BODY: Final = ("POST", "PUT", "PATCH")


def guarded(
    view: View,
    *,
    methods: Collection[str] | None = None,
    media: tuple[str, ...] = JSON,
    told: Told = of_error,
) -> View:
    """Return the view behind the door. `methods` are those it takes, None for any; `media` the kinds of body it takes and gives;
    `told` is how it tells an error.
    """

    @csrf_exempt
    @wraps(view)
    def entered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "HEAD":
            request.method = "GET"
        rate = None
        try:
            found, rate = _counted(request)
            _fitting(request, methods, media)
            response = once(request, found, lambda: _answer(view, request, args, kwargs, told))
        except (KeptError, ApiError) as error:
            response = told(request, error)
        except Exception as error:
            response = told(request, defect(request, error))
        return _finished(request, response, rate)

    return entered


def _answer(view: View, request: HttpRequest, args: tuple[object, ...], kwargs: dict[str, object], told: Told) -> HttpResponse:
    """Return what the view answers, an error of Kept's told as an answer too: it is remembered like any other."""
    try:
        return view(request, *args, **kwargs)
    except (KeptError, ApiError) as error:
        return told(request, error)


def _counted(request: HttpRequest) -> tuple[Caller, Rate]:
    """Return who asks, who is remembered on the request, and how often they may. Raises ApiError 401 and 429."""
    try:
        found = caller(request)
    except ApiError:
        count_stranger(request)
        raise
    request.caller = found  # type: ignore[attr-defined]  # Django's requests carry what stands before them
    rate = count(request, found.key)
    if rate.left < 0:
        raise too_often(rate)
    return found, rate


def _fitting(request: HttpRequest, methods: Collection[str] | None, media: tuple[str, ...]) -> None:
    """Raise ApiError for what is not taken: an address that no text can be (404), a method (405), a body that is too large (413)
    or of another kind (415), and a kind that is not given here (406).
    """
    if "\0" in request.path:
        raise ApiError(404, "not-there", "There is nothing at this address", todo="See the list of operations at /api/.")
    if methods is not None and request.method not in methods:
        allowed = ", ".join(sorted({*methods, *(("HEAD",) if "GET" in methods else ())}))
        raise ApiError(405, "method", "This address does not take that method", todo=f"Use {allowed}.", headers={"Allow": allowed})
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = MOST_BYTES + 1
    if length > MOST_BYTES:
        raise ApiError(413, "too-large", f"The body is larger than {MOST_BYTES // 1024} KB", todo="Send less at once.")
    if request.method in WITH_BODY and length and request.content_type not in media:
        raise ApiError(415, "media-type", f"The body is not {media[0]}", todo=f"Send {media[0]}.", headers={"Accept": media[0]})
    if not any(request.accepts(kind) for kind in media):
        raise ApiError(406, "not-acceptable", f"Only {media[0]} is given here", todo=f"Accept {media[0]}.")


def _finished(request: HttpRequest, response: HttpResponse, rate: Rate | None) -> HttpResponse:
    """Return the response with its ETag, or 304 in its place, and with what caches and programs must know."""
    if request.method == "GET" and response.status_code == 200:
        if "ETag" not in response:
            response["ETag"] = tag_of(response.content)
        if matches(request.headers.get("If-None-Match", ""), response["ETag"]):
            kept = {name: response[name] for name in ("ETag", "Link") if name in response}
            response = HttpResponse(status=304, headers=kept)
            del response["Content-Type"]
    read = "private, no-cache" if request.headers.get("Authorization") else "no-cache"
    response["Cache-Control"] = read if request.method == "GET" and response.status_code < 400 else "no-store"
    patch_vary_headers(response, ("Authorization", "Accept"))
    return rate.tell(response) if rate else response


def tag_of(content: bytes) -> str:
    """Return the strong entity tag of some bytes."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def matches(wanted: str, tag: str) -> bool:
    """Return whether a list of entity tags, or `*`, has this one; weak or strong is the same here (RFC 9110, 13.1.2).

    >>> matches('"a", W/"b"', '"b"')
    True
    """
    names = [one.strip().removeprefix("W/") for one in wanted.split(",")]
    return "*" in names or tag.removeprefix("W/") in names


def not_there(request: HttpRequest, **_: object) -> HttpResponse:  # noqa: ARG001 - Django's shape
    """Return the problem for an address under the API where nothing is."""
    return problem(404, "not-there", "There is nothing at this address", todo="See the list of operations at /api/.")
