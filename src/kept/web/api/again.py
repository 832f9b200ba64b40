"""Requests that are asked again with the same Idempotency-Key: the first does, the others are given what the first was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kept.db.actions.replies import begin_reply, drop_reply, end_reply
from kept.db.page_secret import page_secret

from .keys import Caller
from .problems import ApiError

__all__ = ["HEADER", "once"]

HEADER: Final = "Idempotency-Key"
NAME: Final = re.compile(r"[!-~]{1,255}")
USE: Final = "replies"
AGAIN: Final = "1"
KEPT_HEADERS: Final = ("Content-Type", "Location", "ETag", "Allow", "WWW-Authenticate")


def once(request: HttpRequest, caller: Caller, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `answer` comes to, the first time; the same again afterwards, for a day.

    Raises ApiError 400 for a key of another form, 422 for one that was used for something else, 409 while the first is at work.
    """
    given = request.headers.get(HEADER)
    if given is None or request.method != "POST" or not caller.key:
        return answer()
    if not NAME.fullmatch(given):
        raise ApiError(400, "malformed", "The Idempotency-Key is not of 1 to 255 visible characters", todo="Send a random one.")
    name, at = sha256(given.encode()).hexdigest(), datetime.now(UTC)
    begun = begin_reply(key=caller.key, name=name, asked=_asked(request), at=at)
    match begun.standing:
        case "begun":
            return _first(caller.key, name, at, answer)
        case "answered":
            return _replayed(begun.status, begun.body)
        case "at-work":
            raise ApiError(
                409,
                "at-work",
                "The first request with this Idempotency-Key is still at work",
                todo="Ask again in a second.",
                headers={"Retry-After": AGAIN},
            )
        case "other":
            raise ApiError(
                422, "key-used", "This Idempotency-Key was used for another request", todo="Take a new one for each thing you ask."
            )


def _first(key: str, name: str, at: datetime, answer: Callable[[], HttpResponse]) -> HttpResponse:
    response = answer()
    if response.status_code >= 500:
        drop_reply(key=key, name=name, begun=at)
    else:
        end_reply(key=key, name=name, begun=at, status=response.status_code, body=_sealed(response))
    return response


def _asked(request: HttpRequest) -> str:
    parts = (str(request.method).encode(), request.get_full_path().encode(), request.body)
    return sha256(b"\0".join(parts)).hexdigest()


def _sealed(response: HttpResponse) -> str:
    """Return the response as it is stored: sealed, because it may hold a key's secret or what a person wrote."""
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    kept = json.dumps({"headers": headers, "body": response.content.decode()})
    return page_secret(settings.FOLDER).seal(kept, USE)


def _replayed(status: int, sealed: str) -> HttpResponse:
    kept = json.loads(page_secret(settings.FOLDER).open(sealed, USE))
    return HttpResponse(kept["body"], status=status, headers={**kept["headers"], "Idempotent-Replayed": "true"})
