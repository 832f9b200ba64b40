"""What belongs to people, as values: the ids of somebody's tickets, the address by which another store knows them.

Conditions name rows by these values, which stay true after the rows they came from are gone. Nothing here touches a store: `Reads`
does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from kept.base.conditions import Condition, Everything, Key, Missing, Not, OneOf, Through
from kept.base.names import Column, Table
from kept.base.questions import Schema, TableInfo
from kept.base.seals import subject_of
from kept.policy.datamap import Link, MappedTable
from kept.policy.keeping import all_of, any_of
from kept.policy.policy import Policy

__all__ = ["Person", "Reached", "Reads", "Way", "info_of"]

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


@dataclass(slots=True)
class Known:
    """What is known of one column: each value, as the store has it, with the person who asked and to whom it belongs.

    `path` says in words by which links the first of them was reached.
    """

    path: str
    values: dict[str, tuple[Key, Person]] = field(default_factory=dict)
    _small: dict[str, Person] | None = None
    """The values in small letters, once one was asked for in another letter case than it is known in."""
    _listed: tuple[Key, ...] | None = None

    def learn(self, value: Key, person: Person) -> bool:
        """Keep a value; return whether it is new."""
        text = str(value)
        if text in self.values:
            return False
        self.values[text] = (value, person)
        self._listed = None
        if self._small is not None:
            self._small.setdefault(_folded(value), person)
        return True

    def owner(self, value: object) -> Person:
        """Return the person to whom a value belongs, in whichever letter case; empty where that is not known."""
        found = self.values.get(str(value))
        if found is not None:
            return found[1]
        if self._small is None:
            self._small = {}
            for held, person in self.values.values():
                self._small.setdefault(_folded(held), person)
        return self._small.get(_folded(value), "")

    def keys(self) -> tuple[Key, ...]:
        """Return the values."""
        if self._listed is None:
            self._listed = tuple([value for value, _ in self.values.values()])
        return self._listed


@dataclass(slots=True, kw_only=True)
class Reached:
    """What was reached: by column the values that links lead to, each with the person it belongs to."""

    policy: Policy
    schemas: Mapping[str, Schema]
    reads: Reads
    erasing: bool
    people: dict[Person, Person] = field(default_factory=dict)
    """Everybody, each with the person who asked: subscriber:7 belongs to account:42."""
    _known: dict[Column, Known] = field(default_factory=dict)
    _tellers: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    _with: Reached | None = None
    """Those who leave together with these, or left before them, in one sweep: they are nobody's other owners."""

    def of(self, column: Column, path: str = "") -> Known:
        """Return what is known of a column, to be added to; `path` is by which links, where nothing was known yet."""
        known = self._known.get(column)
        if known is None:
            known = self._known[column] = Known(path or str(column))
        elif path and not known.values:
            known.path = path
        return known

    def values(self, column: Column) -> tuple[Key, ...]:
        """Return what is known of a column that links lead to."""
        known = self._known.get(column)
        return known.keys() if known is not None else ()

    def owner(self, column: Column, value: object) -> Person:
        """Return the person who asked and to whom a value belongs, in whichever letter case; empty where that is not known."""
        known = self._known.get(column)
        return known.owner(value) if known is not None else ""

    def keys(self, kind: str) -> tuple[str, ...]:
        """Return the keys of the people of a kind."""
        begin = f"{kind}:"
        return tuple([person[len(begin) :] for person in self.people if person.startswith(begin)])

    def tellers(self, kind: str) -> tuple[Column, ...]:
        """Return the columns that hold the keys of the people of a kind."""
        if kind not in self._tellers:
            subjects = [(mapped, mapped.map.subject) for mapped in self.policy.tables()]
            self._tellers[kind] = tuple(mapped.table.column(own.key) for mapped, own in subjects if own and own.kind == kind)
        return self._tellers[kind]

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
                path = f"{mapped.table.column(link.column)} → {self.of(link.to).path}"
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

    def trail(self) -> dict[str, list[list[Key | Person]]]:
        """Return everything that is known, as plain values: by column its values, each with the person it belongs to."""
        return {
            str(column): [list(pair) for pair in known.values.values()] for column, known in self._known.items() if known.values
        }

    def remember(self, trail: Mapping[str, Sequence[Sequence[Key | Person]]]) -> None:
        """Take in what was known before, as `trail` gave it: rows that are gone by now led to it."""
        for name, known in trail.items():
            column = Column.parse(name)
            mapped = self.policy.table(column.table)
            own = mapped.map.subject if mapped is not None else None
            if own is not None and own.key == column.name:
                for value, person in known:
                    self.people.setdefault(subject_of(own.kind, value), str(person))
            keep = self.of(column, name)
            for value, person in known:
                keep.learn(value, str(person))

    def copy(self) -> Reached:
        """Return the same, to be gone on with."""
        known = {column: Known(one.path, dict(one.values)) for column, one in self._known.items()}
        return replace(self, people=dict(self.people), _known=known)

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
        for column, known in self._known.items():
            mine = {text: pair for text, pair in known.values.items() if pair[1] in asked}
            if mine:
                part._known[column] = Known(known.path, mine)
        return part

    def total(self) -> int:
        """Return how many values are known."""
        return sum(len(known.values) for known in self._known.values())


def _folded(value: object) -> str:
    return str(value).strip().casefold()


def _when(link: Link) -> tuple[Condition, ...]:
    return tuple(OneOf(column=column, keys=values) for column, values in link.when.items())


def info_of(schemas: Mapping[str, Schema], table: Table) -> TableInfo | None:
    """Return a table as its store describes it, or None."""
    schema = schemas.get(table.store)
    return schema.table(table) if schema else None
