"""What the files of a privacy folder say about each other: every name that one file uses must be there in another.

A file that could not be read is not held against the others: what it would have named is then not known to be missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from kept.base.errors import PolicyError
from kept.base.names import Column, Table, split_name

from .agents import verifying_key
from .bindings import Binding
from .datamap import StoreMap, TableMap, table_of
from .folder import Folder, Loaded
from .processors import faults
from .sealing import people_of, reserved
from .tree import Entry, Node, key_place, nearest, shown, value_place, wrong

__all__ = ["Used", "cross_check", "names_in"]


def cross_check(
    folder: Folder, bindings: tuple[Binding, ...], clauses: tuple[Entry, ...], kinds: Collection[str] | None = None
) -> Iterator[PolicyError]:
    """Yield an error for every name in the folder that leads nowhere.

    `kinds` are the detectors with a coarse form, by which `coarse` in the map is checked; None leaves that out.
    """
    tables = _mapped_tables(folder)
    yield from _clauses(folder, clauses)
    yield from _stores(folder)
    yield from _settings(folder)
    for stem, loaded in folder.maps.items():
        yield from _store_map(folder, stem, loaded, tables)
        yield from _coarse(loaded, kinds)
        yield from _sealed(loaded, tables)
    yield from _holds(folder, tables)
    yield from _processors(folder, tables)
    for binding in bindings:
        for used in names_in(binding.bound.terms):
            yield from _told(folder, used, binding.node, tables)


def _mapped_tables(folder: Folder) -> Mapping[Table, TableMap]:
    found = {}
    for loaded in folder.maps.values():
        for local, entry in loaded.value.tables.items():
            try:
                found[table_of(loaded.value.store, local)] = entry
            except ValueError:
                continue  # told with its place by _store_map
    return found


def _clauses(folder: Folder, clauses: tuple[Entry, ...]) -> Iterator[PolicyError]:
    if folder.prose is None:
        return
    known = [clause.id for clause in folder.prose.clauses]
    for entry in clauses:
        if entry.key.text not in known:
            happened = f"policy.md has no clause {shown(entry.key.text)}"
            todo = f"{nearest(entry.key.text, known)}Use the id of a clause there, or write the clause."
            yield wrong(entry.key.place, happened, todo)


def _stores(folder: Folder) -> Iterator[PolicyError]:
    """Yield errors for stores that only the map or only kept.toml knows."""
    if folder.settings is None:
        return
    known = folder.settings.value.stores
    for stem, loaded in folder.maps.items():
        if stem not in known:
            todo = f"{nearest(stem, known)}Add [stores.{stem}] with its url to kept.toml."
            yield wrong(key_place(loaded.tree, "store"), f"kept.toml has no store {shown(stem)}", todo)
    for name in known:
        if name not in folder.maps and name not in folder.unread:
            place = key_place(folder.settings.tree, "stores", name)
            todo = f"{nearest(name, folder.maps)}Run `kept scan {name}` to propose its map, or take the store out."
            yield wrong(place, f"store {shown(name)} has no map/{name}.yaml", todo)


def _settings(folder: Folder) -> Iterator[PolicyError]:
    if folder.settings is None:
        return
    settings, tree = folder.settings.value, folder.settings.tree
    if not 0 < settings.safety_share <= 1:
        place = value_place(tree, "safety_share")
        yield wrong(place, "safety_share: expected a share above 0 and up to 1", "Write 0.2 for a fifth of a table.")
    for name, store in settings.stores.items():
        if store.sample < 0:
            todo = "Write how many rows to look at, or 0 for all of them."
            yield wrong(value_place(tree, "stores", name, "sample"), "sample: a number of rows cannot be below 0", todo)
        if not (store.timeout.months or store.timeout.hours):
            todo = "Write how long one question may take, such as 1 hour."
            yield wrong(value_place(tree, "stores", name, "timeout"), "timeout: no time at all", todo)
    for name, agent in settings.requests.agents.items():
        if verifying_key(agent.key) is None:
            todo = "Copy the agent's Ed25519 verifying key, 32 bytes in base64: 44 characters, the last of them =."
            place = value_place(tree, "requests", "agents", name, "key")
            yield wrong(place, "key: this is no verifying key of an agent", todo)


def _store_map(folder: Folder, stem: str, loaded: Loaded[StoreMap], tables: Mapping[Table, TableMap]) -> Iterator[PolicyError]:
    store = loaded.value
    if store.store != stem:
        happened = f"the file is named {stem}.yaml and its store {shown(store.store)}"
        yield wrong(value_place(loaded.tree, "store"), happened, "Give the file and the store one name.")
    seen: dict[Table, str] = {}
    for local, entry in store.tables.items():
        try:
            table = table_of(store.store, local)
        except ValueError as error:
            place = key_place(loaded.tree, "tables", local)
            yield wrong(place, str(error), "Write table or schema.table; put a part that holds a dot in double quotes.")
            continue
        if table in seen:
            place = key_place(loaded.tree, "tables", local)
            yield wrong(place, f"{shown(local)} is the same table as {shown(seen[table])}", "Keep one of the two.")
        seen.setdefault(table, local)
        yield from _table_map(folder, loaded, table, local, entry, tables)


def _table_map(
    folder: Folder, loaded: Loaded[StoreMap], table: Table, local: str, entry: TableMap, tables: Mapping[Table, TableMap]
) -> Iterator[PolicyError]:
    tree = loaded.tree
    for used in _used_by(local, entry):
        yield from _told(folder, used, tree, tables)
    if entry.integration and folder.settings and entry.integration not in folder.settings.value.integrations:
        known = folder.settings.value.integrations
        todo = f"{nearest(entry.integration, known)}Add [integrations.{entry.integration}] to kept.toml."
        place = value_place(tree, "tables", local, "integration")
        yield wrong(place, f"kept.toml has no integration {shown(entry.integration)}", todo)
    yield from _clock(tree, table, local, entry, tables)


def _used_by(local: str, entry: TableMap) -> Iterator[Used]:
    for number, purpose in enumerate(entry.purposes):
        yield Used(path=("tables", local, "purposes", number), kind="purpose", name=purpose)
    for column, mapped in entry.fields.items():
        for number, purpose in enumerate(mapped.purposes):
            yield Used(path=("tables", local, "fields", column, "purposes", number), kind="purpose", name=purpose)
    for number, link in enumerate(entry.links):
        yield Used(path=("tables", local, "links", number, "to"), kind="table", name=link.to.table)


def _coarse(loaded: Loaded[StoreMap], kinds: Collection[str] | None) -> Iterator[PolicyError]:
    """Yield errors where a coarse form is promised that no detector has."""
    for local, table in loaded.value.tables.items() if kinds is not None else ():
        for column, entry in table.fields.items():
            if kinds is not None and entry.coarse and entry.coarse not in kinds:
                place = value_place(loaded.tree, "tables", local, "fields", column, "coarse")
                todo = f"{nearest(entry.coarse, kinds)}Known are {', '.join(sorted(kinds))}."
                yield wrong(place, f"no detector has a coarse form called {shown(entry.coarse)}", todo)


def _sealed(loaded: Loaded[StoreMap], tables: Mapping[Table, TableMap]) -> Iterator[PolicyError]:
    """Yield errors where a column cannot be sealed: nobody's key is meant, or the store itself must read it."""
    for local, entry in loaded.value.tables.items():
        for name, mapped in entry.fields.items():
            if mapped.sealed is None:
                continue
            path = ("tables", local, "fields", name, "sealed")
            needed = reserved(entry).get(name)
            if needed:
                todo = "Seal another column, or tie the table to people by one that is not sealed."
                yield wrong(key_place(loaded.tree, *path), f"{shown(name)} cannot be sealed: it {needed}", todo)
            people = people_of(entry, tables.get)
            if mapped.sealed.person and mapped.sealed.person not in people:
                todo = (
                    f"{nearest(mapped.sealed.person, people)}Name the table's own key, or the column of an owned link to a person."
                )
                yield wrong(value_place(loaded.tree, *path, "person"), f"{shown(mapped.sealed.person)} holds nobody's key", todo)
            elif not mapped.sealed.person and entry.subject is None and len(people) != 1:
                many = (
                    f"more than one column holds a person's key: {', '.join(people)}"
                    if people
                    else "no column holds a person's key"
                )
                todo = "Say which: sealed: {person: account_id}." if people else "Add an owned link to a table of people."
                yield wrong(key_place(loaded.tree, *path), f"{shown(name)} is sealed, and {many}", todo)


def _clock(tree: Node, table: Table, local: str, entry: TableMap, tables: Mapping[Table, TableMap]) -> Iterator[PolicyError]:
    """Yield errors where a clock stands in a row that no links lead to."""
    rule = entry.retention
    if rule is None or not rule.via:
        return
    place = value_place(tree, "tables", local, "retention", "via")
    try:
        names = split_name(rule.via)
    except ValueError as error:
        yield wrong(place, f"via: {error}", "Name the columns of the links that lead to the clock, with dots between.")
        return
    for name in names:
        link = next((link for link in entry.links if link.column == name), None)
        if link is None:
            columns = [link.column for link in entry.links]
            todo = f"{nearest(name, columns)}Name the column of one of the table's links, or add the link."
            yield wrong(place, f"via: {shown(name)} is not the column of a link of {shown(table.local)}", todo)
            return
        if link.to.table.store != table.store:
            todo = "Choose a clock in this store; rows cannot be compared across stores."
            yield wrong(place, f"via: the link leads to another store, {shown(link.to.table.store)}", todo)
            return
        if link.to.table not in tables:
            return  # told where the link stands
        table, entry = link.to.table, tables[link.to.table]


def _holds(folder: Folder, tables: Mapping[Table, TableMap]) -> Iterator[PolicyError]:
    if folder.holds is None:
        return
    tree = folder.holds.tree
    for name, hold in folder.holds.value.holds.items():
        for number, table in enumerate(hold.tables):
            yield from _told(folder, Used(path=("holds", name, "tables", number), kind="table", name=table), tree, tables)
        for column in hold.subjects:
            said = _unmapped(folder, column.table, tables)
            if said:
                yield wrong(key_place(tree, "holds", name, "subjects", str(column)), *said)


def _processors(folder: Folder, tables: Mapping[Table, TableMap]) -> Iterator[PolicyError]:
    if folder.processors is None:
        return
    tree = folder.processors.tree
    for name, one in folder.processors.value.processors.items():
        for number, purpose in enumerate(one.purposes):
            used = Used(path=("processors", name, "purposes", number), kind="purpose", name=purpose)
            yield from _told(folder, used, tree, tables)
        if one.agreement and not one.agreement.startswith("https://"):
            place = value_place(tree, "processors", name, "agreement")
            yield wrong(place, f"agreement: {shown(one.agreement)} is no address", "Write where it can be read, from https:// on.")
        for fault in faults(one.erasure) if one.erasure else ():
            yield wrong(value_place(tree, "processors", name, "erasure", *fault.path), fault.happened, fault.todo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A name that is used somewhere: a table, or the name of a purpose or a store; `path` leads to it."""

    path: tuple[str | int, ...]
    kind: str
    name: str | Table


WORDS = {"purpose": "purpose", "purposes": "purpose", "store": "store", "stores": "store"}


def names_in(terms: Any, path: tuple[str | int, ...] = (), word: str = "") -> Iterator[Used]:
    """Yield every table, purpose and store that a promise's terms name, however deep.

    Tables and columns are known by their type; purposes and stores by the name of the field they stand in.
    """
    match terms:
        case Table():
            yield Used(path=path, kind="table", name=terms)
        case Column():
            yield Used(path=path, kind="table", name=terms.table)
        case str() if word:
            yield Used(path=path, kind=word, name=terms)
        case tuple():
            for number, item in enumerate(terms):
                yield from names_in(item, (*path, number), word)
        case Mapping():
            for key, value in terms.items():
                yield from names_in(key, (*path, str(key)))
                yield from names_in(value, (*path, str(key)))
        case _ if is_dataclass(terms):
            for field in fields(terms):
                yield from names_in(getattr(terms, field.name), (*path, field.name), WORDS.get(field.name, ""))
        case _:
            pass  # a number, a date, a text that names nothing


def _told(folder: Folder, used: Used, tree: Node, tables: Mapping[Table, TableMap]) -> Iterator[PolicyError]:
    """Yield an error where a name leads nowhere; its place is looked up only then, because most names lead somewhere."""
    said = _nowhere(folder, used, tables)
    if said:
        yield wrong(value_place(tree, *used.path), *said)


def _nowhere(folder: Folder, used: Used, tables: Mapping[Table, TableMap]) -> tuple[str, str] | None:
    """Return what happened and what to do where a name leads nowhere, else None."""
    if isinstance(used.name, Table):
        return _unmapped(folder, used.name, tables)
    if used.kind == "purpose" and folder.purposes and used.name not in folder.purposes.value.purposes:
        todo = f"{nearest(used.name, folder.purposes.value.purposes)}Use one of its purposes, or add this one."
        return f"purposes.yaml has no purpose {shown(used.name)}", todo
    if used.kind == "store" and used.name and used.name not in folder.maps and used.name not in folder.unread:
        return f"the map has no store {shown(used.name)}", f"{nearest(used.name, folder.maps)}Use the name of a file in map/."
    return None


def _unmapped(folder: Folder, table: Table, tables: Mapping[Table, TableMap]) -> tuple[str, str] | None:
    if table in tables or table.store in folder.unread:
        return None
    todo = f"{nearest(str(table), map(str, tables))}Write store.table as the map has it, or add the table to map/."
    return f"the map has no table {shown(str(table))}", todo
