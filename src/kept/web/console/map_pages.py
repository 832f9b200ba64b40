"""The map: where personal data lives, drawn and in words; one page for each table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kept.base.errors import NotThere
from kept.policy.datamap import MappedTable, RetentionRule
from kept.policy.policy import Policy
from kept.policy.sealing import sealed_columns
from kept.web.shared.asking import staff
from kept.web.shared.policy import current_policy

from .graph import drawn_map, purposes_of, source_of
from .page import page
from .words import BASES, ERASURES, word

__all__ = ["table", "the_map"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A purpose as a table's page shows it: its title, and on which legal bases."""

    title: str
    bases: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A column as a table's page shows it."""

    name: str
    category: str
    purposes: tuple[str, ...]
    erasure: str
    sealed: bool
    index: str
    coarse: str
    special: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A table as pages show it, everything in words."""

    table: MappedTable
    source: str
    purposes: tuple[Served, ...]
    fields: tuple[FieldRow, ...]
    sealed: int
    erasure: str
    retention: RetentionRule | None


@staff("map.read")
def the_map(request: HttpRequest) -> HttpResponse:
    """Every store with its tables, as a drawing and as a list."""
    policy = current_policy()
    stores = [(name, store, [_mapped(policy, one) for one in policy.tables(name)]) for name, store in policy.stores.items()]
    beyond = {"integrations": list(policy.settings.integrations.items()), "transfers": policy.settings.transfers}
    return page(request, "map", "map", drawing=drawn_map(policy) if stores else "", stores=stores, **beyond)


@staff("map.read")
def table(request: HttpRequest, store: str, table: str) -> HttpResponse:
    """One table: its fields with their categories, purposes and bases, how long rows stay, what erasure does."""
    policy = current_policy()
    found = next((one for one in policy.tables(store) if one.table.local == table), None) if store in policy.stores else None
    if found is None:
        raise NotThere("The map has no such table", todo="Look through the map.")
    return page(request, "table", "map", one=_mapped(policy, found), links=found.map.links)


def _mapped(policy: Policy, one: MappedTable) -> Mapped:
    return Mapped(
        table=one,
        source=source_of(one),
        purposes=tuple(_served(policy, name) for name in purposes_of(one)),
        fields=tuple(_fields(policy, one)),
        sealed=sum(entry.sealed is not None for _column, entry in one.columns()),
        erasure=word(ERASURES, one.map.erasure),
        retention=one.map.retention,
    )


def _served(policy: Policy, name: str) -> Served:
    purpose = policy.purposes.get(name)
    if purpose is None:
        return Served(title=name, bases=_("not declared"))
    bases = ", ".join(word(BASES, basis) for basis in purpose.bases)
    elsewhere = "; ".join(
        f"{place}: {', '.join(word(BASES, basis) for basis in kinds)}" for place, kinds in purpose.bases_in.items()
    )
    return Served(title=purpose.title, bases=f"{bases} ({elsewhere})" if elsewhere else bases)


def _fields(policy: Policy, one: MappedTable) -> Iterator[FieldRow]:
    sealed = sealed_columns(policy)
    for column, entry in one.columns():
        by = sealed.get(column)
        yield FieldRow(
            name=column.name,
            category=str(entry.category),
            purposes=tuple(_served(policy, name).title for name in one.purposes_of(column.name)),
            erasure=word(ERASURES, one.erasure_of(column.name)),
            sealed=entry.sealed is not None,
            index=by.index if by else "",
            coarse=entry.coarse,
            special=entry.special.feature if entry.special else "",
            note=entry.note,
        )
