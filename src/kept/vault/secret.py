"""Key material, held so that it does not leak by accident.

A `Secret` does not print, format, pickle, copy or compare in a time that tells where two differ. Its bytes come out only for
whoever shows the token `READS_KEY_MATERIAL`, which grep finds; tests/vault/key-material.txt lists every place that does.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final, NoReturn, final

__all__ = ["READS_KEY_MATERIAL", "Secret"]


@final
class _Token:
    """The one value that opens a Secret."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "READS_KEY_MATERIAL"


READS_KEY_MATERIAL: Final = _Token()
"""Shown to read a key's bytes. Every use is a place to review."""


@final
class Secret:
    """Key material. Equality is by content, in constant time; there is no hash."""

    __slots__ = ("_raw",)
    __hash__ = None  # type: ignore[assignment]  # a key that can be looked up by its hash would be compared in variable time

    def __init__(self, raw: bytes) -> None:
        """Take the bytes in."""
        self._raw = bytearray(raw)

    @classmethod
    def random(cls, size: int = 32) -> Secret:
        """Return new key material from the operating system's generator; `size` in bytes."""
        return cls(secrets.token_bytes(size))

    def material(self, token: object) -> bytes:
        """Return the bytes to whoever shows the token. Raises TypeError without it, ValueError once it was wiped."""
        if token is not READS_KEY_MATERIAL:
            raise TypeError("reading key material takes the token READS_KEY_MATERIAL")
        if not self._raw:
            raise ValueError("this key material was wiped")
        return bytes(self._raw)

    def wipe(self) -> None:
        """Overwrite the bytes and forget them; copies that a library made are its own."""
        self._raw[:] = bytes(len(self._raw))
        self._raw = bytearray()

    def __repr__(self) -> str:
        """Show that something is here, and nothing of it."""
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        """Give the same placeholder."""
        return repr(self)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time with another Secret only."""
        return isinstance(other, Secret) and hmac.compare_digest(self._raw, other._raw)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied. Raises TypeError."""
        raise TypeError("key material does not pickle")

    def __getstate__(self) -> NoReturn:
        """Refuse to be taken apart. Raises TypeError."""
        raise TypeError("key material does not pickle")

    def __copy__(self) -> NoReturn:
        """Refuse to be copied. Raises TypeError."""
        raise TypeError("key material does not copy")

    def __deepcopy__(self, memo: object) -> NoReturn:
        """Refuse to be copied. Raises TypeError."""
        raise TypeError("key material does not copy")
