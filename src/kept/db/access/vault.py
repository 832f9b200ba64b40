"""Keys that were destroyed, as Kept remembers them apart from the keys database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kept.db.failures import database_errors
from kept.db.models import DestroyedKey

__all__ = ["destroyed_keys"]


def destroyed_keys() -> Iterator[tuple[bytes, datetime]]:
    """Yield the keys that were destroyed: id (32 bytes) and when Kept learned of it; memory does not grow with their number."""
    with database_errors():
        for key, at in DestroyedKey.objects.values_list("key", "at").iterator(chunk_size=10_000):
            yield bytes.fromhex(key), at
