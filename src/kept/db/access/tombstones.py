"""Who was erased, as far as Kept can tell."""

from __future__ import annotations

from collections.abc import Mapping

from kept.base.erased import ErasedList
from kept.base.names import Column
from kept.db.failures import database_errors
from kept.db.keys import current
from kept.db.models import Tombstone

__all__ = ["erased_columns", "erased_list", "erased_lists"]


def erased_list(column: Column) -> ErasedList:
    """Return the people erased from a column; an empty list where there are none. Takes some 100 bytes of memory a person."""
    with database_errors():
        digests = Tombstone.objects.filter(column=str(column)).values_list("digest", flat=True).iterator(chunk_size=10_000)
        return ErasedList(current().tombstone, (bytes(digest) for digest in digests))


def erased_columns() -> tuple[Column, ...]:
    """Return the columns people were erased from, sorted."""
    with database_errors():
        return tuple(sorted(Column.parse(name) for name in Tombstone.objects.values_list("column", flat=True).distinct()))


def erased_lists() -> Mapping[Column, ErasedList]:
    """Return the erased people of every column."""
    return {column: erased_list(column) for column in erased_columns()}
