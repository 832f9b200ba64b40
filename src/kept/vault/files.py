"""Sealing files of any size, in memory that does not grow with them.

A sealed file is a head and chunks of 64 KiB. Each chunk is sealed by itself under a key made for this file alone, with its number
and whether it is the last as the nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so that chunks
cannot be swapped, left out, added or cut off unseen. The key is derived from the person's key, a random salt, and everything the
file is bound to. docs/spec/sealed.md has the form in bytes, with test vectors.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kept.base.errors import NOTHING_CHANGED, KeptError, Refused, SealBroken, UnknownFormat

from .format import FAMILY, KEY_ID, TAG
from .keys import PersonKey, bound
from .secret import READS_KEY_MATERIAL

if TYPE_CHECKING:
    from .vault import Vault

__all__ = ["CHUNK", "HEAD", "MAGIC", "FileField", "SealedReader", "SealedWriter", "looks_sealed", "sealed_size"]

MAGIC: Final = b"kept1f:"
SALT: Final = 32
HEAD: Final = len(MAGIC) + KEY_ID + SALT
CHUNK: Final = 64 * 1024
SEALED_CHUNK: Final = CHUNK + TAG
MOST_CHUNKS: Final = 2**32
"""256 TiB."""
RESTORE: Final = (
    "Restore the file from a backup, and find out who changed it; what was read before this point was as it was sealed."
)


def sealed_size(size: int) -> int:
    """Return how many bytes a file of `size` bytes takes once sealed.

    >>> sealed_size(0), sealed_size(65536), sealed_size(65537)
    (87, 65623, 65640)
    """
    return HEAD + size + TAG * max(1, -(-size // CHUNK))


def looks_sealed(start: bytes) -> bool:
    """Return whether a file that begins with these bytes (at least 7) is a sealed one, in this version of the format or another."""
    return start.startswith(FAMILY) and start[4:5].isdigit() and start[5:7] == b"f:"


class FileField:
    """Files of one place: as a rule the column that names them, `store.table.column`. What is sealed here opens here alone."""

    def __init__(self, vault: Vault, place: str) -> None:
        """Take the vault and the place's name."""
        self._vault = vault
        self.place = place

    def writer(self, subject: str, target: BinaryIO, name: str = "") -> SealedWriter:
        """Return a file to write to; what is written to it arrives sealed in `target`. Close it: only then is the file whole.

        `name`, where it is given, binds the file to its name as well. Raises as `Field.seal` does.
        """
        self._vault.look()
        key = self._vault.cache.current(subject) or self._vault.load_current(subject)
        self._vault.people.note_files(key)
        return SealedWriter(key, target, self._about(subject, name))

    def reader(self, subject: str, source: BinaryIO, name: str = "") -> SealedReader:
        """Return a file to read from, which can seek where `source` can; `source` stands at the sealed file's beginning.

        Raises UnknownFormat, KeyDestroyed, UnknownKey, SealBroken (another person's, another place's, changed or cut; the last
        chunk is looked at at once where `source` can seek), ProviderUnreachable or KeysUnreachable.
        """
        head = _read(source, HEAD)
        if not head.startswith(MAGIC):
            raise _other_format(head)
        if len(head) < HEAD:
            raise _cut()
        self._vault.look()
        key = self._vault.open_key(head[len(MAGIC) : len(MAGIC) + KEY_ID], subject)
        return SealedReader(key, source, head, self._about(subject, name))

    def seal(self, subject: str, source: Path, target: Path, name: str = "") -> None:
        """Write a sealed copy of a file: all of it or nothing, readable by its owner alone, durable when the call returns.

        Raises Refused when the one cannot be read or the other not be written, else as `Field.seal` does.
        """

        def sealed(plain: BinaryIO, out: BinaryIO) -> None:
            with self.writer(subject, out, name) as into:
                _pour(plain, into.write)

        _copy(source, target, sealed)

    def open(self, subject: str, source: Path, target: Path, name: str = "") -> None:
        """Write an opened copy of a sealed file: all of it or nothing, readable by its owner alone.

        Raises Refused when the one cannot be read or the other not be written, else as `reader` does.
        """

        def opened(sealed: BinaryIO, out: BinaryIO) -> None:
            with self.reader(subject, sealed, name) as plain:
                _pour(plain, out.write)

        _copy(source, target, opened)

    def _about(self, subject: str, name: str) -> bytes:
        return bound(subject, self.place, name)


def _pour(source: BinaryIO | io.RawIOBase, write: Callable[[bytes], object]) -> None:
    while some := source.read(CHUNK):
        write(some)
        del some  # the next read may fail, and a tool that reports errors may show what is in this frame


def _copy(source: Path, target: Path, through: Callable[[BinaryIO, BinaryIO], None]) -> None:
    """Write a file beside the target and put it in the target's place. Raises Refused when that cannot be done."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    changed = NOTHING_CHANGED
    try:
        with source.open("rb") as given:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as out:
                    through(given, out)
                    out.flush()
                    os.fsync(descriptor)
                part.replace(target)
                changed = "the file is there, and may not outlast a power cut"
                _sync_folder(target.parent)
                return
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:  # with frames that hold what was read
        reason = error.strerror or type(error).__name__
    todo = "See that the one can be read, the other written, and that there is room."
    raise Refused(f"{target} cannot be made from {source} ({reason})", todo=todo, changed=changed)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(source: BinaryIO, size: int) -> bytes:
    """Return so many bytes, fewer only at the end: a pipe gives what it has, and no more."""
    parts, missing = [], size
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _send(target: BinaryIO, raw: bytes) -> None:
    """Write all of it: an unbuffered file may take a part. A target that does not count is taken at its word."""
    write: Callable[[bytes], int | None] = target.write
    while (sent := write(raw)) is not None and sent < len(raw):
        if not sent:
            raise OSError(errno.EAGAIN, "the target takes nothing")
        raw = raw[sent:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _cipher(key: PersonKey, salt: bytes, about: bytes) -> AESGCM:
    return AESGCM(key.file_key(salt, about).material(READS_KEY_MATERIAL))


class SealedWriter(io.RawIOBase):
    """Seals what is written to it, chunk by chunk. Holds one chunk in memory."""

    def __init__(self, key: PersonKey, target: BinaryIO, about: bytes) -> None:
        """Write the head."""
        super().__init__()
        salt = secrets.token_bytes(SALT)
        self._target = target
        self._gcm = _cipher(key, salt, about)
        self._waiting = bytearray()
        self._number = 0
        self._failed = False
        _send(target, MAGIC + key.id + salt)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, some: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer that bytes can be made of
        """Take bytes in; whole chunks go out, except the last, which is known only at the end.

        Raises ValueError once it was closed, Refused once a write failed.
        """
        if self.closed:
            raise ValueError("write to closed file")
        if self._failed:
            raise Refused("a file whose writing failed cannot be gone on with", todo="Seal it again from its beginning.")
        before = len(self._waiting)
        self._waiting += some
        taken = len(self._waiting) - before
        if len(self._waiting) > CHUNK:
            self._drain()
        return taken

    def _drain(self) -> None:
        self._failed = True  # until all of it went out: what goes out twice would use a nonce twice
        view = memoryview(bytes(self._waiting))
        whole = (len(view) - 1) // CHUNK
        for at in range(whole):
            self._put(view[at * CHUNK : (at + 1) * CHUNK], last=False)
        del self._waiting[: whole * CHUNK]
        self._failed = False

    def _put(self, chunk: bytes | memoryview, *, last: bool) -> None:
        if self._number >= MOST_CHUNKS:
            raise Refused("a file of more than 256 TiB cannot be sealed", todo="Split it.")
        _send(self._target, self._gcm.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1

    def close(self) -> None:
        """Seal the last chunk. The target stays open. A file whose writing failed is left without an end, and will not open."""
        if not self.closed:
            try:
                if not self._failed:
                    self._put(bytes(self._waiting), last=True)
            finally:
                self._waiting = bytearray()
                super().close()

    def __del__(self) -> None:
        """Leave a writer that nobody closed without an end."""
        self._failed = True
        super().__del__()

    def __exit__(self, kind: object, *rest: object) -> None:
        """End the file, unless the block failed: half a file must not pass for a whole one."""
        self._failed = self._failed or kind is not None
        self.close()


class SealedReader(io.RawIOBase):
    """Opens a sealed file as it is read. Every byte it gives was authenticated; a file that was cut is never read to an end."""

    def __init__(self, key: PersonKey, source: BinaryIO, head: bytes, about: bytes) -> None:
        """Take the file behind its head; where it can seek, see at once that its last chunk is its last."""
        super().__init__()
        self._source = source
        self._gcm = _cipher(key, head[-SALT:], about)
        self._ahead = b""
        self._chunk = b""
        self._number = -1
        self._at = 0
        self._ended = False
        self._sound = True
        self._size: int | None = None
        if source.seekable():
            self._begin = source.tell()
            self._measure()
        else:
            self._ahead = _read(source, SEALED_CHUNK)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Whether the sealed file can seek."""
        return self._size is not None

    @property
    def size(self) -> int | None:
        """How many bytes the file has once opened; None where the sealed file cannot seek."""
        return self._size

    def _measure(self) -> None:
        sealed = self._source.seek(0, os.SEEK_END) - self._begin
        chunks = -(-sealed // SEALED_CHUNK)
        if sealed < TAG or sealed - (chunks - 1) * SEALED_CHUNK < TAG:
            raise _cut()
        self._chunks = chunks
        self._size = sealed - chunks * TAG
        self._load(chunks - 1)

    def _load(self, number: int) -> None:
        """Open one chunk of a file that can seek."""
        if number == self._number:
            return
        self._source.seek(self._begin + number * SEALED_CHUNK)
        sealed = _read(self._source, SEALED_CHUNK)
        self._chunk, self._number = self._opened(sealed, number, last=number == self._chunks - 1), number

    def _opened(self, sealed: bytes, number: int, *, last: bool) -> bytes:
        try:
            return self._gcm.decrypt(_nonce(number, last=last), sealed, None)
        except InvalidTag:
            pass
        raise SealBroken(f"chunk {number} of a sealed file does not open: it was changed, cut, or sealed for another", todo=RESTORE)

    def _next(self) -> bool:
        """Open the next chunk of a file that cannot seek; return False at its end."""
        if self._ended:
            return False
        if not self._sound:
            raise SealBroken("a sealed file was read on behind a chunk that does not open", todo=RESTORE)
        sealed, self._ahead = self._ahead, _read(self._source, SEALED_CHUNK)
        self._sound = False
        if len(sealed) < TAG:
            raise _cut()
        last = not self._ahead
        self._chunk = self._opened(sealed, self._number + 1, last=last)
        self._number, self._at, self._ended, self._sound = self._number + 1, 0, last, True
        return bool(self._chunk) or self._next()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer that can be written to
        """Fill a buffer; 0 at the end. Raises SealBroken where the file was changed, before giving any of that chunk out.

        Raises ValueError once it was closed.
        """
        if self.closed:
            raise ValueError("read of closed file")
        with memoryview(buffer).cast("B") as view:
            some = self._some(len(view))
            view[: len(some)] = some
            return len(some)

    def _some(self, most: int) -> bytes:
        if self._size is None:
            if self._at >= len(self._chunk) and not self._next():
                return b""
            some = self._chunk[self._at : self._at + most]
        else:
            if self._at >= self._size:
                return b""
            self._load(self._at // CHUNK)
            some = self._chunk[self._at % CHUNK : self._at % CHUNK + most]
        self._at += len(some)
        return some

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place in the opened file. Raises io.UnsupportedOperation where the sealed file cannot seek."""
        if self._size is None:
            raise io.UnsupportedOperation("this file cannot seek")
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return the place in the opened file."""
        if self._size is None:
            raise io.UnsupportedOperation("this file cannot seek")
        return self._at


def _cut() -> KeptError:
    return SealBroken("a sealed file was cut", todo=RESTORE)


def _other_format(start: bytes) -> KeptError:
    if looks_sealed(start):
        return UnknownFormat(
            f"a file is sealed in format {start[4:5].decode('ascii')}, and this Kept reads format 1",
            todo="Install the Kept that wrote it.",
        )
    return UnknownFormat("a file is not sealed", todo="Seal it, or read it without the vault.")
