"""People's keys in the keys database: looked up and made, many at a time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kept.base.errors import IntegrityError, KeyDestroyed, ProviderUnreachable, StrangeKey

from .database import LISTED, KeysDatabase
from .keys import PersonKey, key_id_of
from .ring import Kek, Ring, about_key
from .schema import EVENT, KEY
from .secret import READS_KEY_MATERIAL, Secret

__all__ = ["DESTROYED", "READMITTED", "REKEYED", "REPLACED", "RESTORED", "People", "handfuls"]

DESTROYED, RESTORED, READMITTED, REKEYED, REPLACED = "destroyed", "restored", "readmitted", "rekeyed", "replaced"
ABOUT_PEOPLE = (DESTROYED, RESTORED, READMITTED)
TRIES = 5
"""How often a key is made anew because a rotation retired the key-encryption key in between."""


def handfuls(things: Iterable[Any], size: int = LISTED) -> Iterable[list[Any]]:
    """Yield the things in lists of at most `size`."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


class People:
    """Who has which key. A person is known by `tag`, the keyed hash of their name."""

    def __init__(self, database: KeysDatabase, ring: Ring, installation: str, tags: Secret) -> None:
        """Take the database, the ring and the key for tags."""
        self.database = database
        self.ring = ring
        self.installation = installation
        self._tags = tags

    def tag(self, subject: str) -> bytes:
        """Return the keyed hash (32 bytes) of a person's name."""
        return hmac.digest(self._tags.material(READS_KEY_MATERIAL), subject.encode("utf-8", "surrogatepass"), "sha256")

    def find(self, subjects: Sequence[str]) -> dict[str, PersonKey]:
        """Return the current keys of those people who have one."""
        by_tag = {self.tag(subject): subject for subject in subjects}
        found: dict[str, PersonKey] = {}
        for some in handfuls(by_tag):
            for row, secret in self._unwrapped(sa.select(KEY).where(KEY.c.tag.in_(some), KEY.c.current)):
                subject = by_tag[bytes(row.tag)]
                found[subject] = PersonKey(secret, subject)
        return found

    def by_id(self, key_ids: Mapping[bytes, str]) -> dict[bytes, PersonKey]:
        """Return keys by their ids, current or replaced; those of other people than was said, and unknown ones, are left out."""
        found: dict[bytes, PersonKey] = {}
        for some in handfuls(key_ids):
            for row, secret in self._unwrapped(sa.select(KEY).where(KEY.c.id.in_(some)), key_ids):
                found[bytes(row.id)] = PersonKey(secret, key_ids[bytes(row.id)], current=bool(row.current))
        return found

    def _unwrapped(self, which: sa.Select[Any], of: Mapping[bytes, str] | None = None) -> Iterable[tuple[Any, Secret]]:
        """Return rows with their keys; where it is said whose key each should be, those of other people are left out.

        Rows are read again where a rotation wrapped them anew, and destroyed the key-encryption key, before they were unwrapped.
        """
        rows = self._rows(which, of)
        while True:
            try:
                return zip(rows, self.ring.people(rows, self.installation), strict=True)
            except (ProviderUnreachable, StrangeKey):
                again = self._rows(which, of)
                if {row.kek for row in again} == {row.kek for row in rows}:
                    raise
                rows = again

    def _rows(self, which: sa.Select[Any], of: Mapping[bytes, str] | None) -> list[Any]:
        with self.database.reading() as connection:
            rows = list(connection.execute(which))
        return rows if of is None else [row for row in rows if bytes(row.tag) == self.tag(of[bytes(row.id)])]

    def make(self, subjects: Sequence[str]) -> dict[str, PersonKey]:
        """Make a key for each person, unless another process was faster; return everyone's current key.

        Raises KeyDestroyed, and makes none, where one of them had a key that was destroyed; ProviderUnreachable, KeysUnreachable.
        """
        made: dict[str, PersonKey] = {}
        for some in handfuls(dict.fromkeys(subjects)):
            made.update(self._made(some))
        return made

    def _made(self, subjects: Sequence[str]) -> dict[str, PersonKey]:
        fresh = {subject: Secret.random() for subject in subjects}
        for _ in range(TRIES):
            kek = self._active()
            try:
                rows = self._wrapped(fresh, kek)
            except ProviderUnreachable:
                if self._active() == kek:
                    raise
                continue
            with self.database.writing() as connection:
                if not self.ring.hold(connection, kek):
                    continue
                self._refuse_destroyed(connection, [row["tag"] for row in rows])
                connection.execute(self._insert(), rows)
                tags = [row["tag"] for row in rows]
                won = {bytes(key) for key in connection.scalars(sa.select(KEY.c.id).where(KEY.c.tag.in_(tags), KEY.c.current))}
            ours = {subject: key for subject, secret in fresh.items() if (key := PersonKey(secret, subject)).id in won}
            others = [subject for subject in subjects if subject not in ours]
            return ours | (self.find(others) if others else {})
        raise IntegrityError(
            "key-encryption keys are retired faster than keys are made", todo="See who rotates the vault, and try again."
        )

    def _active(self) -> Kek:
        with self.database.reading() as connection:
            return self.ring.active(connection)

    def _wrapped(self, fresh: Mapping[str, Secret], kek: Kek) -> list[dict[str, Any]]:
        ids = {subject: key_id_of(secret) for subject, secret in fresh.items()}
        tags = {subject: self.tag(subject) for subject in fresh}
        about = [about_key(self.installation, ids[subject], tags[subject]) for subject in fresh]
        wrapped = self.ring.wrap(kek, list(fresh.values()), about)
        now = datetime.now(UTC)
        rows = [
            {"id": ids[subject], "tag": tags[subject], "current": True, "kek": kek.number, "wrapped": one, "made_at": now}
            for subject, one in zip(fresh, wrapped, strict=True)
        ]
        return sorted(rows, key=itemgetter("tag"))  # two processes that make the same people's keys must not wait for each other

    def _insert(self) -> Any:
        kind = sqlite if self.database.embedded else postgresql
        return kind.insert(KEY).on_conflict_do_nothing()

    def note_files(self, key: PersonKey) -> None:
        """Let the keys database know that files are sealed under a key: rekeying does not find those by itself."""
        if not key.files:
            with self.database.writing() as connection:
                connection.execute(sa.update(KEY).where(KEY.c.id == key.id).values(files=True))
            key.files = True

    def gone(self, subjects: Sequence[str]) -> frozenset[str]:
        """Return those of these people whose key was destroyed and who were neither brought back nor let in anew."""
        by_tag = {self.tag(subject): subject for subject in dict.fromkeys(subjects)}
        found: set[str] = set()
        for some in handfuls(by_tag):
            with self.database.reading() as connection:
                found |= {by_tag[tag] for tag in _destroyed(connection, some)}
        return frozenset(found)

    def _refuse_destroyed(self, connection: sa.Connection, tags: Sequence[bytes]) -> None:
        """Raise KeyDestroyed where one of these people's keys was destroyed."""
        gone = len(_destroyed(connection, tags))
        if gone:
            who = "a person whose key was" if gone == 1 else f"{gone} people whose keys were"
            raise KeyDestroyed(
                f"something is to be sealed for {who} destroyed",
                todo="They were erased: see how their rows came back. If a new person was given an old number, call Vault.readmit.",
            )


def _destroyed(connection: sa.Connection, tags: Sequence[bytes]) -> set[bytes]:
    """Return the tags of which the last that happened is that a key was destroyed."""
    said = sa.select(EVENT.c.tag, EVENT.c.what).where(EVENT.c.tag.in_(tags), EVENT.c.what.in_(ABOUT_PEOPLE)).order_by(EVENT.c.id)
    last = {bytes(row.tag): row.what for row in connection.execute(said)}
    return {tag for tag, what in last.items() if what == DESTROYED}
