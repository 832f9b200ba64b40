"""The key of one request: what a person wrote, was told, and was found by is sealed under it, and ends with it.

The key itself is sealed under the secret of the pages and stands in the request's row. Emptying that column ends every text, letter
and export of the request at once, in every copy of the files beside the database too.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kept.base.errors import IntegrityError, KeyDestroyed

from .keys import current
from .page_secret import PageSecret, page_secret

__all__ = ["RequestKey", "new_key", "opened_key", "subject_digest", "text_of"]

USE: Final = "requests"
NONCE: Final = 12


class RequestKey:
    """256 bits. Does not print, and does not pickle."""

    __slots__ = ("_bytes", "_cipher")

    def __init__(self, raw: bytes) -> None:
        """Keep the bytes."""
        self._bytes = raw
        self._cipher = AESGCM(raw)

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "RequestKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        """Raise TypeError."""
        raise TypeError("a request's key is not pickled")

    def wrapped(self) -> str:
        """Return it as it stands in the row."""
        return _secret().seal(self._bytes.hex(), USE)

    def seal_bytes(self, content: bytes, use: str) -> bytes:
        """Return the content encrypted with AES-256-GCM, bound to what it is used for."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, content, use.encode())

    def open_bytes(self, sealed: bytes, use: str) -> bytes:
        """Return the content. Raises IntegrityError."""
        try:
            return self._cipher.decrypt(bytes(sealed[:NONCE]), bytes(sealed[NONCE:]), use.encode())
        except (ValueError, InvalidTag) as error:
            raise IntegrityError(
                "Something sealed for a request does not open under its key", todo="Put the database back from its last backup."
            ) from error

    def seal(self, text: str, use: str) -> str:
        """Return a text sealed, as URL-safe base64; an empty text stays empty."""
        return base64.urlsafe_b64encode(self.seal_bytes(text.encode("utf-8", "surrogatepass"), use)).decode() if text else ""

    def open(self, sealed: str, use: str) -> str:
        """Return the text. Raises IntegrityError."""
        if not sealed:
            return ""
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except ValueError:
            raw = b""
        return self.open_bytes(raw, use).decode("utf-8", "surrogatepass")

    def seal_facts(self, facts: Mapping[str, Any], use: str) -> str:
        """Return values sealed, as JSON inside; nothing stays an empty text."""
        return self.seal(json.dumps(facts, ensure_ascii=False), use) if facts else ""

    def open_facts(self, sealed: str, use: str) -> dict[str, Any]:
        """Return the values. Raises IntegrityError."""
        text = self.open(sealed, use)
        found: dict[str, Any] = json.loads(text) if text else {}
        return found


def new_key() -> RequestKey:
    """Return a key for a new request."""
    return RequestKey(secrets.token_bytes(32))


def opened_key(wrapped: str) -> RequestKey:
    """Return the key in a request's row. Raises KeyDestroyed where it is there no more, IntegrityError where it does not open."""
    if not wrapped:
        raise KeyDestroyed("What this request held was destroyed with its key", todo="There is nothing left to read.")
    return RequestKey(bytes.fromhex(_secret().open(wrapped, USE)))


def text_of(wrapped: str, column: str, use: str) -> str:
    """Return what a column of a request says; of a request from before there were keys, as it stands there."""
    return opened_key(wrapped).open(column, use) if wrapped else column


def subject_digest(subject: str) -> str:
    """Return the keyed hash by which requests and restraints of one person are found; empty for nobody."""
    if not subject:
        return ""
    return hmac.digest(current().tombstone, f"subject {subject}".encode("utf-8", "surrogatepass"), sha256).hex()


def _secret() -> PageSecret:
    return _secret_of(current().folder)


@lru_cache(maxsize=4)
def _secret_of(keys: Path) -> PageSecret:
    return page_secret(keys.parent.parent)
