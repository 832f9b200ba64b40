"""The seal of a bundle: one file, sealed as it is written, of which any part can be opened without the rest.

A sealed bundle is a head and chunks of 64 KiB. Each chunk is sealed by itself with AES-256-GCM under a key made for this file
alone, with its number and whether it is the last as the nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár,
2015), so that chunks cannot be swapped, left out, added or cut off unseen. The head says which key opens it (AES-GCM by itself
does not bind a ciphertext to one key). docs/spec/bundle.md has the form in bytes.
"""

from __future__ import annotations

import errno
import hmac
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kept.base.errors import NotThere, Refused, SealBroken, SourceError, UnknownFormat

__all__ = ["CHUNK", "HEAD", "KEY", "MAGIC", "SEALED_CHUNK", "Sealed", "SealedWriter", "open_range", "plain_size", "sealed_size"]

MAGIC: Final = b"kept1b:"
FAMILY: Final = b"kept"
INFO: Final = b"kept1 bundle"
KEY: Final = 32
SALT: Final = 32
HEAD: Final = len(MAGIC) + SALT + KEY
TAG: Final = 16
CHUNK: Final = 64 * 1024
SEALED_CHUNK: Final = CHUNK + TAG
STORE: Final = "bundles"
AGAIN: Final = "Make the bundle again, and find out who changed the file."


def sealed_size(size: int) -> int:
    """Return how many bytes a ZIP file of `size` bytes takes once sealed.

    >>> sealed_size(0), sealed_size(65536), sealed_size(65537)
    (87, 65623, 65640)
    """
    return HEAD + size + TAG * max(1, -(-size // CHUNK))


def plain_size(path: Path) -> int:
    """Return how many bytes the ZIP file in a sealed bundle has, which its length tells without its key.

    Raises NotThere, SourceError where it cannot be read, UnknownFormat where it is no bundle, SealBroken where no bundle has that
    length.
    """
    with _opened(path) as source:
        _read_head(source)
        return _measured(source)[1]


def open_range(path: Path, key: bytes, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Yield the bytes from `start` up to `stop` (not included; None for the end) of the ZIP file in a sealed bundle.

    Pieces have at most 64 KiB, and only the chunks that hold them are read, besides the last, by which an unfinished or cut file
    is known. The range is cut to what is there. What is wrong with the head, the key or the length is raised by the call, before
    anything is given out; what is wrong with a chunk when its turn comes. Raises NotThere, SourceError, UnknownFormat, and
    SealBroken for another key, a changed, cut or unfinished file.
    """
    with _opened(path) as source:
        size = Sealed(source, key).size
    stop = size if stop is None else min(stop, size)
    return _range(path, key, max(0, start), stop)


def _range(path: Path, key: bytes, start: int, stop: int) -> Iterator[bytes]:
    with _opened(path) as source:
        yield from Sealed(source, key).range(start, stop)


@dataclass(frozen=True, slots=True)
class Keys:
    """What is made of a bundle's key for one file: the cipher, and the mark in its head by which the key is known."""

    cipher: AESGCM
    mark: bytes


def keys_for(key: bytes, salt: bytes) -> Keys:
    """Derive both with HKDF-SHA-256. Raises Refused where the key is not 32 bytes."""
    if len(key) != KEY:
        raise Refused("the key of a bundle is not 32 bytes", todo="Give 32 random bytes.")
    both = HKDF(SHA256(), 2 * KEY, salt, INFO).derive(key)
    return Keys(AESGCM(both[:KEY]), both[KEY:])


class SealedWriter(io.RawIOBase):
    """Seals what is written to it. Holds one chunk in memory, and counts and hashes what went in.

    Only `finish` makes the file whole. Once a write failed, whatever comes behind is let fall without a word, so that whoever
    unwinds may close what it has open; `finish` then refuses.
    """

    def __init__(self, key: bytes, target: BinaryIO) -> None:
        """Write the head to `target`, which stays open. Raises Refused for a key of another length, SourceError."""
        super().__init__()
        salt = secrets.token_bytes(SALT)
        keys = keys_for(key, salt)
        self._target = target
        self._cipher = keys.cipher
        self._waiting = bytearray()
        self._number = 0
        self._failed = False
        self._hash = sha256()
        self.size = 0
        """How many bytes were written to it."""
        self._send(MAGIC + salt + keys.mark)

    @property
    def digest(self) -> str:
        """SHA-256 of what was written to it, in hex."""
        return self._hash.hexdigest()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, some: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer that bytes can be made of
        """Take all of it. Raises SourceError where the target takes no more: a full disk, as a rule."""
        size = len(some)
        if self._failed:
            return size
        self._hash.update(some)
        self.size += size
        self._waiting += some
        if len(self._waiting) > CHUNK:
            self._drain()
        return size

    def finish(self) -> None:
        """Seal the last chunk. Raises Refused where a write failed before, SourceError."""
        if self._failed:
            raise Refused("a bundle whose writing failed cannot be finished", todo="Make it again from its beginning.")
        self._put(bytes(self._waiting), last=True)
        self._failed = True  # nothing comes behind an end
        self._waiting = bytearray()

    def _drain(self) -> None:
        view = memoryview(bytes(self._waiting))
        whole = (len(view) - 1) // CHUNK
        for at in range(whole):
            self._put(view[at * CHUNK : (at + 1) * CHUNK], last=False)
        del self._waiting[: whole * CHUNK]

    def _put(self, chunk: bytes | memoryview, *, last: bool) -> None:
        self._send(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1

    def _send(self, raw: bytes) -> None:
        view = memoryview(raw)
        try:
            while view:
                sent = self._target.write(view)
                if not sent:
                    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                view = view[sent:]
        except OSError as error:
            self._failed = True
            raise cannot_write(error) from None


def cannot_write(error: OSError) -> SourceError:
    """Say that a bundle cannot be written, and why, in the system's words."""
    reason = error.strerror or type(error).__name__
    return SourceError(f"the bundle cannot be written ({reason})", store=STORE, todo="Make room for it, and make it again.")


class Sealed:
    """A sealed file that is open: any part of it can be read. Every byte it gives was authenticated."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        """Read the head and the last chunk. Raises UnknownFormat, SourceError; SealBroken for another key, or a cut file."""
        head = _read_head(source)
        keys = keys_for(key, head[len(MAGIC) : -KEY])
        if not hmac.compare_digest(keys.mark, head[-KEY:]):
            raise SealBroken("a bundle is sealed under another key, or its head was changed", todo=AGAIN)
        self._source = source
        self._cipher = keys.cipher
        self._chunks, self.size = _measured(source)
        self._chunk(self._chunks - 1)

    def range(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`, which lie within the file. Raises SealBroken, SourceError."""
        for number in range(start // CHUNK, -(-stop // CHUNK)) if start < stop else ():
            begin = number * CHUNK
            yield self._chunk(number)[max(0, start - begin) : stop - begin]

    def _chunk(self, number: int) -> bytes:
        last = number == self._chunks - 1
        try:
            self._source.seek(HEAD + number * SEALED_CHUNK)
            sealed = self._source.read(SEALED_CHUNK)
        except OSError as error:
            raise _cannot_read(error) from None
        try:
            return self._cipher.decrypt(_nonce(number, last=last), sealed, None)
        except InvalidTag:
            pass
        raise SealBroken(f"chunk {number} of a bundle does not open: it was changed, cut, or never finished", todo=AGAIN)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise NotThere("There is no such bundle", todo="Ask for a new one; bundles are kept for a time only.") from None
    except OSError as error:
        raise _cannot_read(error) from None


def _cannot_read(error: OSError) -> SourceError:
    reason = error.strerror or type(error).__name__
    return SourceError(f"a bundle cannot be read ({reason})", store=STORE, todo="See that the folder of bundles can be read.")


def _read_head(source: BinaryIO) -> bytes:
    try:
        source.seek(0)
        head = source.read(HEAD)
    except OSError as error:
        raise _cannot_read(error) from None
    if not head.startswith(MAGIC):
        other = head.startswith(FAMILY) and head[4:5].isdigit() and head[5:7] == MAGIC[5:]
        todo = "Use the Kept that wrote it." if other else "Name a file that Kept wrote as a bundle."
        raise UnknownFormat("this is no sealed bundle, or one of another version", todo=todo)
    if len(head) < HEAD:
        raise SealBroken("a bundle was cut, or never finished", todo=AGAIN)
    return head


def _measured(source: BinaryIO) -> tuple[int, int]:
    """Return the number of chunks and the size of what is in them."""
    sealed = source.seek(0, os.SEEK_END) - HEAD
    chunks = -(-sealed // SEALED_CHUNK)
    rest = sealed - (chunks - 1) * SEALED_CHUNK
    if sealed < TAG or rest < TAG or (rest == TAG and chunks > 1):
        raise SealBroken("a bundle was cut, or never finished", todo=AGAIN)
    return chunks, sealed - chunks * TAG
