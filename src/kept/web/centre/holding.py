"""What is held about a person, arranged to be shown: by group of categories, and place by place. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from kept.db.access.holdings import Holdings
from kept.policy.datamap import MappedTable, RetentionRule
from kept.policy.policy import Policy
from kept.policy.purposes import Purpose
from kept.policy.taxonomy import Category
from kept.web.shared.categories import category_words

from .words import BASES, GROUPS, OTHER, SOURCES, Group, group_of

__all__ = ["ARTIFACTS", "Bar", "Place", "artifacts", "bars", "bases_of", "places"]

ARTIFACTS = Category(key="user.content")
WIDE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One group with its rows; `width` is 0 to 100 on a scale of roots, so that small ones can be seen beside large ones."""

    group: Group
    title: str
    rows: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A purpose in people's words, and the legal bases it has where the person lives."""

    title: str
    bases: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One table of one store: what it holds, how much of it is the person's (None: not counted), and everything the policy says."""

    name: str
    what: str
    rows: int | None
    reason: str
    fields: tuple[str, ...]
    source: str
    integration: str
    used: tuple[Used, ...]
    recipients: tuple[str, ...]
    retention: RetentionRule | None
    after: str
    region: str
    erasure: str


def bars(policy: Policy, held: Holdings) -> tuple[Bar, ...]:
    """Return the groups of which something is held, in their order. A row with fields of two groups counts in both."""
    counts = {(one.store, one.table): one.rows for one in held.counted}
    totals: dict[str, int] = {}
    for mapped in policy.tables():
        rows = counts.get((mapped.table.store, mapped.table.local), 0)
        for key in {group_of(entry.category).key for entry in mapped.map.fields.values()}:
            totals[key] = totals.get(key, 0) + rows
    most = max(totals.values(), default=0)
    return tuple(
        Bar(group=group, title=gettext(group.title), rows=rows, width=max(2, round(WIDE * (rows / most) ** 0.5)))
        for group in (*GROUPS, OTHER)
        if (rows := totals.get(group.key, 0))
    )


def places(policy: Policy, held: Holdings | None, today: date) -> tuple[Place, ...]:
    """Return every place of the map: those with most rows first, then the empty ones, then those that could not be counted."""
    counts = {(one.store, one.table): one.rows for one in held.counted} if held else {}
    reasons = {(one.store, one.table): one.reason for one in held.unknown} if held else {}
    where = held.jurisdictions if held else ()
    found = [_place(policy, mapped, counts, reasons, where, today) for mapped in policy.tables()]
    return tuple(sorted(found, key=lambda one: (one.rows is None, -(one.rows or 0), one.name)))


def artifacts(policy: Policy, found: Iterable[Place]) -> tuple[Place, ...]:
    """Return the places that hold what a person made: prompts, files, messages."""
    made = {
        str(mapped.table)
        for mapped in policy.tables()
        if any(entry.category.within(ARTIFACTS) for entry in mapped.map.fields.values())
    }
    return tuple(place for place in found if place.name in made)


def bases_of(purpose: Purpose, jurisdictions: Sequence[str]) -> tuple[str, ...]:
    """Return the legal bases of a purpose where a person lives: what the policy says of there, else what it says in general."""
    there = [basis for code in jurisdictions for basis in purpose.bases_in.get(code, ())]
    return tuple(dict.fromkeys(there or purpose.bases))


def _place(
    policy: Policy,
    mapped: MappedTable,
    counts: Mapping[tuple[str, str], int],
    reasons: Mapping[tuple[str, str], str],
    where: Sequence[str],
    today: date,
) -> Place:
    key = (mapped.table.store, mapped.table.local)
    names = tuple(dict.fromkeys(name for field in mapped.map.fields for name in mapped.purposes_of(field)))
    rule = mapped.map.retention
    return Place(
        name=str(mapped.table),
        what=mapped.map.what,
        rows=counts.get(key),
        reason=reasons.get(key, ""),
        fields=tuple(dict.fromkeys(category_words(entry.category) for entry in mapped.map.fields.values())),
        source=gettext(SOURCES[mapped.map.source or ""]),
        integration=mapped.map.integration,
        used=tuple(_used(policy.purposes[name], where) for name in names if name in policy.purposes),
        recipients=tuple(_recipients(policy, mapped, names, today)),
        retention=rule,
        after=_moment(rule.after) if rule else "",
        region=mapped.region,
        erasure=mapped.map.erasure,
    )


def _moment(clock: str) -> str:
    """Return the name of a clock's column as people may read it, `closed at`; empty for `at`, which says nothing by itself."""
    return "" if clock == "at" else clock.replace("_", " ")


def _used(purpose: Purpose, where: Sequence[str]) -> Used:
    return Used(title=purpose.title, bases=", ".join(gettext(BASES[basis]) for basis in bases_of(purpose, where)))


def _recipients(policy: Policy, mapped: MappedTable, purposes: Sequence[str], today: date) -> Iterable[str]:
    for one in policy.processors.values():
        given = any(entry.category.within(category) for entry in mapped.map.fields.values() for category in one.categories)
        if given and one.in_use(today) and set(one.purposes) & set(purposes):
            yield one.name
