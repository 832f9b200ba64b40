"""Remembering who was erased, without knowing who they were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import connection

from kept.base.erased import ErasedList
from kept.base.names import Column
from kept.db.keys import current
from kept.db.models import Tombstone

from .action import action, named, record
from .rows import Insert, insert

__all__ = ["add_tombstones"]

BATCH = 10_000

TOMBSTONES = Insert(
    sqlite='INSERT OR IGNORE INTO kept_tombstone ("column", digest, erased_at) VALUES (?, ?, ?)',
    one='INSERT INTO kept_tombstone ("column", digest, erased_at) VALUES (%s, %b, %b) ON CONFLICT DO NOTHING',
    many='INSERT INTO kept_tombstone ("column", digest, erased_at) '
    "SELECT * FROM unnest(%s::text[], %b::bytea[], %b::timestamptz[]) ON CONFLICT DO NOTHING",
)


@action
def add_tombstones(*, column: Column, values: Iterable[object], at: datetime, actor: str) -> int:
    """Remember the keys of people who were erased from this column, as keyed hashes; return how many were not known before.

    `values` may be a stream: memory stays bounded. The ledger gets the column's name and the two counts.
    """
    name = str(column)
    hashing = ErasedList(current().tombstone)
    remaining = iter(values)
    before, given = Tombstone.objects.filter(column=name).count(), 0
    erased_at = connection.ops.adapt_datetimefield_value(at)
    while batch := [hashing.digest(value) for value in islice(remaining, BATCH)]:
        insert(TOMBSTONES, [[name] * len(batch), batch, [erased_at] * len(batch)])
        given += len(batch)
    new = Tombstone.objects.filter(column=name).count() - before
    if given:
        record("tombstones.added", at=at, actor=actor, column=named(name), given=given, new=new)
    return new
