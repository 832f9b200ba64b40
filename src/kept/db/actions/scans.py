"""Remembering what a scan saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kept.db.models import ScanColumn

from .action import action, named, record

__all__ = ["Scanned", "record_scan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One column as a scan saw it; `table` is its name inside the store. Category and kind are empty where nothing was guessed."""

    table: str
    column: str
    type: str
    category: str = ""
    kind: str = ""
    confidence: float = 0.0


@action
def record_scan(*, store: str, columns: Sequence[Scanned], at: datetime, actor: str) -> None:
    """Remember what a scan of a store saw, in place of what the scan before it saw. The ledger gets the counts."""
    ScanColumn.objects.filter(store=store).delete()
    ScanColumn.objects.bulk_create(
        [
            ScanColumn(
                store=store,
                table=one.table,
                column=one.column,
                type=one.type,
                category=one.category,
                kind=one.kind,
                confidence=one.confidence,
                seen_at=at,
            )
            for one in columns
        ],
        batch_size=1000,
    )
    personal = sum(bool(one.category) for one in columns)
    tables = len({one.table for one in columns})
    record("scan.recorded", at=at, actor=actor, store=named(store), tables=tables, columns=len(columns), personal=personal)
