"""The page that lists what programs can ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kept.base.errors import KeptError

from .described import NEEDS, OPERATIONS, STATUSES, TAGS
from .problems import status_in
from .v1 import description

__all__ = ["operations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An operation as the page lists it; `scope` is empty for any key, `open` says that none is needed."""

    name: str
    method: str
    address: str
    summary: str
    description: str
    scope: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Operations about one thing."""

    name: str
    about: str
    lines: tuple[Line, ...]


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """Every operation of the API with what it needs, and every problem with what it means."""
    document = description(request)
    lines = list(_lines(document))
    groups = [
        Group(name=name, about=about, lines=tuple(line for tag, line in lines if tag == name)) for name, about in TAGS.items()
    ]
    return render(request, "api/operations.html", {"groups": groups, "problems": _problems(), "title": document["info"]["title"]})


def _lines(document: dict[str, Any]) -> Iterator[tuple[str, Line]]:
    for address, methods in document["paths"].items():
        for method in OPERATIONS:
            if (one := methods.get(method)) is None:
                continue
            scopes: list[str] = next(iter(one["security"][0].values()), [])
            yield (
                one["tags"][0],
                Line(
                    name=one["operationId"],
                    method=method.upper(),
                    address=address,
                    summary=one["summary"],
                    description=one["description"].partition(NEEDS)[0].replace("`", ""),
                    scope=" ".join(scopes),
                    open=not one["security"][0],
                ),
            )


def _problems() -> list[tuple[str, int, str]]:
    """Return code, status and meaning of every problem: those of a request itself, then those of Kept's own errors."""
    return [*ABOUT_REQUESTS, *sorted(set(_of_errors(KeptError)))]


def _of_errors(family: type[KeptError]) -> Iterator[tuple[str, int, str]]:
    for kind in family.__subclasses__():
        yield kind.code, status_in(kind.__new__(kind)), (kind.__doc__ or "").partition("\n")[0]
        yield from _of_errors(kind)


ABOUT_REQUESTS = (
    ("malformed", 400, STATUSES[400]),
    ("no-key", 401, STATUSES[401]),
    ("method", 405, STATUSES[405]),
    ("not-acceptable", 406, STATUSES[406]),
    ("at-work", 409, "The first request with this Idempotency-Key is still at work."),
    ("too-large", 413, STATUSES[413]),
    ("media-type", 415, STATUSES[415]),
    ("invalid", 422, "Some values are not what they must be; errors names each."),
    ("key-used", 422, "The Idempotency-Key was used for another request."),
    ("precondition-needed", 428, STATUSES[428]),
    ("too-many", 429, STATUSES[429]),
    ("defect", 500, STATUSES[500]),
)
"""Code, status and meaning of what can be wrong with a request itself."""
