"""A wrapper for values of people, so that they do not leak into logs, errors or reports by accident."""

from __future__ import annotations

import hmac
from typing import Generic, NoReturn, TypeVar

__all__ = ["Personal"]

T = TypeVar("T")


class Personal(Generic[T]):
    """Holds a value of a person; printing, formatting and pickling it shows nothing.

    The value comes out only through `reveal()`, which grep finds.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        """Take the value in."""
        self._value = value

    def reveal(self) -> T:
        """Return the value itself. Every call is a place to review."""
        return self._value

    def __repr__(self) -> str:
        """Show that something is here, and nothing of it."""
        return "Personal(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        """Refuse to be formatted into a text by giving the same placeholder."""
        return repr(self)

    def __eq__(self, other: object) -> bool:
        """Compare by value with another Personal only; texts and bytes in a time that does not tell where they differ."""
        if not isinstance(other, Personal):
            return False
        mine, theirs = self._value, other._value
        if isinstance(mine, str) and isinstance(theirs, str):
            return hmac.compare_digest(mine.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass"))
        if isinstance(mine, bytes) and isinstance(theirs, bytes):
            return hmac.compare_digest(mine, theirs)
        return bool(mine == theirs)

    def __hash__(self) -> int:
        """Hash by value."""
        return hash(("Personal", self._value))

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled. Raises TypeError."""
        raise TypeError("a Personal value does not pickle; reveal it where it is written, or leave it where it is")
