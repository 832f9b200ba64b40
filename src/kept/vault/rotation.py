"""Rotation: every key under a new key-encryption key, and the old one destroyed.

Begun, it survives being killed at any moment: the old key-encryption key is marked as retiring before the first key is
re-wrapped, no new key is wrapped under it from then on, and it is destroyed only when a count under a lock finds nothing under it
any more. Every re-wrapped key is unwrapped again and compared before it replaces the old one. Called again, it goes on where it
was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kept.base.errors import IntegrityError, ProviderUnreachable, StrangeKey
from kept.base.ports import Progress, silent

from .database import KeysDatabase
from .ring import ACTIVE, DESTROYED, RETIRING, Kek, Wrapped, about_key, about_secret
from .schema import KEK, KEY, SECRET
from .secret import Secret
from .vault import Vault

__all__ = ["Rotated", "begin", "finish", "rotate", "unfinished"]

BATCH = 5_000
WORK = "keys"
REWRAPPED = "UPDATE kept_key SET kek = ?, wrapped = ? WHERE id = ? AND kek = ?"
"""Written out for SQLite: composing it costs as much again for each of a million keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did: keys re-wrapped by this call, the numbers of the key-encryption keys, and when the old ones are gone.

    `gone_at` is None when they are gone now; a key service may only promise a day.
    """

    keys: int
    old: tuple[int, ...]
    new: int
    gone_at: datetime | None


def rotate(vault: Vault, provider: str, *, progress: Progress = silent) -> Rotated:
    """Make a new key-encryption key with that provider, re-wrap everything, destroy the old one. Goes on with one that was begun.

    Raises ProviderUnreachable or KeysUnreachable; what was re-wrapped stays so, every key stays readable, and the call can be made
    again.
    """
    if not unfinished(vault):
        begin(vault, provider)
    return finish(vault, progress=progress)


def unfinished(vault: Vault) -> bool:
    """Return whether a rotation was begun and not finished."""
    with vault.database.reading() as connection:
        return any(kek.state == RETIRING for kek in vault.ring.keks(connection))


def begin(vault: Vault, provider: str) -> None:
    """Make the new key-encryption key and retire the old one, in one step."""
    holder = vault.ring.provider(provider)
    reference = holder.make(vault.installation)
    begun = False
    try:
        with vault.database.writing(alone=True) as connection:
            retired = sa.update(KEK).where(KEK.c.state == ACTIVE).values(state=RETIRING)
            if connection.scalar(sa.select(KEK.c.id).where(KEK.c.state == RETIRING)) is None:
                connection.execute(retired)
                connection.execute(
                    KEK.insert().values(provider=provider, reference=reference, state=ACTIVE, made_at=datetime.now(UTC))
                )
                begun = True
    finally:
        if not begun:  # another process has begun one, or the database refused: nothing is under the key that was just made
            holder.destroy(reference)


def finish(vault: Vault, *, progress: Progress = silent) -> Rotated:
    """Re-wrap what is still under a retiring key-encryption key, and destroy it; nothing happens where there is none."""
    with vault.database.reading() as connection:
        keks = vault.ring.keks(connection)
        new = vault.ring.active(connection)
        old = [kek for kek in keks if kek.state == RETIRING]
        total = sum(_under(connection, kek.number) for kek in old)
    done, gone_at = 0, None
    for kek in old:
        try:
            for touched in _rewrap(vault, kek, new):
                done += touched
                progress(WORK, done, total)
        except (ProviderUnreachable, StrangeKey):
            with vault.database.reading() as connection:
                if _under(connection, kek.number):
                    raise
            # another process has finished this rotation, and destroyed what was still to be unwrapped here
        gone_at = _destroy(vault, kek) or gone_at
    return Rotated(keys=done, old=tuple(kek.number for kek in old), new=new.number, gone_at=gone_at)


def _under(connection: sa.Connection, number: int) -> int:
    counted = (sa.select(sa.func.count()).select_from(table).where(table.c.kek == number) for table in (KEY, SECRET))
    return sum(int(connection.execute(one).scalar_one()) for one in counted)


def _rewrap(vault: Vault, old: Kek, new: Kek) -> Iterator[int]:
    """Yield how many keys each step put under the new key-encryption key."""
    yield _rewrap_secrets(vault, old, new)
    yield from _rewrap_people(vault, old, new)


def _rewrap_secrets(vault: Vault, old: Kek, new: Kek) -> int:
    with vault.database.reading() as connection:
        rows = connection.execute(sa.select(SECRET).where(SECRET.c.kek == old.number)).all()
    about = [about_secret(vault.installation, row.name) for row in rows]
    wrapped = _checked(
        vault, new, vault.ring.unwrap([Wrapped(row.kek, row.wrapped, at) for row, at in zip(rows, about, strict=True)]), about
    )
    with vault.database.writing(alone=True) as connection:
        for row, one in zip(rows, wrapped, strict=True):
            same = sa.update(SECRET).where(SECRET.c.name == row.name, SECRET.c.kek == old.number)
            connection.execute(same.values(kek=new.number, wrapped=one))
    return len(rows)


def _rewrap_people(vault: Vault, old: Kek, new: Kek) -> Iterator[int]:
    listed = sa.select(KEY.c.id, KEY.c.tag, KEY.c.kek, KEY.c.wrapped).where(KEY.c.kek == old.number).limit(BATCH)
    while True:
        with vault.database.reading() as connection:
            rows = connection.execute(listed).all()
        if not rows:
            return
        about = [about_key(vault.installation, bytes(row.id), bytes(row.tag)) for row in rows]
        wrapped = _checked(vault, new, vault.ring.people(rows, vault.installation), about)
        _store(vault.database, [bytes(row.id) for row in rows], wrapped, old.number, new.number)
        yield len(rows)


def _checked(vault: Vault, kek: Kek, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
    """Wrap keys, and see that they come out again: the old key-encryption key will not be there to ask."""
    wrapped = vault.ring.wrap(kek, keys, about)
    again = vault.ring.provider(kek.provider).unwrap(kek.reference, wrapped, about)
    if again != list(keys):
        raise IntegrityError(
            "a key that was wrapped anew did not come out as it went in", todo="Do not rotate; see to the key provider."
        )
    return wrapped


def _store(database: KeysDatabase, ids: Sequence[bytes], wrapped: Sequence[bytes], old: int, new: int) -> None:
    with database.writing(alone=True) as connection:
        if database.embedded:
            rows = [(new, one, key_id, old) for key_id, one in zip(ids, wrapped, strict=True)]
            connection.exec_driver_sql(REWRAPPED, rows)
            return
        given = sa.select(
            sa.func.unnest(sa.literal(list(ids), ARRAY(sa.LargeBinary()))).label("id"),
            sa.func.unnest(sa.literal(list(wrapped), ARRAY(sa.LargeBinary()))).label("wrapped"),
        ).subquery("given")
        same = sa.update(KEY).where(KEY.c.id == given.c.id, KEY.c.kek == old)
        connection.execute(same.values(kek=new, wrapped=given.c.wrapped))


def _destroy(vault: Vault, kek: Kek) -> datetime | None:
    """Destroy a key-encryption key under which nothing stands any more, and shred what the database still holds of it."""
    with vault.database.writing() as connection:
        vault.ring.hold(connection, kek)
        left = _under(connection, kek.number)
    if left:
        raise IntegrityError(
            f"{left} keys are still under the old key-encryption key, which was not destroyed",
            todo="Run `kept vault rotate` again.",
        )
    gone_at = vault.ring.provider(kek.provider).destroy(kek.reference)
    with vault.database.writing() as connection:
        when = gone_at or datetime.now(UTC)
        connection.execute(sa.update(KEK).where(KEK.c.id == kek.number).values(state=DESTROYED, destroyed_at=when))
    vault.database.shred()
    return gone_at
