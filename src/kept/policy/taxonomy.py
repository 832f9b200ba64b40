"""Data categories, by their Fideslang keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Category"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Category:
    """A Fideslang data category, such as `user.contact.email`."""

    pattern: ClassVar[str] = r"^[a-z_]+(\.[a-z_]+)*$"
    example: ClassVar[str] = "user.contact.email"

    key: str

    def within(self, other: Category) -> bool:
        """Return whether this category is the other or lies below it: user.contact.email is within user.contact."""
        return self.key == other.key or self.key.startswith(other.key + ".")

    def __str__(self) -> str:
        """Write the key."""
        return self.key
