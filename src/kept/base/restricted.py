"""People whose data may only be kept: keyed hashes of who, and since when which purposes are closed to them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

__all__ = ["EVERY_PURPOSE", "RestrictedList"]

EVERY_PURPOSE = ""
"""Stands for every purpose."""


class RestrictedList:
    """By keyed hash (hex) of a person, since when each purpose is closed. Printing shows only how many; equality is by content.

    Hashes are those that requests and restraints name people by: HMAC-SHA-256 over `subject account:42`.
    """

    __slots__ = ("_key", "_people")

    def __init__(self, key: bytes, people: Mapping[str, Mapping[str, datetime]]) -> None:
        """Take the secret (32 bytes) and, by the hashes made under it, the purposes with the moments from which they are closed."""
        self._key = key
        self._people = {digest: tuple(sorted(purposes.items())) for digest, purposes in people.items() if purposes}

    @staticmethod
    def digest(key: bytes, subject: str) -> str:
        """Return the keyed hash (hex) of a person (`account:42`)."""
        return hmac.digest(key, f"subject {subject}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()

    def closed_to(self, purposes: Iterable[str]) -> RestrictedList:
        """Return the people to whom all of these purposes are closed, each since the last of them was."""
        wanted = tuple(purposes)
        found: dict[str, dict[str, datetime]] = {}
        for digest, closed in self._people.items():
            by_purpose = dict(closed)
            moments = [_earliest(by_purpose, purpose) for purpose in wanted or (EVERY_PURPOSE,)]
            known = [moment for moment in moments if moment is not None]
            if len(known) == len(moments):
                found[digest] = {EVERY_PURPOSE: max(known)}
        return RestrictedList(self._key, found)

    def since(self, kind: str, key: object) -> datetime | None:
        """Return since when every purpose is closed to the person of this kind with this key; None where it is not."""
        closed = self._people.get(self.digest(self._key, f"{kind}:{key}"), ())
        return dict(closed).get(EVERY_PURPOSE)

    @property
    def first(self) -> datetime | None:
        """The earliest moment of all; None where there is nobody."""
        return min((moment for closed in self._people.values() for _, moment in closed), default=None)

    def __len__(self) -> int:
        """How many people."""
        return len(self._people)

    def __eq__(self, other: object) -> bool:
        """Equal when secret, hashes and moments are."""
        return isinstance(other, RestrictedList) and (self._key, self._people) == (other._key, other._people)

    def __hash__(self) -> int:
        """Hash by content."""
        return hash((self._key, frozenset(self._people.items())))

    def __repr__(self) -> str:
        """Show the number only."""
        return f"RestrictedList({len(self._people)} restricted)"


def _earliest(closed: Mapping[str, datetime], purpose: str) -> datetime | None:
    return min((closed[name] for name in (purpose, EVERY_PURPOSE) if name in closed), default=None)
