"""The form of a sealed value; `docs/spec/sealed.md` is its specification, with test vectors.

In a binary column: `kept1:` ‖ key id (32 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16). In a text column: `kept1:` and the rest in
base64 (RFC 4648, standard alphabet, no padding, unused bits zero, so that one value has one text). The digit is the format's
version.
"""

from __future__ import annotations

import binascii
from typing import Final, NamedTuple

from kept.base.errors import UnknownFormat
from kept.base.seals import SEALED_PREFIX

__all__ = [
    "BODY",
    "KEY_ID",
    "NONCE",
    "OVERHEAD",
    "PREFIX",
    "TAG",
    "TEXT_PREFIX",
    "Parsed",
    "begins_sealed",
    "from_text",
    "looks_sealed",
    "parse",
    "sealed_length",
    "to_text",
]

TEXT_PREFIX: Final = SEALED_PREFIX
PREFIX: Final = SEALED_PREFIX.encode("ascii")
FAMILY: Final = b"kept"
KEY_ID, NONCE, TAG = 32, 12, 16
HEAD: Final = len(PREFIX) + KEY_ID
BODY: Final = HEAD + NONCE
"""Where the ciphertext begins."""
OVERHEAD: Final = BODY + TAG
"""How many bytes longer than its value a sealed value is."""

UNUSED: Final = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""Which last characters leave the unused bits of the last byte zero, by the number of characters in the last group."""


class Parsed(NamedTuple):
    """A sealed value taken apart."""

    head: bytes
    """The prefix and the key id."""
    key_id: bytes
    nonce: bytes
    ciphertext: bytes


def parse(sealed: bytes) -> Parsed:
    """Take a sealed value apart. Raises UnknownFormat when it is not one, or one of another version."""
    if not sealed.startswith(PREFIX):
        raise _other_format(sealed[:8])
    if len(sealed) < OVERHEAD:
        raise UnknownFormat(f"a sealed value was cut: {len(sealed)} bytes are fewer than {OVERHEAD}", todo=RESTORE)
    return Parsed(sealed[:HEAD], sealed[len(PREFIX) : HEAD], sealed[HEAD:BODY], sealed[BODY:])


def to_text(sealed: bytes) -> str:
    """Return a sealed value in the form that text columns hold."""
    return TEXT_PREFIX + binascii.b2a_base64(sealed[len(PREFIX) :], newline=False).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Return the binary form of a sealed text. Raises UnknownFormat when it is not one."""
    if not text.startswith(TEXT_PREFIX):
        raise _other_format(text[:8].encode("utf-8", "replace"))
    try:
        body = text[len(TEXT_PREFIX) :].encode("ascii")
        decoded = binascii.a2b_base64(body + b"=" * (-len(body) % 4), strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        raise UnknownFormat("a sealed text holds something that is not base64", todo=RESTORE) from None
    unused = UNUSED.get(len(body) % 4)
    if body.endswith(b"=") or (unused is not None and body[-1] not in unused):
        raise UnknownFormat("a sealed text was changed in its last characters", todo=RESTORE)
    return PREFIX + decoded


def begins_sealed(value: str | bytes) -> bool:
    """Return whether a value begins as a sealed one does: most values do not, and this tells them at once."""
    return value.startswith(TEXT_PREFIX) if isinstance(value, str) else value.startswith(PREFIX)


def looks_sealed(value: str | bytes) -> bool:
    """Return whether a value has the whole form of a sealed one; whether it opens is another question."""
    if not begins_sealed(value):
        return False
    try:
        parse(from_text(value) if isinstance(value, str) else value)
    except UnknownFormat:
        return False
    return True


def sealed_length(size: int, *, text: bool) -> int:
    """Return how long `size` bytes are once sealed: bytes in a binary column, characters in a text column.

    >>> sealed_length(100, text=False), sealed_length(100, text=True)
    (166, 220)
    """
    body = OVERHEAD + size
    return body if not text else len(PREFIX) + ((body - len(PREFIX)) * 4 + 2) // 3


RESTORE = "Restore the value from a backup; nothing else can bring it back."


def _other_format(start: bytes) -> UnknownFormat:
    if start.startswith(FAMILY) and start[5:6] == b":" and start[4:5].isdigit():
        version = start[4:5].decode("ascii")
        return UnknownFormat(
            f"a value is sealed in format {version}, and this Kept reads format 1", todo="Install the Kept that wrote it."
        )
    return UnknownFormat("a value is not sealed", todo="Seal the column with `kept vault seal`, or read it without the vault.")
