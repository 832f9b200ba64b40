"""Turning Fideslang datasets into a map of a store, and saying what could not be carried over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kept.base.names import Table, quote_part

from .datamap import Erasure, FieldMap, Link, StoreMap, Subject, TableMap
from .fides_dataset import FidesCollection, FidesDataset, FidesField, FidesReference, read_datasets
from .taxonomy import Category, known_categories, nearest_categories
from .write import render_map

__all__ = ["import_dataset"]

MASKING: Final[Mapping[str, Erasure]] = {
    "null_rewrite": "null",
    "string_rewrite": "anonymise",
    "random_string_rewrite": "anonymise",
    "hash": "anonymise",
    "hmac": "anonymise",
    "aes_encrypt": "anonymise",
    "delete": "delete",
}
PERSON: Final = Category(key="user")
MECHANICS: Final = frozenset(
    {"organization_fides_key", "tags", "data_type", "length", "return_all_elements", "after", "erase_after"}
)
"""Keys that steer the other tool and say nothing about the data."""


def import_dataset(text: str, file: str, store: str, region: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a store's map, and a note for everything that the datasets say and the map does not.

    Raises PolicyErrors, with places in `file`, when the text holds no Fideslang dataset.
    """
    datasets, passed = read_datasets(text, file)
    carried = _Import(store, datasets)
    tables, not_personal = carried.tables()
    notes = [*carried.notes, *_passed_over(passed)]
    written = render_map(StoreMap(store=store, region=region, tables=tables, not_personal=not_personal))
    return written, tuple(dict.fromkeys(notes))


def _passed_over(passed: Mapping[str, int]) -> Iterator[str]:
    for key, times in sorted(passed.items()):
        if key not in MECHANICS:
            yield f"the key {key!r} ({times} {'time' if times == 1 else 'times'}) has no place in the map"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A collection with the dataset it is from and its full name here."""

    dataset: FidesDataset
    collection: FidesCollection
    table: Table


class _Import:
    """Carries datasets over, collection by collection, and keeps notes."""

    def __init__(self, store: str, datasets: tuple[FidesDataset, ...]) -> None:
        self.notes: list[str] = []
        self._sources: dict[tuple[str, str], _Source] = {}
        self._links: dict[Table, list[Link]] = {}
        self._unsure: set[Table] = set()
        if len(datasets) > 1:
            keys = ", ".join(dataset.fides_key for dataset in datasets)
            self.notes.append(f"the file holds {len(datasets)} datasets ({keys}); all are taken to be in the store {store!r}")
        for dataset in datasets:
            self._take(store, dataset)

    def tables(self) -> tuple[dict[str, TableMap], tuple[str, ...]]:
        """Return the tables with personal data by local name, and the local names of those without."""
        made = {source.table: self._table(source) for source in list(self._sources.values())}
        links_of = {table: tuple(self._worth_keeping(table, entry)) for table, entry in made.items()}
        targets = {link.to.table for links in links_of.values() for link in links}
        if any(links_of.values()):
            self.notes.append("datasets say which fields are masked, not whether rows go: review the `erasure:` of every table")
        personal: dict[str, TableMap] = {}
        harmless = []
        for table, entry in made.items():
            if entry.fields or entry.subject or links_of[table] or table in targets:
                personal[table.local] = replace(entry, links=links_of[table])
            elif entry.not_personal and table not in self._unsure:
                harmless.append(table.local)
            else:
                self.notes.append(f"{table}: nothing says that it holds, or does not hold, personal data; it is not in the map")
        return personal, tuple(harmless)

    def _worth_keeping(self, table: Table, entry: TableMap) -> Iterator[Link]:
        """Yield a table's links but for those that would make rows without personal data go: the product that was ordered."""
        for link in self._links.get(table, ()):
            if link.kind == "owned" or entry.fields:
                yield link

    def _take(self, store: str, dataset: FidesDataset) -> None:
        taken = {source.table for source in self._sources.values()}
        schema = ((dataset.fides_meta.namespace if dataset.fides_meta else None) or {}).get("schema", "")
        for collection in dataset.collections:
            table = Table(store=store, name=collection.name, schema=schema)
            if not collection.name:
                self.notes.append(f"a collection of {dataset.fides_key} without a name was left out")
            elif table in taken:
                self.notes.append(f"{table}: a second collection of this name, in {dataset.fides_key}, was left out")
            else:
                taken.add(table)
                self._sources[dataset.fides_key, collection.name] = _Source(dataset=dataset, collection=collection, table=table)
        self._note_meaning(dataset.fides_key, dataset)

    def _note_meaning(self, name: str, said: FidesDataset | FidesCollection | FidesField) -> None:
        """Note what needs a decision of a person before it can stand in the map."""
        if said.data_uses:
            self.notes.append(f"{name}: used for {', '.join(said.data_uses)}; name purposes in purposes.yaml and add them here")
        if said.retention:
            self.notes.append(f"{name}: kept for {said.retention!r}; add `retention:` with the column that starts the clock")
        if said.data_qualifier:
            self.notes.append(f"{name}: the qualifier {said.data_qualifier} was not carried over")

    def _table(self, source: _Source) -> TableMap:
        collection = source.collection
        self._note_meaning(str(source.table), collection)
        fields: dict[str, FieldMap] = {}
        harmless: list[str] = []
        unsaid: list[str] = []
        for field in collection.fields:
            if not field.name or field.name in fields:
                self.notes.append(f"{source.table}: a second field {field.name!r}, or one without a name, was left out")
                continue
            self._link_all(source, field, field.name)
            known = self._known(source, field)
            personal = [category for category in known if category.within(PERSON)]
            if personal:
                fields[field.name] = self._field(source, field, personal)
            else:
                (harmless if known else unsaid).append(field.name)
        if unsaid:
            self._unsure.add(source.table)
            self.notes.append(f"{source.table}: without a known data category, so not in the map: {', '.join(unsaid)}")
        return TableMap(
            what=_one_line(collection.description)
            or f"Imported from the Fides dataset {source.dataset.fides_key}; say what a row is.",
            fields=fields,
            subject=self._subject(source),
            erasure=self._erasure(str(source.table), collection.fides_meta) or "delete",
            not_personal=tuple(harmless),
        )

    def _known(self, source: _Source, field: FidesField) -> list[Category]:
        """Return what the field holds as far as the taxonomy knows it; else the personal category of its collection or dataset."""
        name = f"{source.table}.{quote_part(field.name)}"
        self._note_meaning(name, field)
        said = tuple(_said(field))
        if said:
            return self._categories(name, said)
        above = source.collection.data_categories or source.dataset.data_categories or ()
        found = [category for category in self._categories(str(source.table), above) if category.within(PERSON)]
        if found:
            self.notes.append(f"{name}: has the category of its collection or dataset, {found[0]}; say what it is")
        return found[:1]

    def _field(self, source: _Source, field: FidesField, personal: list[Category]) -> FieldMap:
        name = f"{source.table}.{quote_part(field.name)}"
        chosen = _common(personal) if field.fields else max(personal, key=lambda category: category.key.count("."))
        others = [category.key for category in dict.fromkeys(personal) if category != chosen]
        words = [_one_line(field.description).rstrip(".")] if field.description else []
        if others:
            words.append(f"also {', '.join(others)}")
            self.notes.append(f"{name}: one category a field; {chosen} was taken, and {', '.join(others)} noted")
        if field.fields:
            self.notes.append(f"{name}: what is nested in it was carried over as one column")
        return FieldMap(category=chosen, erasure=self._erasure(name, field.meta), note="; ".join(words))

    def _categories(self, name: str, said: tuple[str, ...]) -> list[Category]:
        found = []
        for key in said:
            known = _nearest_above(key)
            if known is None:
                near = nearest_categories(key)
                hint = f"; the nearest are {', '.join(near)}" if near else ""
                self.notes.append(f"{name}: the category {key!r} is not in the taxonomy{hint}")
            else:
                if known != key:
                    self.notes.append(f"{name}: the category {key!r} is not in the taxonomy; {known} above it was taken")
                found.append(Category(key=known))
        return found

    def _subject(self, source: _Source) -> Subject | None:
        """Return the table's subject where a field identifies people and the rows have a key."""
        identities = [field.name for field in source.collection.fields if field.meta.identity]
        if not identities:
            return None
        keys = [field.name for field in source.collection.fields if field.meta.is_key]
        if len(keys) != 1:
            self.notes.append(f"{source.table}: {identities[0]} identifies people; name the key of its rows under `subject:`")
            return None
        self.notes.append(
            f"{source.table}: taken to be people, because {identities[0]} identifies them; correct it if it is not so"
        )
        said = source.collection.data_subjects or source.dataset.data_subjects or ("person",)
        return Subject(kind=said[0], key=keys[0])

    def _erasure(self, name: str, meta: object) -> Erasure | None:
        masking = getattr(meta, "masking_strategy_override", None)
        if (getattr(meta, "read_only", None) or "").casefold() in ("true", "yes", "on"):
            return "keep"
        if masking is None:
            return None
        erasure = MASKING.get(masking.strategy)
        if erasure is None:
            self.notes.append(f"{name}: the masking strategy {masking.strategy!r} is not known; choose an `erasure:`")
        return erasure

    def _link_all(self, source: _Source, field: FidesField, column: str) -> None:
        for reference in field.meta.references or ():
            self._link(source, column, reference)
        for nested in field.fields or ():
            self._link_all(source, nested, column)

    def _link(self, source: _Source, column: str, reference: FidesReference) -> None:
        """Add the link that a reference says: from this row to the other, or the other way where its direction is `to`.

        Where the other way starts from a key, the other row is a part of this one. Where it does not, many rows may point to one:
        an address is shared by those who have it, and goes with the last of them.
        """
        here = source.table.column(column)
        target = next((found for found in self._sources.values() if _refers(reference, found)), None)
        if target is None:
            self.notes.append(f"{here}: {reference.dataset}.{reference.field} is not in this file; add the link by hand")
            return
        there = target.table.column(reference.field.removeprefix(f"{target.collection.name}.").split(".")[0])
        start, end = (there, here) if reference.direction == "to" else (here, there)
        is_key = any(field.name == column and field.meta.is_key for field in source.collection.fields)
        link = Link(column=start.name, to=end, kind="shared" if reference.direction == "to" and not is_key else "owned")
        links = self._links.setdefault(start.table, [])
        if link not in links and start != end:
            links.append(link)


def _said(field: FidesField) -> Iterator[str]:
    """Yield the categories of a field and of what is nested in it."""
    yield from field.data_categories or ()
    for nested in field.fields or ():
        yield from _said(nested)


def _refers(reference: FidesReference, source: _Source) -> bool:
    collection, _, column = reference.field.partition(f"{source.collection.name}.")
    return reference.dataset == source.dataset.fides_key and not collection and column.split(".")[0] != ""


def _nearest_above(key: str) -> str | None:
    """Return the category, or the nearest one above it that the taxonomy knows."""
    parts = key.split(".")
    above = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((candidate for candidate in above if candidate in known_categories()), None)


def _common(categories: list[Category]) -> Category:
    """Return the narrowest category that all lie within."""
    first = categories[0].key.split(".")
    above = (Category(key=".".join(first[:length])) for length in range(len(first), 0, -1))
    return next(candidate for candidate in above if all(category.within(candidate) for category in categories))


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
