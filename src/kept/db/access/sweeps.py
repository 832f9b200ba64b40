"""Sweeps as the worker that has one sees them."""

from __future__ import annotations

import json
from typing import Any

from kept.db.actions.sweeps import TRAIL
from kept.db.failures import database_errors
from kept.db.models import Sweep
from kept.db.request_key import opened_key

__all__ = ["stores_of", "trail_of"]


def trail_of(ref: str) -> dict[str, Any]:
    """Return what a sweep's rows are found by: `values` by column, and the `words` people are known by. Empty once it is proved."""
    with database_errors():
        sweep = Sweep.objects.filter(ref=ref).first()
        first = sweep.requests.order_by("id").first() if sweep is not None else None
    if sweep is None or first is None or not sweep.trail:
        return {}
    found: dict[str, Any] = json.loads(opened_key(first.key).open(sweep.trail, TRAIL))
    return found


def stores_of(ref: str) -> dict[str, Any]:
    """Return what was done in the stores of a sweep, by store, as certificates state it; nothing where there is no such sweep."""
    with database_errors():
        found: dict[str, Any] | None = Sweep.objects.filter(ref=ref).values_list("stores", flat=True).first()
    return found or {}
