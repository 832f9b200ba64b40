"""Checking the ZIP that a person has: that it is what the controller signed, to the byte, and nothing else."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

import orjson

from kept.base.errors import IntegrityError, KeptError, NotThere, SourceError, UnknownFormat
from kept.ledger.notes import NoteError, Verifier

from .manifest import MANIFEST, SIGNATURE, VERSION, opened_note

__all__ = ["Verified", "verify_bundle"]

LARGEST_NOTE: Final = 64 * 1024
LARGEST_MANIFEST: Final = 2**30
PIECE: Final = 1024 * 1024
LOCAL: Final = struct.Struct("<4s22xHH")
"""The head of a member: its sign, and the lengths of its name and its extra field (APPNOTE 4.3.7)."""
DESCRIPTOR: Final = b"PK\x07\x08"
HAS_DESCRIPTOR: Final = 0x08
ENCRYPTED: Final = 0x01
TODO: Final = "Download the archive again; if it still does not agree, ask the controller, and do not rely on what it says."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A bundle that is whole: what its manifest says, and by which key it was signed."""

    manifest: Mapping[str, Any]
    signed_by: str
    files: int
    """Files in the archive, besides the manifest and its signature."""
    bytes: int
    """What they hold together."""

    @property
    def request(self) -> str:
        """The reference of the request that it answers."""
        return str(self.manifest["request"])


def verify_bundle(path: Path, verifier: Verifier) -> Verified:
    """Check an archive against its manifest and the manifest against its signature; return what it says.

    Every file that the manifest names is there, once, with its bytes; none else is, not even between the members, where a program
    that does not go by the directory would find it. Raises NotThere, SourceError; UnknownFormat where it is no bundle;
    IntegrityError for anything that is not as it was signed. It says nothing about whether the controller left something out.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verified(archive, verifier)
    except FileNotFoundError:
        raise NotThere("There is no such archive", todo="Name the ZIP file that you downloaded.") from None
    except OSError as error:
        raise SourceError(
            f"the archive cannot be read ({error.strerror or type(error).__name__})",
            store=path.name,
            todo="See that you may read it.",
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, UnicodeDecodeError):
        pass  # also what a broken member raises while it is read
    raise _no_bundle(path)


def _no_bundle(path: Path) -> KeptError:
    if not zipfile.is_zipfile(path):
        return UnknownFormat("this is no ZIP archive, or one that was cut", todo="Name the ZIP file that you downloaded, whole.")
    return _wrong("the archive is damaged")


def _wrong(happened: str) -> IntegrityError:
    return IntegrityError(happened, todo=TODO)


def _verified(archive: zipfile.ZipFile, verifier: Verifier) -> Verified:
    members = archive.infolist()
    names = [member.filename for member in members]
    if MANIFEST not in names or SIGNATURE not in names:
        raise UnknownFormat("this archive has no signed manifest", todo="Name the ZIP file that you downloaded.")
    if len({*names}) != len(names):
        raise _wrong("the archive has two files of one name")
    _check_layout(archive, members)
    manifest = _manifest(archive, verifier)
    contents = {one["path"]: one for one in manifest["contents"]}
    added = {*names} - {*contents} - {MANIFEST, SIGNATURE}
    if added:
        raise _wrong(f"the archive has {len(added)} files that its manifest does not name")
    total = 0
    for number, (name, said) in enumerate(contents.items(), 1):
        if name not in names:
            raise _wrong(f"{_called(name, number)} is missing")
        total += _check(archive, name, said, number)
    return Verified(manifest=manifest, signed_by=str(verifier), files=len(contents), bytes=total)


def _manifest(archive: zipfile.ZipFile, verifier: Verifier) -> dict[str, Any]:
    with archive.open(SIGNATURE) as source:
        note = source.read(LARGEST_NOTE + 1)
    try:
        size, digest = opened_note(note, verifier)
    except NoteError as error:
        raise _wrong(f"the manifest is not signed by {verifier.name} ({error})") from None
    with archive.open(MANIFEST) as source:
        raw = source.read(min(size, LARGEST_MANIFEST) + 1)
    if len(raw) != size or sha256(raw).hexdigest() != digest:
        raise _wrong("the manifest is not the one that was signed")
    manifest: dict[str, Any] = orjson.loads(raw)
    if manifest.get("kept_bundle") != VERSION:
        raise UnknownFormat("the archive is a bundle of another version", todo="Use the Kept that made it.")
    return manifest


def _check(archive: zipfile.ZipFile, name: str, said: Mapping[str, Any], number: int) -> int:
    """Return the bytes of a file that is as the manifest says."""
    member = archive.getinfo(name)
    if member.file_size != said["bytes"]:
        raise _wrong(f"{_called(name, number)} was changed")
    running, size = sha256(), 0
    try:
        with archive.open(member) as source:
            while piece := source.read(PIECE):
                running.update(piece)
                size += len(piece)
    except zipfile.BadZipFile:
        raise _wrong(f"{_called(name, number)} was changed") from None
    if size != said["bytes"] or running.hexdigest() != said["sha256"]:
        raise _wrong(f"{_called(name, number)} was changed")
    return size


def _called(name: str, number: int) -> str:
    """Return what to call a file in an error: names of files may say something about the person, so they have a number."""
    return f"file {number} of the manifest" if name.startswith("files/") else name


def _check_layout(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> None:
    """See that the members lie one behind another, from the first byte to the directory, which ends the file."""
    source = archive.fp
    at = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if source is None or member.header_offset != at or member.flag_bits & ENCRYPTED:
            raise _wrong("the archive has something between its files")
        at = _end_of(source, member)
    if at != archive.start_dir or archive.comment:
        raise _wrong("the archive has something behind its files")


def _end_of(source: IO[bytes], member: zipfile.ZipInfo) -> int:
    source.seek(member.header_offset)
    _, name, extra = LOCAL.unpack(source.read(LOCAL.size))
    end = member.header_offset + LOCAL.size + int(name) + int(extra) + member.compress_size
    if not member.flag_bits & HAS_DESCRIPTOR:
        return int(end)
    source.seek(end)
    if source.read(len(DESCRIPTOR)) != DESCRIPTOR:
        raise _wrong("the archive is damaged")
    wide = _is_wide(source, member, int(extra), int(name))
    return int(end) + (24 if wide else 16)


def _is_wide(source: IO[bytes], member: zipfile.ZipInfo, extra: int, name: int) -> bool:
    """Return whether the member's head has the ZIP64 field, which makes the sizes behind it eight bytes long (APPNOTE 4.3.9.2)."""
    source.seek(member.header_offset + LOCAL.size + name)
    field = source.read(extra)
    return len(field) >= 4 and field[:2] == b"\x01\x00"
