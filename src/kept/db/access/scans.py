"""What the last scan saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kept.db.failures import database_errors
from kept.db.models import ScanColumn

__all__ = ["SeenColumn", "last_scan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenColumn:
    """A column as the last scan saw it; category and kind are empty where nothing was guessed."""

    table: str
    column: str
    type: str
    category: str
    kind: str
    confidence: float
    seen_at: datetime


def last_scan(store: str) -> tuple[SeenColumn, ...]:
    """Return every column the last scan of the store saw, sorted by table and column; none where it was never scanned."""
    with database_errors():
        found = ScanColumn.objects.filter(store=store)
        seen = [
            SeenColumn(
                table=one.table,
                column=one.column,
                type=one.type,
                category=one.category,
                kind=one.kind,
                confidence=one.confidence,
                seen_at=one.seen_at,
            )
            for one in found
        ]
    return tuple(sorted(seen, key=lambda one: (one.table, one.column)))
