"""Reading the cases: YAML beside this file, decoded by the same code that reads a privacy folder.

A case says what stands in the map, what the clause promises and what the stores hold or answer; then what the verdict must be.
Nothing in it is Python. `fields: {email: user.contact.email}` is short for `fields: {email: {category: user.contact.email}}`, and
what a table holds (`what`) may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from kept.base.errors import PolicyError
from kept.base.names import Column, Table
from kept.policy.datamap import StoreMap
from kept.policy.decode import decode, decode_fields
from kept.policy.holds import Hold
from kept.policy.purposes import Purpose
from kept.policy.settings import CanarySettings, Integration, Transfer
from kept.policy.tree import Entry, Keyed, Many, Node, Scalar
from kept.policy.yaml_tree import read_yaml
from kept.promises.registry import terms

FOLDER = Path(__file__).parent
T = TypeVar("T")
Word = Literal["kept", "broken", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A partition: `lower` ≤ clock < `upper`."""

    name: str
    rows: int | None = None
    lower: date | None = None
    upper: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partitioned:
    by: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one question got for an answer; which keys it has depends on the question."""

    cannot: bool = False
    rows: int = 0
    looked: int | None = None
    hits: Mapping[str, int] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    host: str = ""
    region: str = ""
    on_this_machine: bool = False
    size: int = 0
    root: str = ""
    faults: tuple[str, ...] = ()
    states: Mapping[str, int] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    people: int = 0
    oldest: date | None = None
    destroyed: int = 0
    replaced: int = 0
    dead: int = 0
    tried: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    state: Mapping[str, str] = field(default_factory=dict)
    """What one of Kept's own registers says, field by field."""
    restricted: Mapping[str, str] = field(default_factory=dict)
    """People who may only be kept, as `account:7`, with the day since when; `account:7 purpose` for one purpose."""
    placed: tuple[str, ...] = ()
    """Holds that staff placed: name, role, day of review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case, its map and its promise aside, which are read into the policy's own types."""

    case: str
    now: date
    verdict: Word | None = None
    verdicts: Mapping[str, Word] = field(default_factory=dict)
    says: str = ""
    remedies: tuple[str, ...] | None = None
    afterwards: Word | None = None
    regions: Mapping[str, str] = field(default_factory=dict)
    not_personal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sample: int = 20_000
    jurisdictions: tuple[str, ...] = ()
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    integrations: Mapping[str, Integration] = field(default_factory=dict)
    transfers: tuple[Transfer, ...] = ()
    holds: Mapping[str, Hold] = field(default_factory=dict)
    canary: CanarySettings | None = None
    erased: Mapping[Column, tuple[str, ...]] = field(default_factory=dict)
    schema: Mapping[Table, Mapping[str, str]] = field(default_factory=dict)
    views: tuple[Table, ...] = ()
    partitions: Mapping[Table, Partitioned] = field(default_factory=dict)
    rows: Mapping[Table, tuple[Mapping[str, str | None], ...]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Seen]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A case with its promise's terms and its maps, by store."""

    code: str
    case: Case
    terms: Any
    stores: Mapping[str, StoreMap]

    def __str__(self) -> str:
        """The name under which the test runs."""
        return f"{self.code}: {self.case.case}"


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.yaml"))


def every_case() -> Iterator[Read]:
    for file in files():
        yield from read_cases(file)


def read_cases(file: Path) -> Iterator[Read]:
    """Yield the cases of a file. Raises PolicyError, with file and line, for a key or value that means nothing."""
    errors: list[PolicyError] = []
    tree = read_yaml(file.read_text(encoding="utf-8"), file.name, errors)
    assert isinstance(tree, Many), f"{file.name} is a list of cases: {errors}"
    for node in tree.items:
        assert isinstance(node, Keyed)
        yield _case(file.stem, node, errors)


def _case(code: str, node: Keyed, errors: list[PolicyError]) -> Read:
    case = _sure(decode_fields(_answers(node), Case, errors, besides=("promise", "map")), errors)
    promise, mapped = node.entry("promise"), node.entry("map")
    told = promise.value if promise and isinstance(promise.value, Keyed) else Keyed(place=node.place, entries=())
    tables = mapped.value.items if mapped and isinstance(mapped.value, Many) else [mapped.value] if mapped else []
    stores: dict[str, list[Entry]] = {store: [] for store in (*case.not_personal, *case.regions)}
    for table in tables:
        assert isinstance(table, Keyed)
        name, entry = _table(table)
        stores.setdefault(name.store, []).append(entry)
    maps = {store: _sure(decode(_store(node, case, store, entries), StoreMap, errors), errors) for store, entries in stores.items()}
    return Read(code=code, case=case, terms=_sure(decode_fields(told, terms()[code], errors), errors), stores=maps)


def _sure(value: T | None, errors: list[PolicyError]) -> T:
    if errors or value is None:
        raise errors[0]
    return value


def _table(node: Keyed) -> tuple[Table, Entry]:
    """Return the table's name and its entry as it would stand in `map/<store>.yaml`."""
    name = node.entry("table")
    assert name is not None
    assert isinstance(name.value, Scalar)
    entries = [Entry(key=entry.key, value=_fields(entry)) for entry in node.entries if entry is not name]
    for key, value in (("what", _text(node, "rows of a test")), ("fields", Keyed(place=node.place, entries=()))):
        if node.entry(key) is None:
            entries.append(Entry(key=_text(node, key), value=value))
    table = Table.parse(name.value.text)
    return table, Entry(key=_text(node, table.local), value=Keyed(place=node.place, entries=tuple(entries)))


def _fields(entry: Entry) -> Node:
    if entry.key.text != "fields" or not isinstance(entry.value, Keyed):
        return entry.value
    written = []
    for field_entry in entry.value.entries:
        value = field_entry.value
        if isinstance(value, Scalar):
            value = _keyed(value, category=value)
        written.append(Entry(key=field_entry.key, value=value))
    return Keyed(place=entry.value.place, entries=tuple(written))


def _store(node: Keyed, case: Case, store: str, tables: list[Entry]) -> Keyed:
    aside = tuple(_text(node, text) for text in case.not_personal.get(store, ()))
    return _keyed(
        node,
        store=_text(node, store),
        region=_text(node, case.regions.get(store, "eu")),
        tables=Keyed(place=node.place, entries=tuple(tables)),
        not_personal=Many(place=node.place, items=aside),
    )


def _answers(node: Keyed) -> Keyed:
    """Spell short answers out: `CountRows: 3` means every table, `cannot` is an answer, a number counts rows."""
    entries = []
    for entry in node.entries:
        value = entry.value
        if entry.key.text == "answers" and isinstance(value, Keyed):
            spelled = tuple(Entry(key=asked.key, value=_by_thing(asked)) for asked in value.entries)
            value = Keyed(place=value.place, entries=spelled)
        entries.append(Entry(key=entry.key, value=value))
    return Keyed(place=node.place, entries=tuple(entries))


def _by_thing(asked: Entry) -> Keyed:
    if isinstance(asked.value, Scalar):
        return _keyed(asked.value, **{"*": _seen(asked.value)})
    assert isinstance(asked.value, Keyed)
    if asked.key.text not in ("CountRows", "CountReturned", "CountSeals", "CountSince", "Look"):
        return _keyed(asked.value, **{"*": asked.value})
    things = tuple(Entry(key=thing.key, value=_seen(thing.value)) for thing in asked.value.entries)
    return Keyed(place=asked.value.place, entries=things)


def _seen(value: Node) -> Node:
    if not isinstance(value, Scalar):
        return value
    return _keyed(value, cannot=_text(value, "true")) if value.text == "cannot" else _keyed(value, rows=value)


def _text(near: Node, text: str) -> Scalar:
    return Scalar(place=near.place, text=text)


def _keyed(near: Node, **entries: Node) -> Keyed:
    return Keyed(place=near.place, entries=tuple(Entry(key=_text(near, key), value=value) for key, value in entries.items()))
