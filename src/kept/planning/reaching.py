"""Following people across tables and stores by the map's links, in rounds, for one person or a batch of them.

What a link leads to is a set of values: the ids of somebody's tickets, the address by which another store knows them. Each round
asks the rows that are known for the values that other links lead to, until a round brings nothing new; so chains, links into other
stores, trees and circles are all the same thing, and every condition names rows by values that stay true after the rows they came
from are gone. Nothing here touches a store: `Reads` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kept.base.conditions import Condition, Key
from kept.base.errors import Refused
from kept.base.names import Column, Table
from kept.base.questions import Schema
from kept.base.seals import subject_of
from kept.policy.datamap import MappedTable
from kept.policy.keeping import any_of
from kept.policy.policy import Policy

from .reached import Known, Person, Reached, Reads, Way

__all__ = ["MOST_VALUES", "reach", "reach_again"]

MOST_VALUES: Final = 2_000_000
"""How many values are held at most; more are no people's, but a map whose links lead everywhere."""
MOST_ROUNDS: Final = 1_000
"""A chain of rows longer than this is no chain of one person's."""


def reach(
    policy: Policy,
    people: Collection[Person],
    schemas: Mapping[str, Schema],
    reads: Reads,
    *,
    erasing: bool,
    trail: Mapping[str, Sequence[Sequence[Key | Person]]] | None = None,
) -> Reached:
    """Return everything that links lead to from these people.

    With `erasing`, only what leaves with them is followed further; without, everything they may see. Raises SourceError where a
    store does not answer, Refused where the links lead to more than people can have. `trail` is what was known before.
    """
    reached = Reached(policy=policy, schemas=schemas, reads=reads, erasing=erasing)
    for person in people:
        _admit(reached, person, person)
    reached.remember(trail or {})
    _Rounds(reached=reached).run()
    return reached


def reach_again(found: Reached) -> Reached:
    """Look again by everything that is known; return what is reached then. Raises SourceError, Refused."""
    again = found.copy()
    _Rounds(reached=again).run()
    return again


def _admit(reached: Reached, person: Person, asked: Person) -> list[Column]:
    """Take somebody in; return the columns that hold their key and were not known to."""
    if person in reached.people:
        return []
    kind, _, key = person.partition(":")
    reached.people[person] = asked
    return [column for column in reached.tellers(kind) if reached.of(column, kind).learn(key, asked)]


@dataclass(slots=True, kw_only=True)
class _Rounds:
    """Asks table after table for the values that other links lead to, until nothing new comes."""

    reached: Reached

    def run(self) -> None:
        """Go round until a round brings nothing new."""
        tables = [mapped for mapped in self.reached.policy.tables() if self._wanted(mapped)]
        dirty = {mapped.table for mapped in tables}
        for _ in range(MOST_ROUNDS):
            if not dirty:
                return
            now, dirty = dirty, set()
            for mapped in tables:
                if mapped.table in now:
                    dirty |= self._ask(mapped)
            if self.reached.total() > MOST_VALUES:
                raise _everywhere(f"more than {MOST_VALUES:,} rows")
        raise _everywhere(f"chains of more than {MOST_ROUNDS:,} rows")

    def _wanted(self, mapped: MappedTable) -> tuple[str, ...]:
        """Return the columns of a table that links lead to, and the key where its rows are people."""
        pointed = {
            link.to.name
            for other in self.reached.policy.tables()
            for link in other.map.links
            if link.to.table == mapped.table and (link.kind != "accessed" or not self.reached.erasing)
        }
        own = mapped.map.subject
        return tuple(sorted(pointed | ({own.key} if own is not None else set())))

    def _ask(self, mapped: MappedTable) -> set[Table]:
        """Ask one table; return the tables that must be asked again."""
        reached, wanted = self.reached, self._wanted(mapped)
        where = reached.going(mapped) if reached.erasing else _shown(reached.ways(mapped))
        own = mapped.map.subject
        only_known = own is not None and wanted == (own.key,) and not any(way.link for way in reached.ways(mapped))
        if where is None or only_known:
            return set()
        path = next((way.path for way in reached.ways(mapped) if way.link), own.kind if own else "")
        look = _Look.of(reached, mapped, wanted, path)
        for row in reached.reads.values(mapped.table, look.columns, where):
            look.learn(row)
        return {table for column in look.new() for table in _leading(reached.policy, column, mapped.table)}


@dataclass(slots=True, kw_only=True)
class _Look:
    """What is learnt from the rows of one table; columns by their places in a row."""

    reached: Reached
    columns: tuple[str, ...]
    own: int | None
    kind: str
    pseudo: str
    wanted: tuple[tuple[int, Column, Known], ...]
    owners: tuple[tuple[int, Known], ...]
    """Whose a row is: by its own key, or by the first link whose value is known."""
    alone: Person
    """Who asked, where that is one person: whatever is found is theirs."""
    _more: dict[int, Column] = field(default_factory=dict)
    """Columns, by their places, of which values were learnt."""
    _tellers: set[Column] = field(default_factory=set)
    """Columns of which the keys of people were learnt."""

    @classmethod
    def of(cls, reached: Reached, mapped: MappedTable, wanted: Sequence[str], path: str) -> _Look:
        links = [link for link in mapped.map.links if link.kind != "accessed"]
        columns = tuple(dict.fromkeys((*wanted, *(link.column for link in links))))
        own, asked = mapped.map.subject, set(reached.people.values()) - {""}
        told = [mapped.table.column(name) for name in wanted]
        whose = ([(own.key, mapped.table.column(own.key))] if own else []) + [(link.column, link.to) for link in links]
        return cls(
            reached=reached,
            columns=columns,
            own=columns.index(own.key) if own else None,
            kind=own.kind if own else "",
            pseudo=own.pseudo if own else "",
            wanted=tuple((columns.index(column.name), column, reached.of(column, path)) for column in told),
            owners=tuple((columns.index(name), reached.of(column)) for name, column in whose),
            alone=next(iter(asked)) if len(asked) == 1 else "",
        )

    def learn(self, row: Sequence[Key | None]) -> None:
        """Keep the values of a row."""
        person = self._whose(row) or self.alone
        for at, column, known in self.wanted:
            value = row[at]
            if value is None or value == "":
                continue
            if at == self.own:
                if str(value) != self.pseudo:
                    self._tellers.update(_admit(self.reached, subject_of(self.kind, value), person))
            elif known.learn(value, person):
                self._more[at] = column

    def new(self) -> set[Column]:
        """Return the columns of which something was learnt that was not known."""
        return {*self._more.values(), *self._tellers}

    def _whose(self, row: Sequence[Key | None]) -> Person:
        """Return who asked and has a row; empty for nobody."""
        for at, known in self.owners:
            if row[at] is not None and (person := known.owner(row[at])):
                return person
        return ""


def _leading(policy: Policy, column: Column, asked: Table) -> Iterator[Table]:
    """Yield the tables that a new value can lead to more rows of: those that link to its column, and others with such people."""
    for mapped in policy.tables():
        own = mapped.map.subject
        people = own is not None and mapped.table != asked and mapped.table.column(own.key) == column
        if people or any(link.to == column for link in mapped.map.links):
            yield mapped.table


def _shown(ways: Sequence[Way]) -> Condition | None:
    """Return which rows are followed further when people want to see their data: not below those they may only look at."""
    parts = [way.where for way in ways if way.kind != "accessed"]
    return any_of(*parts) if parts else None


def _everywhere(what: str) -> Refused:
    return Refused(
        f"the map's links lead from one set of people to {what}",
        todo="Look through the links of the map: one of them leads to rows that are not these people's.",
    )
