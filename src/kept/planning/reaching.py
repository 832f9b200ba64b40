"""Following people across tables and stores by the map's links, in rounds, for one person or a batch of them.

What a link leads to is a set of values: the ids of somebody's tickets, the address by which another store knows them. Each round
asks the rows that are known for the values that other links lead to, until a round brings nothing new; so chains, links into other
stores, trees and circles are all the same thing, and every condition names rows by values that stay true after the rows they came
from are gone. Nothing here touches a store: `Reads` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from kept.base.conditions import Condition, Everything, Key, Missing, Not, OneOf, Through
from kept.base.errors import Refused
from kept.base.names import Column, Table
from kept.base.questions import Schema, TableInfo
from kept.base.seals import subject_of
from kept.policy.datamap import Link, MappedTable
from kept.policy.keeping import all_of, any_of
from kept.policy.policy import Policy

__all__ = ["MOST_VALUES", "Person", "Reached", "Reads", "Way", "info_of", "reach"]

MOST_VALUES: Final = 2_000_000
"""How many values are held at most; more are no people's, but a map whose links lead everywhere."""
MOST_ROUNDS: Final = 1_000
"""A chain of rows longer than this is no chain of one person's."""

Person: TypeAlias = str
"""Somebody, as the vault names people: account:42."""


class Reads(Protocol):
    """Somebody who can look into the stores."""

    def values(self, table: Table, columns: Sequence[str], where: Condition) -> Iterator[tuple[Key | None, ...]]:
        """Yield what these columns hold in the rows that meet a condition. Raises SourceError."""

    def holding(self, column: Column, keys: Iterable[Key]) -> Condition:
        """Return which rows hold one of these in a column, by its blind index where it is sealed. Raises SourceError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to rows of a table: by a link, or because the rows are the people themselves (`link` is None).

    `path` says it in words: app.ticket_messages.ticket_id → app.tickets.account_id → account.
    """

    table: Table
    link: Link | None
    where: Condition
    path: str

    @property
    def kind(self) -> str:
        """owned, shared or accessed; `self` for the people's own rows."""
        return self.link.kind if self.link else "self"


@dataclass(slots=True, kw_only=True)
class Reached:
    """What was reached: by column the values that links lead to, each with the person it belongs to."""

    policy: Policy
    schemas: Mapping[str, Schema]
    reads: Reads
    erasing: bool
    people: dict[Person, Person] = field(default_factory=dict)
    """Everybody, each with the person who asked: subscriber:7 belongs to account:42."""
    _values: dict[Column, dict[str, tuple[Key, Person]]] = field(default_factory=dict)
    _folded: dict[Column, dict[str, Person]] = field(default_factory=dict)
    _paths: dict[Column, str] = field(default_factory=dict)
    _with: Reached | None = None
    """Those who leave together with these, or left before them, in one sweep: they are nobody's other owners."""

    def values(self, column: Column) -> tuple[Key, ...]:
        """Return what is known of a column that links lead to."""
        return tuple(value for value, _ in self._values.get(column, {}).values())

    def owner(self, column: Column, value: object) -> Person:
        """Return the person who asked and to whom a value belongs, in whichever letter case; empty where that is not known."""
        found = self._values.get(column, {}).get(str(value))
        return found[1] if found else self._folded.get(column, {}).get(_folded(value), "")

    def keys(self, kind: str) -> tuple[str, ...]:
        """Return the keys of the people of a kind."""
        return tuple(person.partition(":")[2] for person in self.people if person.partition(":")[0] == kind)

    def ways(self, mapped: MappedTable, *, accessed: bool = True) -> tuple[Way, ...]:
        """Return every way that leads to rows of a table."""
        found = []
        own = mapped.map.subject
        if own is not None and (keys := self.keys(own.kind)):
            found.append(Way(table=mapped.table, link=None, where=OneOf(column=own.key, keys=keys), path=own.kind))
        for link in mapped.map.links:
            if link.kind == "accessed" and not accessed:
                continue
            if values := self.values(link.to):
                where = all_of(self.reads.holding(mapped.table.column(link.column), values), *_when(link))
                path = f"{mapped.table.column(link.column)} → {self._paths.get(link.to, str(link.to))}"
                found.append(Way(table=mapped.table, link=link, where=where, path=path))
        return tuple(found)

    def going(self, mapped: MappedTable) -> Condition | None:
        """Return which rows leave with these people: their own, owned ones, and shared ones that nobody else shares; None: none."""
        ways = self.ways(mapped, accessed=False)
        parts = [way.where if way.kind != "shared" else self._by_last(mapped, way, ways) for way in ways]
        return any_of(*parts) if parts else None

    def staying(self, mapped: MappedTable, going: Condition | None) -> Iterator[tuple[Link, Condition]]:
        """Yield the shared links of rows that stay with other owners, with those rows; `going` are the rows that leave."""
        for way in self.ways(mapped, accessed=False):
            if way.link is not None and way.link.kind == "shared":
                yield way.link, way.where if going is None else all_of(way.where, Not(what=going))

    def _by_last(self, mapped: MappedTable, way: Way, ways: Sequence[Way]) -> Condition:
        """Return which shared rows have no other owner left: empty links, owners who leave as well, owners who left before."""
        parts: list[Condition] = [way.where]
        ways = ways if self._with is None else self._with.ways(mapped, accessed=False)
        for link in mapped.map.links:
            if link.kind != "shared":
                continue
            if link == way.link:
                if self.many(link):
                    parts.append(Not(what=self._others(link)))
                continue
            leaving = next((other.where for other in ways if other.link == link), None)
            gone: list[Condition] = [Missing(column=link.column), *([leaving] if leaving is not None else [])]
            if link.when:
                gone.append(Not(what=all_of(*_when(link))))
            if link.to.table.store == mapped.table.store:
                gone.append(Not(what=self._others(link)))
            elif pseudo := self._pseudo(link):
                gone.append(OneOf(column=link.column, keys=(pseudo,)))
            parts.append(any_of(*gone))
        return all_of(*parts)

    def _others(self, link: Link) -> Condition:
        """Return which rows still have, by this link, an owner who does not leave; the pseudo-subject is nobody."""
        going, pseudo = self._leaving(link), self._pseudo(link)
        stays: list[Condition] = [] if going is None else [Not(what=going)]
        if pseudo:
            stays.append(Not(what=OneOf(column=link.to.name, keys=(pseudo,))))
        return Through(column=link.column, to=link.to.table, key=link.to.name, where=all_of(*stays) if stays else Everything())

    def _pseudo(self, link: Link) -> str:
        """Return the key of the row that stands for everybody who left, where a link points to it."""
        there = self.policy.table(link.to.table)
        own = there.map.subject if there is not None else None
        return own.pseudo if own is not None and own.key == link.to.name else ""

    def _leaving(self, link: Link) -> Condition | None:
        """Return which of the rows a link leads to leave."""
        there = self.policy.table(link.to.table)
        if there is None:
            return None
        parts = [way.where for way in (self._with or self).ways(there, accessed=False) if way.kind != "shared"]
        return any_of(*parts) if parts else None

    def many(self, link: Link) -> bool:
        """Return whether several rows may hold the value that a link leads to: a group's memberships."""
        schema = self.schemas.get(link.to.table.store)
        info = schema.table(link.to.table) if schema else None
        described = info.column(link.to.name) if info else None
        if info is None or described is None:
            return False
        return not (described.unique or info.key == (link.to.name,))

    def learn(self, column: Column, value: Key, person: Person, path: str) -> bool:
        """Keep a value; return whether it is new."""
        known, text = self._values.setdefault(column, {}), str(value)
        if text in known:
            return False
        known[text] = (value, person)
        self._folded.setdefault(column, {}).setdefault(_folded(value), person)
        self._paths.setdefault(column, path)
        return True

    def trail(self) -> dict[str, list[list[Key | Person]]]:
        """Return everything that is known, as plain values: by column its values, each with the person it belongs to."""
        return {str(column): [[value, person] for value, person in known.values()] for column, known in self._values.items()}

    def remember(self, trail: Mapping[str, Sequence[Sequence[Key | Person]]]) -> None:
        """Take in what was known before, as `trail` gave it: rows that are gone by now led to it."""
        for name, known in trail.items():
            column = Column.parse(name)
            mapped = self.policy.table(column.table)
            own = mapped.map.subject if mapped is not None else None
            for value, person in known:
                if own is not None and own.key == column.name:
                    self.people.setdefault(subject_of(own.kind, value), str(person))
                self.learn(column, value, str(person), name)

    def only(self, asked: Collection[Person], before: Collection[Person] = ()) -> Reached:
        """Return the part that belongs to some of those who asked, and what nobody knows whose it is.

        `before` are those whose part was done already: rows that they shared with these have no other owner in them.
        """
        part = self._some({*asked, ""})
        part._with = self._some({*asked, *before, ""}) if before else None
        return part

    def _some(self, asked: Collection[Person]) -> Reached:
        part = Reached(policy=self.policy, schemas=self.schemas, reads=self.reads, erasing=self.erasing)
        part.people = {person: who for person, who in self.people.items() if who in asked}
        for column, known in self._values.items():
            path = self._paths.get(column, str(column))
            for value, person in known.values():
                if person in asked:
                    part.learn(column, value, person, path)
        return part

    def total(self) -> int:
        """Return how many values are known."""
        return sum(len(known) for known in self._values.values())


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
    walk = _Rounds(reached=reached)
    walk.run()
    return reached


def _admit(reached: Reached, person: Person, asked: Person) -> list[Column]:
    """Take somebody in; return the columns that hold their key and were not known to."""
    kind, _, key = person.partition(":")
    if person in reached.people:
        return []
    reached.people[person] = asked
    tables = [mapped for mapped in reached.policy.tables() if mapped.map.subject is not None and mapped.map.subject.kind == kind]
    columns = [mapped.table.column(mapped.map.subject.key) for mapped in tables if mapped.map.subject is not None]
    return [column for column in columns if reached.learn(column, key, asked, kind)]


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
        links = [link for link in mapped.map.links if link.kind != "accessed"]
        columns = tuple(dict.fromkeys((*wanted, *(link.column for link in links))))
        path = next((way.path for way in reached.ways(mapped) if way.link), own.kind if own else "")
        asked = set(reached.people.values()) - {""}
        alone = next(iter(asked)) if len(asked) == 1 else ""
        new: set[Column] = set()
        for row in reached.reads.values(mapped.table, columns, where):
            held = dict(zip(columns, row, strict=True))
            person = self._whose(mapped, links, held) or alone
            for name in wanted:
                new.update(self._learn(mapped, name, held[name], person, path))
        return {table for column in new for table in _leading(reached.policy, column, mapped.table)}

    def _learn(self, mapped: MappedTable, name: str, value: Key | None, person: Person, path: str) -> Sequence[Column]:
        """Keep a value of a row; return the columns in which it is new."""
        reached, own = self.reached, mapped.map.subject
        if value is None or value == "":
            return ()
        if own is not None and own.key == name:
            if value == own.pseudo or str(value) == own.pseudo:
                return ()
            return _admit(reached, subject_of(own.kind, value), person)
        column = mapped.table.column(name)
        return (column,) if reached.learn(column, value, person, path) else ()

    def _whose(self, mapped: MappedTable, links: Sequence[Link], held: Mapping[str, Key | None]) -> Person:
        """Return who asked and has a row: by its own key, or by the first link whose value is known; empty for nobody."""
        own = mapped.map.subject
        if own is not None and (person := self.reached.owner(mapped.table.column(own.key), held[own.key])):
            return person
        for link in links:
            if held[link.column] is not None and (person := self.reached.owner(link.to, held[link.column])):
                return person
        return ""


def _leading(policy: Policy, column: Column, asked: Table) -> Iterator[Table]:
    """Yield the tables that a new value can lead to more rows of: those that link to its column, and others with such people."""
    for mapped in policy.tables():
        own = mapped.map.subject
        people = own is not None and mapped.table != asked and mapped.table.column(own.key) == column
        if people or any(link.to == column for link in mapped.map.links):
            yield mapped.table


def _folded(value: object) -> str:
    return str(value).strip().casefold()


def _shown(ways: Sequence[Way]) -> Condition | None:
    """Return which rows are followed further when people want to see their data: not below those they may only look at."""
    parts = [way.where for way in ways if way.kind != "accessed"]
    return any_of(*parts) if parts else None


def _when(link: Link) -> tuple[Condition, ...]:
    return tuple(OneOf(column=column, keys=values) for column, values in link.when.items())


def _everywhere(what: str) -> Refused:
    return Refused(
        f"the map's links lead from one set of people to {what}",
        todo="Look through the links of the map: one of them leads to rows that are not these people's.",
    )


def info_of(schemas: Mapping[str, Schema], table: Table) -> TableInfo | None:
    """Return a table as its store describes it, or None."""
    schema = schemas.get(table.store)
    return schema.table(table) if schema else None
