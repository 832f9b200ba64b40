"""A person's export, for the person: whether it can be fetched, and the bytes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.bundles import open_range
from kept.db.failures import database_errors
from kept.db.keys import current
from kept.db.models import Bundle
from kept.db.request_key import opened_key

__all__ = ["SEALED_FOR", "Fetchable", "bundle_folder", "bundle_of", "bundle_of_link", "bundle_of_worker"]

SEALED_FOR: Final = "bundle"
"""What a bundle's key is sealed for, under the key of its request; as hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetchable:
    """An export that can be fetched now: its size in bytes, and the SHA-256 of them, which never change."""

    ref: str
    size: int
    digest: str
    until: datetime
    _file: Path = field(repr=False)
    _key: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """What browsers save it as; it tells nothing of the person."""
        return f"export-{self.ref}.zip"

    def bytes(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Return the bytes from `start` up to `stop` (not included), in pieces of at most 64 KiB, each of them authenticated.

        Raises NotThere, SourceError and SealBroken; once pieces are given out, only what is wrong with a later one.
        """
        return open_range(self._file, self._key, start, stop)


def bundle_folder() -> Path:
    """Return where bundles lie, sealed: `.kept/bundles`."""
    return current().folder.parent / "bundles"


def bundle_of(ref: str, *, by: Who, at: datetime) -> Fetchable:
    """Return the export of a request of whoever asks. Raises NotThere where it is not theirs, or there is none, or no more."""
    with database_errors():
        mine = Bundle.objects.select_related("request").filter(request__ref=ref, request__account_id=by.account)
        found = mine.first() if by.account else None
    return _fetchable(found, at)


def bundle_of_link(digest: str, *, at: datetime) -> Fetchable:
    """Return the export of the request with this link (`secret_digest` of its secret), for somebody without an account.

    Raises NotThere where there is none, or no more.
    """
    with database_errors():
        named = Bundle.objects.select_related("request").filter(request__link=digest)
        found = named.first() if digest else None
    return _fetchable(found, at)


def bundle_of_worker(ref: str, *, at: datetime) -> Fetchable:
    """Return the export of a request to the worker, which looks into none but the canary's. Raises NotThere."""
    with database_errors():
        found = Bundle.objects.select_related("request").filter(request__ref=ref).first()
    return _fetchable(found, at)


def _fetchable(one: Bundle | None, at: datetime) -> Fetchable:
    if one is None or not one.key or not one.request.key or at >= one.until:
        raise NotThere("There is nothing to fetch here", todo="Exports are kept for a time only; ask for a new one.")
    key = bytes.fromhex(opened_key(one.request.key).open(one.key, SEALED_FOR))
    path = bundle_folder() / Path(one.file).name
    return Fetchable(ref=one.request.ref, size=one.size, digest=one.digest, until=one.until, _file=path, _key=key)
