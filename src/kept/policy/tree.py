"""What a file says, as a tree of texts that know their place. YAML and TOML both become this before they are decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from kept.base.errors import Place, PolicyError

__all__ = ["Entry", "Keyed", "Many", "Node", "Scalar", "key_place", "nearest", "node_at", "shown", "value_place", "wrong"]

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One text. `quoted` says that it was written in quotes, so that it cannot be a number or nothing."""

    place: Place
    text: str
    quoted: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was written: an empty place, `~` or `null`."""
        return not self.quoted and self.text in ("", "~", "null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and what stands behind it."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A mapping, in the order it was written; no key twice."""

    place: Place
    entries: tuple[Entry, ...]

    def entry(self, key: str) -> Entry | None:
        """Return the entry under a key, or None."""
        return next((entry for entry in self.entries if entry.key.text == key), None)


Node: TypeAlias = Scalar | Many | Keyed
Step: TypeAlias = str | int


def node_at(node: Node, *path: Step) -> Node:
    """Return the node that keys and list positions lead to; where the path ends early, the last node on it."""
    for step in path:
        if isinstance(node, Keyed) and isinstance(step, str):
            entry = node.entry(step)
            if entry is None:
                return node
            node = entry.value
        elif isinstance(node, Many) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return node
    return node


def value_place(node: Node, *path: Step) -> Place:
    """Return where the value at a path stands."""
    return node_at(node, *path).place


def key_place(node: Node, *path: str) -> Place:
    """Return where the last key of a path stands; where there is none, the place of what holds it."""
    parent = node_at(node, *path[:-1])
    entry = parent.entry(path[-1]) if isinstance(parent, Keyed) else None
    return entry.key.place if entry else parent.place


def shown(text: str) -> str:
    """Return a text in quotes, shortened so that an error stays a line."""
    return repr(text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…")


def nearest(text: str, known: Iterable[str]) -> str:
    """Return `Did you mean …?` with the nearest known name and a space behind it, or nothing.

    >>> nearest("purpose", ["purposes", "fields"])
    "Did you mean 'purposes'? "
    """
    close = get_close_matches(text[:LONGEST_SHOWN], list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}? " if close else ""


def wrong(place: Place, happened: str, todo: str) -> PolicyError:
    """Return an error of this place."""
    return PolicyError(happened, place=place, todo=todo)
