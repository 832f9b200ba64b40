"""Scan: read a store's live schema, look at its values through the detectors, propose a map, and say what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kept.base.errors import Refused, SourceError
from kept.base.ports import Progress, silent
from kept.base.questions import ReadSchema
from kept.base.verdicts import Unknown
from kept.db import access, actions
from kept.detectors.registry import detectors
from kept.planning.proposing import Difference, Seen, compare, looks, propose, see
from kept.policy.datamap import StoreMap, table_of
from kept.policy.load import load_settings

from .stores import ask, open_one

__all__ = ["Scanned", "scan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a scan saw: every column, the map it proposes, and what changed since the last scan (None: there was none)."""

    store: str
    seen: tuple[Seen, ...]
    unseen: tuple[str, ...]
    proposed: StoreMap
    difference: Difference | None

    @property
    def news(self) -> bool:
        """Whether the scan shows anything that the last one did not."""
        return bool(self.seen) if self.difference is None else bool(self.difference)


def scan(folder: Path, store: str, *, sample: int | None, now: datetime, actor: str, progress: Progress = silent) -> Scanned:
    """Return what the store shows, and remember it for the next time.

    `sample` rows a table are looked at; 0 is all of them, None as many as kept.toml says.

    Raises Refused when kept.toml knows no such store, SourceError when the store cannot be asked.
    """
    settings = load_settings(folder)
    if store not in settings.stores:
        raise Refused(f'kept.toml names no store "{store}"', todo=f"Its stores are: {', '.join(settings.stores) or 'none'}.")
    with open_one(store, settings.stores[store]) as stores:
        read = ask(stores, {store: [ReadSchema(of=store)]}, progress).of(ReadSchema(of=store))
        if isinstance(read, Unknown):
            raise SourceError(read.reason, store=store, todo=read.todo or "Mend the connection and scan again.")
        rows = settings.stores[store].sample if sample is None else sample
        asked = looks(read, tuple(detectors()), rows or None)
        seen, unseen = see(read, asked, ask(stores, {store: asked}, progress))
    before = tuple(_from_record(store, one) for one in access.last_scan(store))
    actions.record_scan(store=store, columns=[_to_record(one) for one in seen], at=now, actor=actor)
    return Scanned(
        store=store,
        seen=seen,
        unseen=unseen,
        proposed=propose(store, settings.stores[store].region or "unknown", read, seen),
        difference=compare(before, seen) if before else None,
    )


def _to_record(seen: Seen) -> actions.Scanned:
    return actions.Scanned(
        table=seen.column.table.local,
        column=seen.column.name,
        type=seen.declared,
        category=seen.category,
        kind=seen.kind,
        confidence=seen.confidence,
    )


def _from_record(store: str, known: access.SeenColumn) -> Seen:
    return Seen(
        column=table_of(store, known.table).column(known.column),
        declared=known.type,
        category=known.category,
        kind=known.kind,
        confidence=known.confidence,
    )
