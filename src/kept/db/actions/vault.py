"""What was done to the vault's keys: an intent before, a receipt after.

The keys database is another database, so the two bracket it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice

from django.db import connection

from kept.db.models import DestroyedKey

from .action import action, named, record
from .rows import Insert, insert

__all__ = [
    "record_destroyed",
    "record_rekeyed",
    "record_restored",
    "record_rotated",
    "record_vault_intent",
    "record_vault_made",
    "record_windows_closed",
]

BATCH = 10_000
KEYS = Insert(
    sqlite="INSERT OR IGNORE INTO kept_destroyedkey (key, at) VALUES (?, ?)",
    one="INSERT INTO kept_destroyedkey (key, at) VALUES (%s, %b) ON CONFLICT DO NOTHING",
    many="INSERT INTO kept_destroyedkey (key, at) SELECT * FROM unnest(%s::text[], %b::timestamptz[]) ON CONFLICT DO NOTHING",
)


@action
def record_vault_made(*, installation: str, provider: str, at: datetime, actor: str) -> None:
    """Say that a vault was made: its number (32 hex digits) and who holds its key-encryption key."""
    record("vault.made", at=at, actor=actor, installation=installation, provider=named(provider))


@action
def record_vault_intent(*, what: str, people: int, at: datetime, actor: str) -> None:
    """Say that keys are about to be changed: `what` is rotate, destroy, restore or rekey, `people` how many are named."""
    record("vault.intended", at=at, actor=actor, what=what, people=people)


@action
def record_rotated(*, keys: int, old: Iterable[int], new: int, gone_at: datetime | None, at: datetime, actor: str) -> None:
    """Say that every key stands under a new key-encryption key, and when the old ones are gone.

    `keys` were re-wrapped by this call.
    """
    gone = (gone_at or at).date().isoformat()
    record("vault.rotated", at=at, actor=actor, keys=keys, old=list(old), new=new, left=0, gone=gone)


@action
def record_destroyed(*, keys: Iterable[bytes], people: int, why: str, at: datetime, actor: str, until: date | None = None) -> int:
    """Remember destroyed keys by their ids, and say that they were destroyed; return how many were not known before.

    `why` is asked, seen (a program destroyed them without Kept), restored-backup (they came back and were destroyed again) or
    rekeyed. Says nothing where there is nothing to remember and nobody asked. The ids stay out of the ledger: they name people.
    """
    remaining, given = (key.hex() for key in keys), 0
    before = DestroyedKey.objects.count()
    moment = connection.ops.adapt_datetimefield_value(at)
    while batch := list(islice(remaining, BATCH)):
        insert(KEYS, [batch, [moment] * len(batch)])
        given += len(batch)
    new = DestroyedKey.objects.count() - before
    if given or why == "asked":
        facts = {"until": until.isoformat()} if until else {}
        record("vault.destroyed", at=at, actor=actor, keys=given, new=new, people=people, why=why, **facts)
    return new


@action
def record_restored(*, keys: Iterable[bytes], people: int, at: datetime, actor: str) -> None:
    """Say that keys were brought back while their window was open, and no longer remember them as destroyed."""
    ids = [key.hex() for key in keys]
    DestroyedKey.objects.filter(key__in=ids).delete()
    record("vault.restored", at=at, actor=actor, keys=len(ids), people=people)


@action
def record_windows_closed(*, keys: int, at: datetime, actor: str) -> None:
    """Say that windows ended, and that so many keys can no longer be brought back."""
    record("vault.expired", at=at, actor=actor, keys=keys)


@action
def record_rekeyed(*, rows: int, columns: int, old: int, at: datetime, actor: str) -> None:
    """Say that a person's data is sealed under a new key: rows sealed anew by this call, columns looked at, old keys destroyed."""
    record("vault.rekeyed", at=at, actor=actor, rows=rows, columns=columns, old=old)
