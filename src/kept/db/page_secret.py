"""The secret of the pages: what sessions are signed and second factors sealed with. One file beside the ledger's keys."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kept.base.errors import IntegrityError

from .keys import create

__all__ = ["PageSecret", "page_secret"]

FILE = "pages.key"
NONCE = 12


class PageSecret:
    """256 bits of which each use gets its own derived key. Does not print, and does not pickle."""

    __slots__ = ("_ciphers", "_secret")

    def __init__(self, raw: bytes) -> None:
        """Keep the bytes."""
        self._secret = raw
        self._ciphers: dict[str, AESGCM] = {}

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "PageSecret(…)"

    def __reduce__(self) -> tuple[object, ...]:
        """Raise TypeError."""
        raise TypeError("a secret of the pages is not pickled")

    def derived(self, use: str) -> bytes:
        """Return the 256-bit key of one use (HKDF-SHA-256, RFC 5869)."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"kept pages {use}".encode()).derive(self._secret)

    def seal(self, text: str, use: str) -> str:
        """Return the text encrypted with AES-256-GCM under a random nonce, as URL-safe base64."""
        nonce = secrets.token_bytes(NONCE)
        sealed = self._cipher(use).encrypt(nonce, text.encode(), use.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def _cipher(self, use: str) -> AESGCM:
        """Return the cipher of one use; deriving its key takes longer than using it."""
        if use not in self._ciphers:
            self._ciphers[use] = AESGCM(self.derived(use))
        return self._ciphers[use]

    def open(self, sealed: str, use: str) -> str:
        """Return the text. Raises IntegrityError where it was sealed with another key or changed."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
            return self._cipher(use).decrypt(raw[:NONCE], raw[NONCE:], use.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise IntegrityError(
                "A sealed value of the sign-in does not open with .kept/keys/pages.key",
                todo="Put that file back from your copy of it.",
            ) from error


def page_secret(folder: Path) -> PageSecret:
    """Return the secret of a privacy folder's pages, made when it is first asked for. Touches `.kept/keys/pages.key` only."""
    home = folder.resolve() / ".kept" / "keys"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / FILE
    if not path.exists():
        create(path, secrets.token_hex(32).encode() + b"\n")
    return PageSecret(bytes.fromhex(path.read_text("ascii").strip()))
