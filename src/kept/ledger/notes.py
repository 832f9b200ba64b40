"""Signed notes (C2SP signed-note, version 1): a text, a blank line, and signatures by named Ed25519 keys.

A verifier key is written `name+hash+base64`; the hash (four bytes of SHA-256, in hex) tells keys apart and guards against typing
errors, it is no protection. A private key is written `PRIVATE+KEY+name+hash+base64` (the form Go's note package uses).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["NoteError", "Signer", "Verifier", "open_note"]

ED25519 = b"\x01"
PRIVATE = "PRIVATE+KEY+"
MOST_SIGNATURES = 100
HASH_LENGTH = 4
KEY_LENGTH = 32
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """The note, or the key, is not what it should be; the text says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key under a name."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read `name+hash+base64`. Raises NoteError where the form, the kind of key or the hash is wrong."""
        name, public = _read_key(text)
        return cls(name=name, public=public)

    @property
    def hash(self) -> bytes:
        """The key's hash: the first four bytes of SHA-256 over name, newline, kind of key and key."""
        return _key_hash(self.name, self.public)

    def __str__(self) -> str:
        """Write `name+hash+base64`."""
        return f"{self.name}+{self.hash.hex()}+{_encode(ED25519 + self.public)}"

    def approves(self, text: str, signature: bytes) -> bool:
        """Return whether the signature (64 bytes) was made over this text by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key under a name. Printing shows the name only; it does not pickle."""

    __slots__ = ("_key", "_prefix", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        """Take the 32 bytes of an Ed25519 seed. Raises NoteError where the name cannot stand in a note."""
        _check_name(name)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name=name, public=self._key.public_key().public_bytes_raw())
        self._prefix = self.verifier.hash

    @classmethod
    def generate(cls, name: str) -> Signer:
        """Return a new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read `PRIVATE+KEY+name+hash+base64`. Raises NoteError, which never repeats the text."""
        if not text.startswith(PRIVATE):
            raise NoteError(f"a private key begins with {PRIVATE}")
        name, written, seed = _split_key(text.removeprefix(PRIVATE))
        signer = cls(name, seed)
        if written != signer.verifier.hash:
            raise NoteError("the private key's hash does not fit its name and bytes")
        return signer

    def reveal(self) -> str:
        """Return the private key as text. Every call is a place to review."""
        return f"{PRIVATE}{self.verifier.name}+{self._prefix.hex()}+{_encode(ED25519 + self._key.private_bytes_raw())}"

    def sign(self, text: str) -> str:
        """Return the whole note: the text, which must end in a newline, and the signature. Raises NoteError."""
        _check_text(text)
        signature = _encode(self._prefix + self._key.sign(text.encode()))
        return f"{text}\n\u2014 {self.verifier.name} {signature}\n"

    def __repr__(self) -> str:
        """Show the name only."""
        return f"Signer({self.verifier.name})"

    def __reduce__(self) -> str:
        """Refuse to be pickled. Raises TypeError."""
        raise TypeError("a private key does not pickle")


def open_note(note: str, verifier: Verifier) -> str:
    """Return the text of a note that this key signed, its last newline included.

    Raises NoteError where the note is malformed, where the key did not sign it, or where its signature is false. Signatures of
    other keys are ignored. As in Go's note package, the first signature of the key decides.
    """
    text, signatures = _split_note(note)
    for name, signature in signatures:
        if name == verifier.name and signature[:HASH_LENGTH] == verifier.hash:
            if not verifier.approves(text, signature[HASH_LENGTH:]):
                raise NoteError(f"the signature of {name} is false")
            return text
    raise NoteError(f"there is no signature of {verifier.name}+{verifier.hash.hex()}")


def _split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise NoteError("the note has no signature after a blank line")
    _check_text(text + "\n")
    signatures = [_read_signature(line) for line in lines[:-1].split("\n")]
    if len(signatures) > MOST_SIGNATURES:
        raise NoteError(f"the note has more than {MOST_SIGNATURES} signatures")
    return text + "\n", signatures


def _read_signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "\u2014":
        raise NoteError("a signature line begins with an em dash and a space")
    _check_name(name)
    signature = _decode(encoded)
    if len(signature) <= HASH_LENGTH:
        raise NoteError("a signature is too short")
    return name, signature


def _check_text(text: str) -> None:
    if not text.endswith("\n") or CONTROL.search(text):
        raise NoteError("the text of a note ends in a newline and holds no other control characters")


def _check_name(name: str) -> None:
    if not name or "+" in name or any(letter.isspace() or letter < " " for letter in name):
        raise NoteError("the name of a key is not empty and holds neither spaces nor a plus")


def _read_key(text: str) -> tuple[str, bytes]:
    name, written, public = _split_key(text)
    if written != _key_hash(name, public):
        raise NoteError("the verifier key's hash does not fit its name and bytes; was it copied whole?")
    return name, public


def _split_key(text: str) -> tuple[str, bytes, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or len(parts[1]) != 2 * HASH_LENGTH or parts[1] != parts[1].lower():
        raise NoteError("a key is written name+hash+base64")
    _check_name(parts[0])
    try:
        written = bytes.fromhex(parts[1])
    except ValueError:
        raise NoteError("the hash of a key is eight hex digits") from None
    key = _decode(parts[2])
    if key[:1] != ED25519 or len(key) != 1 + KEY_LENGTH:
        raise NoteError("the key is not an Ed25519 key of 32 bytes")
    return parts[0], written, key[1:]


def _key_hash(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:HASH_LENGTH]


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("what should be base64 is not") from None
    if _encode(raw) != text:
        raise NoteError("what should be base64 is written in an unusual way")
    return raw
