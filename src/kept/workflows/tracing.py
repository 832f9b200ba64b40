"""A dry run over one person: which rows in which table by which path, how many, and what would be done to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kept.base.changes import Anonymise, DeleteRows
from kept.base.questions import CountRows
from kept.planning.erasing import Erasing, erase
from kept.planning.reached import Reached, Way

from .world import World

__all__ = ["Traced", "trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """What was found. `told` has `rows` and `tables`, `ways` (table, path, kind, rows and what is done), and where an erasure is
    meant `left` (table, why, rule, rows) and `obstacles`.
    """

    found: Reached
    told: dict[str, Any]


def trace(world: World, subject: str, *, erasing: bool) -> Traced:
    """Follow a person (`account:42`) through every store, and count; nothing is changed. Raises SourceError, Refused."""
    found = world.follow(subject, erasing=erasing)
    plan = erase(found, world.now()) if erasing else None
    left = _left(world, plan) if plan is not None else []
    kept = {one["table"] for one in left if one["why"] != "needed"}
    ways = [way for mapped in found.policy.tables() for way in found.ways(mapped, accessed=not erasing)]
    counted = world.counts([CountRows(table=way.table, where=way.where) for way in ways])
    seen = [_told(way, rows, plan, kept) for way, rows in zip(ways, counted, strict=True) if rows]
    told: dict[str, Any] = {"rows": sum(way["rows"] for way in seen), "tables": len({way["table"] for way in seen}), "ways": seen}
    if left:
        told["left"] = left
    if plan is not None and plan.obstacles:
        told["obstacles"] = plan.obstacles
    return Traced(found=found, told=told)


def _left(world: World, plan: Erasing) -> list[dict[str, Any]]:
    """Return what would stay for now: table, why, by which rule, and how many rows."""
    counted = zip(plan.left, world.counts([CountRows(table=left.table, where=left.where) for left in plan.left]), strict=True)
    return [{"table": str(left.table), "why": left.why, "rule": left.rule, "rows": rows} for left, rows in counted if rows]


def _told(way: Way, rows: int, plan: Erasing | None, kept: Collection[str]) -> dict[str, Any]:
    does = _does(way, plan, kept) if plan is not None else ("shown" if way.kind != "accessed" else "shown in part")
    return {"table": str(way.table), "path": way.path, "kind": way.kind, "rows": rows, "does": does}


def _does(way: Way, plan: Erasing, kept: Collection[str]) -> str:
    """Return in a word what an erasure does to rows of a table."""
    if str(way.table) in kept:
        return "kept for now"
    changes = [change for change in plan.changes.get(way.table.store, ()) if change.table == way.table]
    if any(isinstance(change, DeleteRows) for change in changes):
        return "deleted"
    return "anonymised" if any(isinstance(change, Anonymise) for change in changes) else "emptied"
