"""From what a store shows to a proposed map: which columns look personal, who owns which rows, what is new. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kept.base.names import Column, Table
from kept.base.questions import Answers, ColumnInfo, Look, Looked, Schema, TableInfo
from kept.base.verdicts import Unknown
from kept.detectors.evidence import LIKELY, judge_column
from kept.policy.datamap import FieldMap, Link, StoreMap, Subject, TableMap
from kept.policy.taxonomy import Category

__all__ = ["Difference", "Seen", "compare", "looks", "propose", "see"]

IDENTITY = (Category(key="user.contact.email"), Category(key="user.name"), Category(key="user.contact.phone_number"))
KEY_CATEGORY = Category(key="user.unique_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One column as a scan saw it. `category` is empty where nothing personal shows; confidence runs from 0 to 1."""

    column: Column
    declared: str
    category: str = ""
    kind: str = ""
    confidence: float = 0.0
    reason: str = ""
    looked: int = 0

    @property
    def likely(self) -> bool:
        """Whether the column goes into the proposed map."""
        return bool(self.category) and self.confidence >= LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed between two scans of a store."""

    new: tuple[Seen, ...]
    gone: tuple[Seen, ...]
    changed: tuple[tuple[Seen, Seen], ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.gone or self.changed)


def looks(schema: Schema, kinds: tuple[str, ...], sample: int | None) -> list[Look]:
    """Return the looks a scan takes: one a column, views left out; columns of one table share a pass."""
    return [
        Look(column=info.table.column(column.name), kinds=kinds, sample=sample)
        for info in schema.tables
        if not info.is_view
        for column in info.columns
    ]


def see(schema: Schema, asked: Iterable[Look], answers: Answers) -> tuple[tuple[Seen, ...], tuple[str, ...]]:
    """Return every column as seen, and a sentence for each that could not be looked at."""
    seen: list[Seen] = []
    unseen: list[str] = []
    for look in asked:
        info = schema.table(look.column.table)
        column = info.column(look.column.name) if info else None
        if column is None:
            continue
        answer = answers.of(look)
        if isinstance(answer, Unknown):
            unseen.append(answer.reason)
        seen.append(_seen(look.column, column, answer if isinstance(answer, Looked) else None))
    return tuple(seen), tuple(dict.fromkeys(unseen))


def _seen(column: Column, info: ColumnInfo, looked: Looked | None) -> Seen:
    guess = judge_column(info.name, info.type, looked, table=column.table.name)
    counted = looked.looked if looked else 0
    if guess is None:
        return Seen(column=column, declared=info.declared, looked=counted)
    return Seen(
        column=column,
        declared=info.declared,
        category=guess.category.key,
        kind=guess.kind,
        confidence=round(guess.confidence, 2),
        reason=guess.reason,
        looked=counted,
    )


def compare(before: Iterable[Seen], now: Iterable[Seen]) -> Difference:
    """Return what is new, gone or changed: a column's type, or what it looks like. Confidence alone is no change."""
    old = {seen.column: seen for seen in before}
    new = {seen.column: seen for seen in now}
    changed = [(old[column], seen) for column, seen in new.items() if column in old and _essence(old[column]) != _essence(seen)]
    return Difference(
        new=tuple(seen for column, seen in new.items() if column not in old),
        gone=tuple(seen for column, seen in old.items() if column not in new),
        changed=tuple(changed),
    )


def _essence(seen: Seen) -> tuple[str, str]:
    return seen.declared, seen.category if seen.likely else ""


def propose(store: str, region: str, schema: Schema, seen: Iterable[Seen]) -> StoreMap:
    """Return a map of the store: tables with columns that look personal, and tables that point to people.

    What only a person can say is left open: purposes, source, retention, and whether the guesses are right.
    """
    fields: dict[Table, dict[str, FieldMap]] = {}
    for one in seen:
        if one.likely:
            entry = FieldMap(category=Category(key=one.category), note=f"scan: {one.reason}")
            fields.setdefault(one.column.table, {})[one.column.name] = entry
    people = {info.table: info.key[0] for info in schema.tables if len(info.key) == 1 and _is_person(fields.get(info.table, {}))}
    owners = _owned(schema, people)
    tables = {
        info.table.local: _table(info, fields.get(info.table, {}), people, owners)
        for info in schema.tables
        if info.table in fields or info.table in owners
    }
    return StoreMap(store=store, region=region, tables=tables)


def _is_person(fields: Mapping[str, FieldMap]) -> bool:
    found = {category for entry in fields.values() for category in IDENTITY if entry.category.within(category)}
    return IDENTITY[0] in found or len(found) >= 2


def _owned(schema: Schema, people: Mapping[Table, str]) -> dict[Table, list[Link]]:
    """Return, for each table that points to people (directly or through other such tables), its links."""
    owners: dict[Table, list[Link]] = {}
    reached = set(people)
    grew = True
    while grew:
        grew = False
        for info in schema.tables:
            links = [link for link in _links(info, reached) if link not in owners.get(info.table, [])]
            if links:
                owners.setdefault(info.table, []).extend(links)
                reached.add(info.table)
                grew = True
    return owners


def _links(info: TableInfo, reached: set[Table]) -> Iterator[Link]:
    for key in info.foreign_keys:
        if key.to in reached and key.to != info.table and len(key.columns) == 1:
            yield Link(column=key.columns[0], to=key.to.column(key.to_columns[0]))


def _table(
    info: TableInfo, fields: Mapping[str, FieldMap], people: Mapping[Table, str], owners: Mapping[Table, list[Link]]
) -> TableMap:
    links = tuple(owners.get(info.table, ()))
    keyed = {link.column: FieldMap(category=KEY_CATEGORY, note="scan: points to a person") for link in links}
    subject = None
    if info.table in people:
        kind = info.table.name.rsplit("_", 1)[-1].rstrip("s") or info.table.name
        subject = Subject(kind=kind, key=people[info.table])
        keyed.setdefault(people[info.table], FieldMap(category=KEY_CATEGORY, note="scan: the key of a table of people"))
    return TableMap(what="TODO: say what this table holds.", fields={**keyed, **fields}, subject=subject, links=links)
