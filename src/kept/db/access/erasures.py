"""What became of an erasure: what its certificate states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kept.db.failures import database_errors
from kept.db.models import Order, Remainder, Request

__all__ = ["Asked", "Erased", "Stays", "erased"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A processor that was asked, what it came to, and the SHA-256 of what it sent."""

    processor: str
    state: str
    evidence: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Rows that stay for now: of which table, why, by which rule, how many, until when where that is known."""

    table: str
    why: str
    rule: str
    rows: int
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """An erasure: `stores` as its sweep has them, `people` how many were erased together, `told` what the sweep came to."""

    request: str
    received_at: datetime
    proved_at: datetime | None
    sweep: str
    people: int
    stores: Mapping[str, Any]
    told: Mapping[str, Any]
    stays: tuple[Stays, ...]
    asked: tuple[Asked, ...]


def erased(refs: Sequence[str]) -> Mapping[str, Erased]:
    """Return what became of some erasures, by the reference of their requests, in four queries however many they are."""
    with database_errors():
        requests = Request.objects.filter(ref__in=refs).select_related("sweep").prefetch_related("steps", "remainders", "orders")
        return {one.ref: _erased(one) for one in requests}


def _erased(one: Request) -> Erased:
    sweep = one.sweep
    told: Mapping[str, Any] = next((step.told for step in one.steps.all() if step.name == "erase"), {})
    return Erased(
        request=one.ref,
        received_at=one.received_at,
        proved_at=sweep.proved_at if sweep else None,
        sweep=sweep.ref if sweep else "",
        people=sweep.people if sweep else 0,
        stores=sweep.stores if sweep else {},
        told=told,
        stays=tuple(_stays(rest) for rest in one.remainders.all() if rest.gone_at is None),
        asked=tuple(_asked(order) for order in one.orders.all()),
    )


def _stays(rest: Remainder) -> Stays:
    return Stays(table=rest.table, why=rest.why, rule=rest.rule, rows=rest.rows, until=rest.until)


def _asked(order: Order) -> Asked:
    return Asked(processor=order.processor, state=order.state, evidence=order.evidence, due=order.due)
