"""Which rows are past their time, and which must stay all the same: held, or needed by rows that a law keeps. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from kept.base.conditions import AllOf, AnyOf, Condition, Everything, Not, Older, OneOf, Through
from kept.base.names import Column, Table, split_name
from kept.base.periods import Period
from kept.base.questions import Schema

from .datamap import Link, MappedTable, RetentionRule
from .holds import Hold
from .policy import Policy

__all__ = ["Keeping", "all_of", "any_of", "cutoff_of", "ended", "reached", "steps_to_clock"]


def cutoff_of(rule: RetentionRule, now: datetime, promised: Period | None = None) -> datetime:
    """Return the moment before which a row's clock must stand for the row to be past its time.

    The shorter of the map's period and the promised one counts, unless a legal minimum is longer than both.
    """
    cutoff = ended(rule.keep, now) if promised is None else max(ended(rule.keep, now), ended(promised, now))
    return cutoff if rule.at_least is None else min(cutoff, ended(rule.at_least.keep, now))


def ended(period: Period, now: datetime) -> datetime:
    """Return the moment before which a period that has ended must have begun.

    A period of days, months or years runs to the end of its last day (Regulation (EEC, Euratom) 1182/71 Art. 3(2); days are
    UTC's), so what is due stays the same all day; one of hours runs to the second.
    """
    return period.before(now if period.hours % 24 else now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keeping:
    """What a policy says at one moment about rows that go and rows that stay, over a store's live schema."""

    policy: Policy
    schema: Schema
    now: datetime

    def due(self, mapped: MappedTable, rule: RetentionRule, promised: Period | None = None) -> Condition | None:
        """Return the condition of rows past their time that may go; None where every row must stay."""
        clock = all_of(
            Older(column=rule.after, cutoff=cutoff_of(rule, self.now, promised), unit=rule.unit),
            *(Not(what=OneOf(column=column, keys=values)) for column, values in rule.open_while.items()),
        )
        if rule.via:
            clock = reached(steps_to_clock(self.policy, mapped, rule), clock)
        stays = self.stays(mapped)
        if isinstance(stays, Everything):
            return None
        return clock if stays is None else all_of(clock, Not(what=stays))

    def stays(self, mapped: MappedTable, path: tuple[Table, ...] = ()) -> Condition | None:
        """Return which rows must stay: those under a hold, and those that rows which must stay need; None where none must.

        Where links lead in a circle, rows that held rows point to stay, and no more: they are not held themselves.
        """
        parts = self.held(mapped)
        path = (*path, mapped.table)
        for child in self.policy.tables(mapped.table.store):
            for link in child.map.links:
                if link.to.table == mapped.table:
                    inner = self._needed_by(child, link, path)
                    if inner is not None:
                        parts.append(Through(column=link.to.name, to=child.table, key=link.column, where=inner))
        if any(isinstance(part, Everything) for part in parts):
            return Everything()
        return any_of(*parts) if parts else None

    def held(self, mapped: MappedTable) -> list[Condition]:
        """Return which rows of a table the holds in force cover, hold by hold."""
        today = self.now.date()
        return [_held(mapped, hold) for hold in self.policy.holds.values() if hold.covers(mapped.table, today)]

    def waits(self, child: MappedTable, link: Link) -> bool:
        """Return whether the row a link points to must wait until the child row's own time has come.

        That is so for a row with a time of its own where a law forbids to delete it earlier, and for one that the map keeps and
        whose link may not be emptied. Anything else that needs the row stands in the way, and is told as such.
        """
        rule = child.map.retention
        if rule is None or rule.then != "delete":
            return False
        if link.kind == "owned" and child.map.erasure == "delete":
            return rule.at_least is not None
        kept = child.map.erasure == "keep" or rule.at_least is not None
        return kept and not self.nullable(child.table.column(link.column))

    def nullable(self, column: Column) -> bool:
        """Return whether the live schema lets the column be NULL; a column that is not there may not."""
        info = self.schema.table(column.table)
        described = info.column(column.name) if info else None
        return described is not None and described.nullable

    def _needed_by(self, child: MappedTable, link: Link, path: tuple[Table, ...]) -> Condition | None:
        """Return which rows of a child table hold back the row that they point to.

        Rows that must stay do so whatever erasure would do to them: masking them spoils what a hold keeps, and cutting their tie
        lets them out of the hold that finds them by it.
        """
        if child.table in path:
            held = self.held(child)
            return any_of(*held) if held else None
        if child.map.retention is None or not self.waits(child, link):
            return self.stays(child, path)
        due = self.due(child, child.map.retention)
        return Everything() if due is None else Not(what=due)


def steps_to_clock(policy: Policy, mapped: MappedTable, rule: RetentionRule) -> tuple[Link, ...]:
    """Return the links that lead from a table's row to the row where its clock stands; none where it stands in the row itself.

    Raises LookupError where a link is not in the map; `cross_check` has told that before.
    """
    steps: list[Link] = []
    for name in split_name(rule.via) if rule.via else ():
        link = next((link for link in mapped.map.links if link.column == name), None)
        above = policy.table(link.to.table) if link else None
        if link is None or above is None:
            raise LookupError(f"{mapped.table} has no link {name} to a table of the map")
        steps.append(link)
        mapped = above
    return tuple(steps)


def reached(steps: Iterable[Link], where: Condition) -> Condition:
    """Return which rows lead, by these links, to a row that meets a condition."""
    for link in reversed(tuple(steps)):
        where = Through(column=link.column, to=link.to.table, key=link.to.name, where=where)
    return where


def _held(mapped: MappedTable, hold: Hold) -> Condition:
    """Return which rows of the table a hold covers; rows it covers by a key this table does not carry are all of them."""
    if not hold.subjects:
        return Everything()
    parts: list[Condition] = []
    for column, keys in hold.subjects.items():
        if column.table == mapped.table:
            parts.append(OneOf(column=column.name, keys=keys))
            continue
        linked = [link.column for link in mapped.map.links if link.to == column]
        if not linked:
            return Everything()
        parts.extend(OneOf(column=name, keys=keys) for name in linked)
    return any_of(*parts)


def all_of(*parts: Condition) -> Condition:
    """Return the condition that all parts hold, without a wrapping where there is one."""
    return parts[0] if len(parts) == 1 else AllOf(parts=parts)


def any_of(*parts: Condition) -> Condition:
    """Return the condition that any part holds, without a wrapping where there is one."""
    return parts[0] if len(parts) == 1 else AnyOf(parts=parts)
