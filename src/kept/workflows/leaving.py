"""What of an erased person stays for now, row by row attributed to whoever asked, with the day it may go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from kept.base.conditions import ClockUnit
from kept.base.ports import Selection
from kept.db.actions.sweeps import Kept
from kept.planning.erasing import Erasing, Left
from kept.planning.reached import Reached
from kept.policy.datamap import MappedTable

from .world import World

__all__ = ["LOOK_AGAIN", "Staying", "stay_of"]

LOOK_AGAIN: Final = timedelta(days=30)
"""When to look again at rows whose day cannot be told from the rows themselves."""
HOLD_AGAIN: Final = timedelta(days=7)
"""When to look whether a hold of holds.yaml is still there; one that is lifted in the console wakes by itself what it kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staying:
    """Rows of one person that stay, and whether something in them is sealed under the person's key, which then stays too."""

    person: str
    kept: Kept
    sealed: bool


@dataclass(slots=True)
class _Count:
    rows: int = 0
    newest: datetime | None = None


def stay_of(world: World, found: Reached, plan: Erasing, owners: Mapping[str, str]) -> list[Staying]:
    """Return what stays of each person; `owners` gives the request of each person who asked. Raises SourceError."""
    return [staying for left in plan.left for staying in _of(world, found, left, owners)]


def _of(world: World, found: Reached, left: Left, owners: Mapping[str, str]) -> Iterator[Staying]:
    mapped = found.policy.table(left.table)
    if mapped is None:
        return
    sealed = left.why != "needed" and any(entry.sealed is not None for entry in mapped.map.fields.values())
    for person, count in _counted(world, found, mapped, left).items():
        if person not in owners:
            continue
        until = _until(left, count)
        kept = Kept(
            request=owners[person],
            table=str(left.table),
            why=left.why,
            rule=left.rule,
            rows=count.rows,
            until=until,
            look_at=until or world.now() + (HOLD_AGAIN if left.why == "hold" else LOOK_AGAIN),
        )
        yield Staying(person=person, kept=kept, sealed=sealed)


def _counted(world: World, found: Reached, mapped: MappedTable, left: Left) -> dict[str, _Count]:
    """Return how many of the rows each person has, and when the newest of them began to be kept."""
    links = [link for link in mapped.map.links if link.kind != "accessed"]
    own = mapped.map.subject
    rule = left.retention
    clock = rule.after if rule is not None and not rule.via else ""
    names = dict.fromkeys([link.column for link in links] + ([own.key] if own else []) + ([clock] if clock else []))
    counts: dict[str, _Count] = {}
    only = next(iter(set(found.people.values())), "") if len(set(found.people.values())) == 1 else ""
    for row in world.stores().read(Selection(table=mapped.table, columns=tuple(names), where=left.where)):
        person = found.owner(mapped.table.column(own.key), row[own.key].reveal()) if own else ""
        for link in links:
            person = person or found.owner(link.to, row[link.column].reveal())
        count = counts.setdefault(person or only, _Count())
        count.rows += 1
        moment = _moment(row[clock].reveal(), rule.unit) if clock and rule is not None else None
        if moment is not None and (count.newest is None or moment > count.newest):
            count.newest = moment
    return counts


def _until(left: Left, count: _Count) -> datetime | None:
    """Return when the last of the rows may go, by the law or by the map; None where that cannot be told."""
    rule = left.retention
    if rule is None or count.newest is None or left.why in ("hold", "needed"):
        return None
    period = rule.at_least.keep if left.why == "law" and rule.at_least is not None else rule.keep
    return period.after(count.newest) + timedelta(days=1)


def _moment(value: Any, unit: ClockUnit) -> datetime | None:
    """Return what a clock column holds as a moment; None where it holds none."""
    try:
        match value:
            case datetime():
                return value if value.tzinfo else value.replace(tzinfo=UTC)
            case date():
                return datetime(value.year, value.month, value.day, tzinfo=UTC)
            case bool() | None:
                return None
            case int() | float():
                return datetime.fromtimestamp(value / (1000 if unit == "milliseconds" else 1), UTC)
            case str():
                return _moment(datetime.fromisoformat(value), unit)
            case _:
                return None
    except (ValueError, OverflowError, OSError):
        return None
