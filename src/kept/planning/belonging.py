"""Which rows belong to a person: those that the map's links lead from, table by table, across stores too. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from kept.base.conditions import Condition, Equals, Through
from kept.base.names import Column, Table
from kept.policy.datamap import Link, MappedTable
from kept.policy.keeping import any_of
from kept.policy.policy import Policy

__all__ = ["Belonging", "Carry", "kinds_of_people"]


class Carry(Protocol):
    """Somebody who can follow a link that no statement can: into another store, or over a sealed column."""

    def __call__(self, here: Column, there: Column, where: Condition) -> Condition:
        """Return which rows hold, in `here`, what `there` holds in the rows that meet `where`. Raises KeptError where it cannot."""


def kinds_of_people(policy: Policy) -> frozenset[str]:
    """Return the kinds of people the map knows: account, subscriber."""
    return frozenset(mapped.map.subject.kind for mapped in policy.tables() if mapped.map.subject is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """One person of one kind, by key.

    `sealed` are the columns that no statement can compare; `carry` follows links that take more than one.
    """

    policy: Policy
    kind: str
    key: str
    sealed: Collection[Column]
    carry: Carry

    def rows(self, mapped: MappedTable, path: tuple[Table, ...] = ()) -> Condition | None:
        """Return which rows of a table are this person's; None where no link of the map leads to them.

        Links are followed upwards, to the table where each row is a person of that kind. Raises what `carry` raises.
        """
        own = mapped.map.subject
        if own is not None and own.kind == self.kind:
            return Equals(column=own.key, value=self.key)
        parts = [part for link in mapped.map.links if (part := self._along(mapped, link, (*path, mapped.table))) is not None]
        return any_of(*dict.fromkeys(parts)) if parts else None

    def _along(self, mapped: MappedTable, link: Link, path: tuple[Table, ...]) -> Condition | None:
        above = self.policy.table(link.to.table)
        if above is None or above.table in path:
            return None
        own = above.map.subject
        if own is not None and own.kind == self.kind and own.key == link.to.name:
            return Equals(column=link.column, value=self.key)
        where = self.rows(above, path)
        if where is None:
            return None
        here = mapped.table.column(link.column)
        if mapped.table.store == above.table.store and not {here, link.to} & set(self.sealed):
            return Through(column=link.column, to=above.table, key=link.to.name, where=where)
        return self.carry(here, link.to, where)
