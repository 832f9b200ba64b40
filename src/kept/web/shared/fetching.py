"""Handing out a large file in parts: downloads that broke off go on where they were (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from kept.db.access.bundles import Fetchable

__all__ = ["fetched"]

RANGE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)
"""One range of bytes; several at once are answered with the whole, as a server may."""


def fetched(request: HttpRequest, bundle: Fetchable, *, ended: Callable[[], object]) -> HttpResponseBase:
    """Return the export, or the part of it that is asked for: 200, 206, 304, 412, or 416.

    `ended` is called once its last byte went. It is never compressed on the way, and no cache keeps it.
    """
    tag = f'"{bundle.digest}"'
    if _names(request, "If-Match", tag) is False:
        return _headed(HttpResponse(status=412), tag)
    if _names(request, "If-None-Match", tag):
        return _headed(HttpResponse(status=304), tag)
    part = _part(request, bundle, tag)
    if part is None:
        refused = _headed(HttpResponse(status=416), tag)
        refused["Content-Range"] = f"bytes */{bundle.size}"
        return refused
    start, stop, whole = part
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(status=200, content_type="application/zip")
    else:
        pieces = _until_the_end(bundle.bytes(start, stop), ended if stop == bundle.size else None)
        response = StreamingHttpResponse(pieces, status=200 if whole else 206, content_type="application/zip")
        if not whole:
            response["Content-Range"] = f"bytes {start}-{stop - 1}/{bundle.size}"
    response["Content-Length"] = str(stop - start)
    response["Content-Disposition"] = f'attachment; filename="{bundle.name}"'
    return _headed(response, tag)


def _headed(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store, no-transform"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _part(request: HttpRequest, bundle: Fetchable, tag: str) -> tuple[int, int, bool] | None:
    """Return from where to where (not included), and whether that is all of it; None where nothing of it can be given."""
    whole = (0, bundle.size, True)
    asked = request.headers.get("Range", "")
    since = request.headers.get("If-Range", "")
    if request.method != "GET" or not asked or (since and since.strip() != tag):
        return whole
    found = RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return whole
    if not found[1]:  # the last so many bytes
        start, stop = max(0, bundle.size - int(found[2])), bundle.size
    else:
        start, stop = int(found[1]), min(bundle.size, int(found[2]) + 1) if found[2] else bundle.size
        if found[2] and int(found[2]) < start:
            return whole  # no range at all, and to be ignored
    return (start, stop, False) if start < stop else None


def _names(request: HttpRequest, header: str, tag: str) -> bool | None:
    """Return whether a header names the tag; None where there is no such header."""
    said = request.headers.get(header)
    if said is None:
        return None
    return any(one.strip().removeprefix("W/") in ("*", tag) for one in said.split(","))


def _until_the_end(pieces: Iterator[bytes], ended: Callable[[], object] | None) -> Iterator[bytes]:
    """Yield the pieces; say so once the last one was taken."""
    yield from pieces
    if ended is not None:
        ended()
