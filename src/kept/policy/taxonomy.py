"""Data categories, by their Fideslang keys.

The keys are those of Fideslang 3.1's default taxonomy, by Ethyca, Inc., under CC BY 4.0; `categories.yaml` beside this file lists
them with words of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import ClassVar

from kept.base.errors import PolicyError

from .tree import Keyed, Scalar, shown
from .yaml_tree import read_yaml

__all__ = ["Category", "known_categories", "nearest_categories"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Category:
    """A Fideslang data category, such as `user.contact.email`."""

    pattern: ClassVar[str] = r"^[a-z_]+(\.[a-z_]+)*$"
    example: ClassVar[str] = "user.contact.email"

    key: str

    @classmethod
    def parse(cls, text: str) -> Category:
        """Read a key of the taxonomy. Raises ValueError, with the nearest keys, for a text that is none.

        >>> Category.parse("user.contact.email").key
        'user.contact.email'
        """
        if text in known_categories():
            return cls(key=text)
        near = nearest_categories(text)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise ValueError(f"{shown(text)} is not a Fideslang data category{hint}")

    @classmethod
    def choices(cls) -> Mapping[str, str]:
        """Return every key there is, with what it means."""
        return known_categories()

    @property
    def words(self) -> str:
        """What the category means, in plain words; empty for one outside the taxonomy."""
        return known_categories().get(self.key, "")

    def within(self, other: Category) -> bool:
        """Return whether this category is the other or lies below it: user.contact.email is within user.contact."""
        return self.key == other.key or self.key.startswith(other.key + ".")

    def __str__(self) -> str:
        """Write the key."""
        return self.key


@cache
def known_categories() -> Mapping[str, str]:
    """Return every category of the taxonomy with its plain words."""
    text = files("kept.policy").joinpath("categories.yaml").read_text(encoding="utf-8")
    errors: list[PolicyError] = []
    tree = read_yaml(text, "categories.yaml", errors)
    entries = tree.entries if isinstance(tree, Keyed) and not errors else ()
    return MappingProxyType({entry.key.text: entry.value.text for entry in entries if isinstance(entry.value, Scalar)})


@lru_cache(maxsize=1000)
def nearest_categories(text: str, most: int = 3) -> tuple[str, ...]:
    """Return the keys a text may have meant: those it nearly spells, then those whose last part has it, or nearly, as a word.

    >>> nearest_categories("email")
    ('user.contact.email',)
    """
    known = list(known_categories())
    part = text[:60].rsplit(".", 1)[-1].casefold()
    by_word = [key for key in known if part and part in key.rsplit(".", 1)[-1].split("_")]
    by_spelling = get_close_matches(text[:60], known, n=most, cutoff=0.75)
    by_part = [
        key for key in known if get_close_matches(part, [(last := key.rsplit(".", 1)[-1]), *last.split("_")], n=1, cutoff=0.8)
    ]
    return tuple(dict.fromkeys([*by_spelling, *by_word, *by_part]))[:most]
