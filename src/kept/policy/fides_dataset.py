"""Fideslang datasets as their YAML holds them: the keys that say where personal data lives; every other key is counted and left.

Source of the format: the Fideslang 3.1 resource types (dataset, collection, field). Older files call `fides_meta` `fidesops_meta`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, get_args, get_origin

from kept.base.errors import PolicyError, PolicyErrors

from .decode import decode
from .fields import bare, fields_of, optional_of
from .tree import Entry, Keyed, Many, Node, wrong
from .yaml_tree import read_yaml

__all__ = ["FidesCollection", "FidesDataset", "FidesField", "FidesMeta", "FidesReference", "read_datasets"]

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FidesReference:
    """A field of another collection, `collection.field`, that a field is tied to."""

    dataset: str
    field: str
    direction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FidesMasking:
    """How the other tool erases a value."""

    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FidesMeta:
    """What ties a field or a collection to people."""

    references: tuple[FidesReference, ...] | None = None
    identity: str | None = None
    primary_key: str | None = None
    read_only: str | None = None
    masking_strategy_override: FidesMasking | None = None
    namespace: Mapping[str, str] | None = None

    @property
    def is_key(self) -> bool:
        """Whether the field is (part of) the primary key."""
        return (self.primary_key or "").casefold() in ("true", "yes", "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class FidesField:
    """A field, with the fields nested in it."""

    name: str
    description: str | None = None
    data_categories: Texts | None = None
    data_qualifier: str | None = None
    data_uses: Texts | None = None
    retention: str | None = None
    fides_meta: FidesMeta | None = None
    fidesops_meta: FidesMeta | None = None
    fields: tuple[FidesField, ...] | None = None

    @property
    def meta(self) -> FidesMeta:
        """What ties it to people."""
        return self.fides_meta or self.fidesops_meta or FidesMeta()


@dataclass(frozen=True, slots=True, kw_only=True)
class FidesCollection:
    """A table, or whatever holds fields."""

    name: str
    fields: tuple[FidesField, ...]
    description: str | None = None
    data_categories: Texts | None = None
    data_qualifier: str | None = None
    data_subjects: Texts | None = None
    data_uses: Texts | None = None
    retention: str | None = None
    fides_meta: FidesMeta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FidesDataset:
    """A dataset: the collections of one database, or of one of its schemas."""

    fides_key: str
    collections: tuple[FidesCollection, ...]
    name: str | None = None
    description: str | None = None
    data_categories: Texts | None = None
    data_qualifier: str | None = None
    data_subjects: Texts | None = None
    data_uses: Texts | None = None
    retention: str | None = None
    fides_meta: FidesMeta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    dataset: tuple[FidesDataset, ...]


def read_datasets(text: str, file: str) -> tuple[tuple[FidesDataset, ...], Mapping[str, int]]:
    """Return the datasets of a file, and how often each key stands in it that was not read.

    Raises PolicyErrors with the places, when the text is not YAML or not datasets.
    """
    errors: list[PolicyError] = []
    passed: Counter[str] = Counter()
    tree = read_yaml(text, file, errors)
    if tree is not None and not errors:
        if not isinstance(tree, Keyed) or not (tree.entry("dataset") or tree.entry("collections")):
            todo = "Give a file that begins with `dataset:` and a list of datasets."
            raise PolicyErrors((wrong(tree.place, "this file holds no Fideslang dataset", todo),))
        is_list = tree.entry("dataset") is not None
        kind: type[_File] | type[FidesDataset] = _File if is_list else FidesDataset
        value = decode(_pruned(tree, kind, passed), kind, errors)
        if value is not None:
            return (value.dataset if isinstance(value, _File) else (value,)), passed
    raise PolicyErrors(tuple(errors))


def _pruned(node: Node, hint: Any, passed: Counter[str]) -> Node:
    """Return the tree without the keys that the types do not know, which are counted."""
    hint = optional_of(hint) or hint
    if get_origin(hint) is tuple and isinstance(node, Many):
        return replace(node, items=tuple(_pruned(item, bare(get_args(hint)[0]), passed) for item in node.items))
    if not (isinstance(hint, type) and is_dataclass(hint) and isinstance(node, Keyed)):
        return node
    known = {field.name: field.hint for field in fields_of(hint)}
    entries = []
    for entry in node.entries:
        name = entry.key.text
        if name in known:
            entries.append(Entry(key=entry.key, value=_pruned(entry.value, known[name], passed)))
        else:
            passed[name] += 1
    return replace(node, entries=tuple(entries))
