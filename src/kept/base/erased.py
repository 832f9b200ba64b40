"""The list of people who were erased, as keyed hashes: enough to notice one who comes back, not to know who they were."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

__all__ = ["ErasedList"]


class ErasedList:
    """Keyed hashes of the erased keys of one column. Printing shows only how many; equality is by content."""

    __slots__ = ("_digests", "_key")

    def __init__(self, key: bytes, digests: Iterable[bytes] = ()) -> None:
        """Take the secret (32 bytes) and the hashes made under it."""
        self._key = key
        self._digests = frozenset(digests)

    def digest(self, value: object) -> bytes:
        """Return the keyed hash (16 bytes) of a key; 7 and "7" are the same key, and letter case does not matter."""
        text = str(value).strip().casefold().encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, hashlib.sha256)[:16]

    def has(self, value: object) -> bool:
        """Return whether this key was erased."""
        return self.digest(value) in self._digests

    def __len__(self) -> int:
        """How many were erased."""
        return len(self._digests)

    def __eq__(self, other: object) -> bool:
        """Equal when secret and hashes are."""
        return isinstance(other, ErasedList) and (self._key, self._digests) == (other._key, other._digests)

    def __hash__(self) -> int:
        """Hash by content."""
        return hash((self._key, self._digests))

    def __repr__(self) -> str:
        """Show the number only."""
        return f"ErasedList({len(self._digests)} erased)"
