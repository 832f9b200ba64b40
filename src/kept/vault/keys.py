"""A person's key, ready for use, and how names are bound to what is sealed.

One HMAC (HKDF-Expand of RFC 5869 with SHA-512 and a single block) turns a person's 256-bit key into its id and the key that seals
fields. The id stands in every value sealed under the key and is the first thing checked: since it is a hash of the key, a value
that names it can be opened under that key and no other (key commitment), at no cost a value.
"""

from __future__ import annotations

from hashlib import sha512
from typing import Final, NoReturn, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .format import KEY_ID, PREFIX
from .secret import READS_KEY_MATERIAL, Secret

__all__ = ["KEY_BYTES", "PersonKey", "bound", "key_id_of"]

KEY_BYTES: Final = 32
EXPAND: Final = b"kept1 person key\x01"
FILES: Final = b"kept1 file"
BLOCK: Final = 128
INNER: Final = bytes(value ^ 0x36 for value in range(256))
OUTER: Final = bytes(value ^ 0x5C for value in range(256))


@final
class PersonKey:
    """One person's key, in memory. Printing shows nothing of it; it does not pickle.

    `id` (32 bytes) is public. `head` is what every value sealed under it begins with, `about` the head with the person behind it.
    `gcm` seals and opens fields; `files` is set once the keys database knows that files were sealed under it. One object takes
    about 3 KB, nearly all of it inside OpenSSL.
    """

    __slots__ = ("_root", "about", "current", "files", "gcm", "head", "id", "subject")

    def __init__(self, root: Secret, subject: str, *, current: bool = True) -> None:
        """Take a person's key (32 bytes), whose it is, and whether new values are sealed under it."""
        okm = _expanded(root.material(READS_KEY_MATERIAL))
        self.id: bytes = okm[:KEY_ID]
        self.head: bytes = PREFIX + self.id
        self.about: bytes = self.head + bound(subject)
        self.gcm = AESGCM(okm[KEY_ID:])
        self.subject = subject
        self.current = current
        self.files = False
        self._root = root

    def file_key(self, salt: bytes, about: bytes) -> Secret:
        """Return the key for one file: HKDF-SHA-256 with the file's own salt (32 bytes) and everything the file is bound to."""
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=FILES + about)
        return Secret(derived.derive(self._root.material(READS_KEY_MATERIAL)))

    def root(self) -> Secret:
        """Return the key itself, to be wrapped."""
        return self._root

    def __repr__(self) -> str:
        """Show that a key is here; its id is public, and is still not shown, because it names a person."""
        return "PersonKey(…)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied. Raises TypeError."""
        raise TypeError("a person's key does not pickle")

    def __getstate__(self) -> NoReturn:
        """Refuse to be taken apart. Raises TypeError."""
        raise TypeError("a person's key does not pickle")


def key_id_of(root: Secret) -> bytes:
    """Return the id (32 bytes) of a person's key, which commits to it."""
    return _expanded(root.material(READS_KEY_MATERIAL))[:KEY_ID]


def _expanded(key: bytes) -> bytes:
    """Return HMAC-SHA-512 of `EXPAND` under a key of 32 bytes (RFC 2104), written out.

    `hmac.digest` looks the algorithm up anew each time, which takes longer than everything else that is done to open a key.
    """
    padded = key + bytes(BLOCK - KEY_BYTES)
    inner = sha512(padded.translate(INNER) + EXPAND).digest()
    return sha512(padded.translate(OUTER) + inner).digest()


def bound(*names: str) -> bytes:
    """Return names as bytes that no other names have: each behind its length in UTF-8 bytes (four bytes, big-endian).

    Lone surrogates, which UTF-8 has no form for, are written in three bytes, as any other character of their size is.
    """
    whole = b""
    for name in names:
        part = name.encode("utf-8", "surrogatepass")
        whole += len(part).to_bytes(4, "big") + part
    return whole
