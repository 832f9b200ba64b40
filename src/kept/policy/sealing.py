"""Which columns are sealed, and under whose keys: what the map says, with what it leaves to be inferred."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date

from kept.base.names import Column, Table
from kept.base.seals import SealedBy

from .datamap import MappedTable, Sealed, TableMap
from .policy import Policy

__all__ = ["holds_over", "kept_by_law", "people_of", "reserved", "sealed_by", "sealed_columns"]

MapOf = Callable[[Table], TableMap | None]


def sealed_columns(policy: Policy) -> Mapping[Column, SealedBy]:
    """Return every sealed column of the map with how it is sealed."""
    maps = {mapped.table: mapped.map for mapped in policy.tables()}
    return dict(_all(policy.tables(), maps.get))


def _all(tables: Iterable[MappedTable], map_of: MapOf) -> Iterator[tuple[Column, SealedBy]]:
    for mapped in tables:
        for column, entry in mapped.columns():
            if entry.sealed is not None and (by := sealed_by(column, entry.sealed, mapped.map, map_of)) is not None:
                yield column, by


def sealed_by(column: Column, said: Sealed, entry: TableMap, map_of: MapOf) -> SealedBy | None:
    """Return how a column is sealed; None where the map does not say whose key is meant (see `people_of`)."""
    people = people_of(entry, map_of)
    person = said.person or next(iter(people), "")
    if person not in people or (not said.person and entry.subject is None and len(people) > 1):
        return None
    return SealedBy(
        place=said.place or str(column), kind=people[person], person=person, row=said.row, index=said.index, match=said.match
    )


def people_of(entry: TableMap, map_of: MapOf) -> Mapping[str, str]:
    """Return the columns of a table that hold a person's key, with the kind of person; the table's own key comes first."""
    found: dict[str, str] = {}
    if entry.subject is not None:
        found[entry.subject.key] = entry.subject.kind
    for link in entry.links:
        there = map_of(link.to.table)
        if link.kind == "owned" and there is not None and there.subject is not None and there.subject.key == link.to.name:
            found.setdefault(link.column, there.subject.kind)
    return found


def holds_over(policy: Policy, kind: str, keys: Collection[str], today: date) -> tuple[str, ...]:
    """Return the names of the holds in force that cover sealed rows of some of these people.

    A hold that names its rows otherwise than by the people themselves is taken to cover everybody.
    """
    tables = {column.table for column, by in sealed_columns(policy).items() if by.kind == kind}
    return tuple(
        name
        for name, hold in policy.holds.items()
        if any(hold.covers(table, today) for table in tables)
        and (not hold.subjects or any(_names(policy, kind, column, held, keys) for column, held in hold.subjects.items()))
    )


def _names(policy: Policy, kind: str, column: Column, held: Collection[str], keys: Collection[str]) -> bool:
    home = policy.table(column.table)
    if home is None or home.map.subject is None or home.map.subject.key != column.name:
        return True
    return home.map.subject.kind == kind and bool(set(held) & set(keys))


def kept_by_law(policy: Policy, kind: str) -> Mapping[Column, SealedBy]:
    """Return the sealed columns of a kind of person whose rows outlive their erasure, because the map or a law keeps them."""
    found = {}
    for column, by in sealed_columns(policy).items():
        mapped = policy.table(column.table)
        if by.kind != kind or mapped is None:
            continue
        rule = mapped.map.retention
        if mapped.erasure_of(column.name) == "keep" or (rule is not None and rule.at_least is not None):
            found[column] = by
    return found


def reserved(entry: TableMap) -> Mapping[str, str]:
    """Return the columns that must stay readable to the store, each with what it is needed for."""
    found: dict[str, str] = {}
    if entry.subject is not None:
        found[entry.subject.key] = "tells people apart"
    found.update((link.column, "links the row to another") for link in entry.links)
    if entry.region:
        found[entry.region] = "says where a row's person lives"
    if entry.retention is not None:
        if not entry.retention.via:
            found[entry.retention.after] = "starts the retention clock"
        found.update((name, "says whether the clock runs") for name in entry.retention.open_while)
    found.update((field.special.grant, "records an explicit grant") for field in entry.fields.values() if field.special)
    return found
