"""Sealing and opening the values of one column."""

from __future__ import annotations

from os import urandom
from time import monotonic
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag

from kept.base.errors import KeptError, SealBroken, UnknownFormat

from .format import BODY, HEAD, NONCE, OVERHEAD, from_text, parse, to_text
from .keys import PersonKey, bound

if TYPE_CHECKING:
    from .vault import Vault

__all__ = ["Field"]

RESTORE: Final = "Restore the value from a backup, and find out who changed it; nothing else can bring it back."


class Field:
    """One column of one table: what is sealed here opens here alone, for the person it was sealed for.

    `place` is the column's name as the map has it, `store.table.column`. A subject is a person's name in the vault, `account:42`;
    `row`, where it is given, binds the value to its row as well, and must be given again to open it.
    """

    __slots__ = ("_names", "_vault", "place")

    def __init__(self, vault: Vault, place: str) -> None:
        """Take the vault and the column's name."""
        self._vault = vault
        self._names = bound(place)
        self.place = place

    def seal(self, subject: str, value: bytes, row: str = "") -> bytes:
        """Return the value sealed under the person's current key, 66 bytes longer. Makes the key where there is none.

        Raises KeyDestroyed, ProviderUnreachable or KeysUnreachable; then nothing was sealed, and nothing may be written.
        """
        vault = self._vault
        try:
            if vault.view[0] != vault.seen or monotonic() > vault.next_look:
                vault.catch_up()
            key = vault.cache.current(subject) or vault.load_current(subject)
        except BaseException:
            del value  # a tool that reports errors may show what is in this frame
            raise
        nonce = urandom(NONCE)
        about = key.about + self._names
        return key.head + nonce + key.gcm.encrypt(nonce, value, about + _raw(row) if row else about)

    def open(self, subject: str, sealed: bytes, row: str = "") -> bytes:
        """Return the value.

        Raises KeyDestroyed, UnknownFormat, UnknownKey, SealBroken (cut, changed, or sealed for another person, column or row),
        ProviderUnreachable or KeysUnreachable.
        """
        vault = self._vault
        if vault.view[0] != vault.seen or monotonic() > vault.next_look:
            vault.catch_up()
        key = vault.cache.known(sealed[:HEAD])
        if key is None or key.subject != subject or len(sealed) < OVERHEAD:
            key = vault.load_known(parse(sealed).key_id, subject)
        about = key.about + self._names
        try:
            return key.gcm.decrypt(sealed[HEAD:BODY], sealed[BODY:], about + _raw(row) if row else about)
        except InvalidTag:
            pass
        raise self.broken()

    def seal_text(self, subject: str, value: str, row: str = "") -> str:
        """Return a text sealed, in the form that text columns hold; see `seal`."""
        try:
            return to_text(self.seal(subject, _raw(value), row))
        except BaseException:
            del value  # as above
            raise

    def open_text(self, subject: str, sealed: str, row: str = "") -> str:
        """Return the text; see `open`. Raises UnknownFormat as well for what was sealed as bytes and is not a text."""
        try:
            return self.open(subject, from_text(sealed), row).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # which holds the value
            pass
        raise self.no_text()

    def seal_with(self, key: PersonKey, value: bytes, row: str = "") -> bytes:
        """Return the value sealed under a key that the caller has just fetched."""
        nonce = urandom(NONCE)
        return key.head + nonce + key.gcm.encrypt(nonce, value, self.about(key, row))

    def about(self, key: PersonKey, row: str = "") -> bytes:
        """Return what a value of this column is bound to: key id, person, column and row."""
        return key.about + self._names + _raw(row)

    def broken(self) -> KeptError:
        """Return the error for a value that does not open."""
        return SealBroken(
            f"a value of {self.place} does not open: it was changed, or was sealed for another person, column or row", todo=RESTORE
        )

    def no_text(self) -> KeptError:
        """Return the error for a value that opens to bytes which are not a text."""
        return UnknownFormat(f"a value of {self.place} was sealed as bytes, and is not a text", todo="Open it with `Field.open`.")

    def __repr__(self) -> str:
        """Show the column."""
        return f"Field({self.place!r})"


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
