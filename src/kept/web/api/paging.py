"""Lists in pages: a signed cursor says where the last page ended, so that rows that come in between move nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from kept.base.errors import NotThere

__all__ = ["Page", "Part", "Wanted", "page", "page_after", "part_of", "place_of"]

Row = TypeVar("Row")
Item = TypeVar("Item")
MOST = 200
USUAL = 50


class Part(Schema):
    """Which part of a list."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="How many at most.", examples=[20])
    cursor: str = Field(
        "",
        max_length=400,
        pattern=r"^[A-Za-z0-9_.=-]*$",
        description="Where the last page ended: `next` of that page. Empty for the first.",
    )


Wanted: TypeAlias = Annotated[Part, Query(...)]


class Page(Schema, Generic[Item]):
    """A part of a list."""

    items: list[Item] = Field(description="The rows of this page, in the list's order.")
    next: str | None = Field(description="The cursor of the next page; null on the last.", examples=[None])


def page(
    request: HttpRequest, response: HttpResponse, wanted: Part, rows: Iterable[Row], place: Callable[[Row], int | str]
) -> dict[str, Any]:
    """Return a page of rows that begin behind the cursor, and name the next in a Link header (RFC 8288).

    `rows` holds at least one more than the limit where there are more; `place` is what the cursor remembers of a row.
    """
    found = list(islice(rows, wanted.limit + 1))
    shown = found[: wanted.limit]
    return part_of(request, response, wanted, shown, str(place(shown[-1])) if len(found) > wanted.limit else None)


def part_of(request: HttpRequest, response: HttpResponse, wanted: Part, items: Sequence[Any], last: str | None) -> dict[str, Any]:
    """Return a page of these items; `last` is what the cursor of the next page remembers, None where there is none."""
    cursor = _signer(request).sign(_packed(last)) if last is not None else None
    if cursor:
        query = urlencode({**request.GET.dict(), "limit": wanted.limit, "cursor": cursor})
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query}>; rel="next"'
    return {"items": list(items), "next": cursor}


def place_of(request: HttpRequest, wanted: Part) -> str:
    """Return what the cursor remembers, or an empty text for the first page. Raises NotThere where it is none of this list's."""
    if not wanted.cursor:
        return ""
    try:
        return _unpacked(_signer(request).unsign(wanted.cursor))
    except (BadSignature, ValueError) as error:
        raise NotThere("There is no such page of this list", todo="Begin with the first page.") from error


@dataclass(frozen=True, slots=True)
class _Keyed(Generic[Row]):
    key: str
    row: Row


def page_after(
    request: HttpRequest,
    response: HttpResponse,
    wanted: Part,
    rows: Sequence[Row],
    key: Callable[[Row], str],
    *,
    newest_first: bool = False,
) -> dict[str, Any]:
    """Return a page of a list that is at hand as a whole, in the order of `key`, which is its own for each row, or against it."""
    last = place_of(request, wanted)
    ordered = sorted((_Keyed(key(row), row) for row in rows), key=lambda one: one.key, reverse=newest_first)
    behind = [one for one in ordered if not last or (one.key < last if newest_first else one.key > last)]
    found = page(request, response, wanted, behind, lambda one: one.key)
    return {**found, "items": [one.row for one in found["items"]]}


def _signer(request: HttpRequest) -> Signer:
    return Signer(salt=f"cursor {request.path}", sep=".", key=settings.SECRET_KEY)


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
