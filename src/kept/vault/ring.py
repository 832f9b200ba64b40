"""Wrapping and unwrapping under the installation's key-encryption keys, whoever holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import sqlalchemy as sa

from kept.base.errors import StrangeKey

from .database import KeysDatabase
from .forks import after_fork
from .keys import bound, key_id_of
from .providers.provider import Provider
from .schema import KEK
from .secret import Secret

__all__ = ["ACTIVE", "DESTROYED", "ESCROWED", "RETIRING", "Kek", "Ring", "Wrapped", "about_key", "about_secret"]

ACTIVE, RETIRING, ESCROWED, DESTROYED = "active", "retiring", "escrow", "destroyed"


class Kek(NamedTuple):
    """A key-encryption key as the keys database knows it."""

    number: int
    provider: str
    reference: str
    state: str
    made_at: datetime
    until: datetime | None
    destroyed_at: datetime | None


class Wrapped(NamedTuple):
    """A wrapped key: the number of its key-encryption key, the bytes, and what it is bound to."""

    kek: int
    wrapped: bytes
    about: bytes


def about_key(installation: str, key_id: bytes, tag: bytes) -> bytes:
    """Return what a person's wrapped key is bound to: the installation, the key's id and the person's tag (32 bytes each)."""
    return _about_people(installation) + key_id + tag


@lru_cache(maxsize=8)
def _about_people(installation: str) -> bytes:
    return bound("kept1 person", installation)


def about_secret(installation: str, name: str) -> bytes:
    """Return what one of the vault's own keys is bound to."""
    return bound("kept1 secret", installation, name)


class Ring:
    """The key-encryption keys of one installation. Providers are connected to when they are first needed."""

    def __init__(self, database: KeysDatabase, connect: Callable[[str], Provider]) -> None:
        """Take the database and a way to connect to a provider by its name."""
        self.database = database
        self._connect = connect
        self._providers: dict[str, Provider] = {}
        self._known: dict[int, Kek] = {}
        self._lock = Lock()
        after_fork(self._forked)

    def _forked(self) -> None:
        self._lock = Lock()

    def provider(self, name: str) -> Provider:
        """Return a provider, connected once. Raises Refused where its options are wrong or its package is missing."""
        with self._lock:
            if name not in self._providers:
                self._providers[name] = self._connect(name)
            return self._providers[name]

    def keks(self, connection: sa.Connection) -> list[Kek]:
        """Return every key-encryption key, oldest first."""
        rows = connection.execute(sa.select(*COLUMNS).order_by(KEK.c.id))
        return [Kek(*row) for row in rows]

    def active(self, connection: sa.Connection) -> Kek:
        """Return the one that new keys are wrapped under. Raises StrangeKey when there is none."""
        for kek in self.keks(connection):
            if kek.state == ACTIVE:
                return kek
        raise StrangeKey("the keys database has no active key-encryption key", todo="Restore it from its backup.")

    def hold(self, connection: sa.Connection, kek: Kek) -> bool:
        """Keep a key-encryption key from being retired until this transaction ends; return False when it no longer is active."""
        held = sa.select(KEK.c.state).where(KEK.c.id == kek.number).with_for_update(read=True)
        return bool(connection.execute(held).scalar_one_or_none() == ACTIVE)

    def wrap(self, kek: Kek, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Wrap keys under one key-encryption key. Raises ProviderUnreachable."""
        return self.provider(kek.provider).wrap(kek.reference, keys, about)

    def unwrap(self, wrapped: Sequence[Wrapped]) -> list[Secret]:
        """Unwrap keys, one call a key-encryption key. Raises ProviderUnreachable, StrangeKey."""
        by_kek: dict[int, list[int]] = defaultdict(list)
        for at, one in enumerate(wrapped):
            by_kek[one.kek].append(at)
        found: dict[int, Secret] = {}
        for number, places in by_kek.items():
            kek = self._kek(number)
            secrets = self.provider(kek.provider).unwrap(
                kek.reference, [wrapped[at].wrapped for at in places], [wrapped[at].about for at in places]
            )
            found.update(zip(places, secrets, strict=True))
        return [found[at] for at in range(len(wrapped))]

    def people(self, rows: Iterable[Any], installation: str) -> list[Secret]:
        """Unwrap rows with id, tag, kek and wrapped, and see that each is the key whose id it bears. Raises StrangeKey."""
        listed = list(rows)
        secrets = self.unwrap(
            [Wrapped(row.kek, row.wrapped, about_key(installation, bytes(row.id), bytes(row.tag))) for row in listed]
        )
        if any(key_id_of(secret) != bytes(row.id) for secret, row in zip(secrets, listed, strict=True)):
            raise StrangeKey("a wrapped key is not the key it is named for", todo="Restore the keys database from its backup.")
        return secrets

    def _kek(self, number: int) -> Kek:
        known = self._known.get(number)
        if known is None:
            with self.database.reading() as connection:
                self._known.update({kek.number: kek for kek in self.keks(connection)})
            known = self._known.get(number)
        if known is None:
            raise StrangeKey(
                "a wrapped key names a key-encryption key that the keys database does not know", todo="Restore it from its backup."
            )
        return known

    def forget(self) -> None:
        """Read anew which key-encryption keys there are: another keys database stands in the place of the one before."""
        self._known.clear()

    def close(self) -> None:
        """Let go of every provider."""
        with self._lock:
            for provider in self._providers.values():
                provider.close()
            self._providers.clear()


COLUMNS = (
    KEK.c.id,
    KEK.c.provider,
    KEK.c.reference,
    KEK.c.state,
    KEK.c.made_at,
    KEK.c.until,
    KEK.c.destroyed_at,
)
