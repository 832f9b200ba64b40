"""A law has changed, or a calendar: the dates of the open requests are counted anew, and what moved is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from kept.db.models import Request
from kept.db.terms import Terms, columns_of, dates_of, laws_of, pauses_of

from .action import action, record

__all__ = ["recompute_requests"]

AT_A_TIME: Final = 500


def recompute_requests(*, terms: Terms, at: datetime, actor: str) -> int:
    """Count the dates of every open request anew, by the laws in force at `at`; return of how many a date moved.

    Each request whose dates or rules differ leaves one entry in the ledger, which says what differs. Asking again changes nothing.
    One that ends meanwhile keeps its dates. Memory does not grow with the number of requests.
    """
    moved, last = 0, 0
    while True:
        found = list(
            Request.objects.filter(closed_at__isnull=True, pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]
        )
        if not found:
            return moved
        moved += _recomputed(found, terms, at, actor)
        last = found[-1]


@action
def _recomputed(pks: list[int], terms: Terms, at: datetime, actor: str) -> int:
    moved = 0
    laws = [law.id for law in laws_of(terms, at)]
    for request in Request.objects.select_for_update().filter(pk__in=pks, closed_at__isnull=True).order_by("pk"):
        pauses = pauses_of(request.pauses, at)
        found = dates_of(terms, request.right, request.received_at, extended=bool(request.extended), pauses=pauses, now=at)
        columns = columns_of(found)
        before = request.dates
        if columns["dates"] == before and request.laws == laws:
            continue
        request.laws = laws
        for name, value in columns.items():
            setattr(request, name, value)
        request.save(update_fields=["laws", *columns])
        facts = dict(_differences(before, columns["dates"]))
        moved += any(name.endswith("_after") for name in facts)
        record("request.recomputed", at=at, actor=actor, request=request.ref, right=request.right, **facts)
    return moved


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield what became of each date: its day before and after, or only that another rule made the same one."""
    for which in sorted({*before, *after}):
        old, new = before.get(which), after.get(which)
        if old and new and old["until"] == new["until"]:
            if old != new:
                yield f"{which}_rule", f"{new['law']}.{new['version']}".replace(" ", "-")[:200]
        elif old or new:
            yield f"{which}_before", old["on"] if old else None
            yield f"{which}_after", new["on"] if new else None
