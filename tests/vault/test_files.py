"""Sealed files under attack, on disks that fail, and in pieces of every size."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path
from threading import Thread
from typing import BinaryIO, cast

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.base.errors import KeptError, KeyDestroyed, SealBroken, UnknownFormat, UnknownKey
from kept.vault import Vault, destroy, open_vault
from kept.vault.files import CHUNK, HEAD, MAGIC, SEALED_CHUNK, FileField, looks_sealed, sealed_size
from kept.vault.format import TAG
from kept.vault.schema import KEY

PLACE, ADA, BOB = "app.accounts.passport", "account:42", "account:43"
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK + 7]
PLAIN = random.Random(7).randbytes(3 * CHUNK + 7)
WAYS = ["seeking", "streaming", "trickling"]


class Trickle(io.RawIOBase):
    """A file that cannot seek and gives, or takes, a few bytes at a time, as a pipe may."""

    def __init__(self, raw: bytes = b"", most: int = 5_003) -> None:
        """Take what there is to read."""
        super().__init__()
        self.inside = io.BytesIO(raw)
        self.most = most

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer that can be written to
        return self.inside.readinto(memoryview(buffer)[: self.most])

    def write(self, some: bytes, /) -> int:  # type: ignore[override]  # bytes are all it is given
        return self.inside.write(some[: self.most])


class Straight(Trickle):
    """A file that cannot seek."""

    def __init__(self, raw: bytes = b"") -> None:
        """Take what there is to read, and give it in one piece."""
        super().__init__(raw, 2**30)


def source(raw: bytes, way: str) -> BinaryIO:
    return cast("BinaryIO", {"seeking": io.BytesIO, "streaming": Straight, "trickling": Trickle}[way](raw))


@pytest.fixture
def files(vault: Vault) -> FileField:
    return vault.files(PLACE)


def seal(files: FileField, plain: bytes, name: str = "", subject: str = ADA, piece: int = CHUNK) -> bytes:
    target = io.BytesIO()
    with files.writer(subject, target, name) as into:
        for at in range(0, len(plain), piece):
            assert into.write(plain[at : at + piece]) == len(plain[at : at + piece])
    return target.getvalue()


def opened(files: FileField, sealed: bytes, way: str = "seeking", name: str = "", subject: str = ADA) -> bytes:
    with files.reader(subject, source(sealed, way), name) as plain:
        return plain.read()


def closed(files: FileField, sealed: bytes, begin: bytes = b"", name: str = "", subject: str = ADA) -> None:
    """See that it never opens to its end, even for a program that reads on after errors, and gives nothing but its beginning."""
    for way in WAYS:
        given, errors = bytearray(), 0
        try:
            plain = files.reader(subject, source(sealed, way), name)
        except KeptError:
            continue
        while errors < 5:
            try:
                some = plain.read(CHUNK)
            except KeptError:
                errors += 1
                continue
            assert some, "it ended as if it were whole"
            assert not errors, "it went on behind a chunk that does not open"
            given += some
        assert begin.startswith(given)


def exactly(plain: io.RawIOBase, length: int) -> bytes:
    """Read so many bytes, as often as it takes."""
    parts: list[bytes] = []
    while (missing := length - sum(map(len, parts))) and (part := plain.read(missing)):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("size", SIZES)
def test_every_size_comes_back_in_pieces_of_every_size(files: FileField, size: int) -> None:
    plain = PLAIN[:size]
    for piece in (CHUNK, 4_099, CHUNK - 1, CHUNK + 1, 3 * CHUNK):
        sealed = seal(files, plain, piece=piece)
        assert len(sealed) == sealed_size(size)
        assert [opened(files, sealed, way) == plain for way in WAYS] == [True, True, True]
        with files.reader(ADA, io.BytesIO(sealed)) as reader:
            assert reader.size == size
    assert looks_sealed(sealed)
    assert plain[:16] not in sealed or size < 8


@pytest.mark.parametrize("size", SIZES)
def test_cut_anywhere_it_does_not_open(files: FileField, size: int) -> None:
    sealed = seal(files, PLAIN[:size])
    borders = [HEAD + number * SEALED_CHUNK for number in range(5)]
    inside = [border + off for border in borders for off in (-TAG - 1, -TAG, -TAG + 1, -1, 0, 1, TAG - 1, TAG, TAG + 1, 30_000)]
    for end in sorted({*range(HEAD + 1), *inside, len(sealed) - 1, len(sealed) - TAG}):
        if 0 <= end < len(sealed):
            closed(files, sealed[:end], PLAIN)


def test_chunks_cannot_be_moved(files: FileField) -> None:
    sealed, other = seal(files, PLAIN), seal(files, PLAIN)
    head, chunks = sealed[:HEAD], [sealed[at : at + SEALED_CHUNK] for at in range(HEAD, len(sealed), SEALED_CHUNK)]
    a, b, c, end = chunks
    lent = other[HEAD : HEAD + SEALED_CHUNK]
    changed = {
        "swapped": [b, a, c, end],
        "swapped later": [a, c, b, end],
        "repeated": [a, a, b, c, end],
        "repeated in place": [a, a, c, end],
        "dropped": [a, c, end],
        "first dropped": [b, c, end],
        "last dropped": [a, b, c],
        "last repeated": [a, b, c, end, end],
        "last moved": [end, a, b, c],
        "from another file": [lent, b, c, end],
        "garbage between": [a, bytes(SEALED_CHUNK), b, c, end],
        "garbage behind": [*chunks, bytes(SEALED_CHUNK)],
        "a little behind": [*chunks, b"\0"],
        "a tag behind": [*chunks, bytes(TAG)],
        "itself behind": [*chunks, head, *chunks],
    }
    for parts in changed.values():
        closed(files, head + b"".join(parts), PLAIN)
    closed(files, other[:HEAD] + b"".join(chunks))
    assert opened(files, head + b"".join(chunks)) == PLAIN


def test_with_any_bit_of_its_head_flipped_it_does_not_open(files: FileField) -> None:
    sealed = seal(files, b"one chunk")
    for bit in range(HEAD * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        expected = UnknownFormat if bit < 8 * len(MAGIC) else UnknownKey if bit < 8 * (len(MAGIC) + 32) else SealBroken
        with pytest.raises(expected):
            opened(files, bytes(flipped))
    for bit in range(HEAD * 8, len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            opened(files, bytes(flipped), "streaming")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SIZES[1:]), st.data())
def test_changed_anywhere_it_does_not_open(files: FileField, size: int, data: st.DataObject) -> None:
    sealed = bytearray(seal(files, PLAIN[:size]))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place : place + data.draw(st.integers(0, 40))] = data.draw(
        st.binary(max_size=40).filter(lambda new: new != sealed[place : place + len(new)])
    )
    if len(sealed) != sealed_size(size) or bytes(sealed) != seal(files, PLAIN[:size]):
        closed(files, bytes(sealed), PLAIN)


def test_for_another_person_place_or_name_it_does_not_open(vault: Vault, files: FileField) -> None:
    sealed = seal(files, PLAIN, "scan.pdf")
    seal(files, b"", subject=BOB)
    assert opened(files, sealed, name="scan.pdf") == PLAIN
    for name in ("", "scan.pdf ", "scan", "SCAN.PDF"):
        closed(files, sealed, name=name)
    closed(files, sealed, name="scan.pdf", subject=BOB)
    closed(vault.files("app.accounts.passports"), sealed, name="scan.pdf")
    closed(vault.files(f"{PLACE}scan"), sealed, name=".pdf")
    closed(files, MAGIC + vault.load_current(BOB).id + sealed[39:], name="scan.pdf", subject=BOB)
    destroy(vault, [ADA])
    with pytest.raises(KeyDestroyed):
        opened(files, sealed, name="scan.pdf")


def test_once_another_process_destroyed_the_key_nothing_is_sealed_or_opened(files: FileField, privacy: Path) -> None:
    sealed, other = seal(files, PLAIN), open_vault(privacy)
    try:
        destroy(other, [ADA])
        with pytest.raises(KeyDestroyed):
            opened(files, sealed)
        seal(files, PLAIN, subject=BOB)
        destroy(other, [BOB])
        with pytest.raises(KeyDestroyed):
            files.writer(BOB, io.BytesIO())
    finally:
        other.close()


def test_the_keys_database_knows_that_there_are_files(vault: Vault, files: FileField) -> None:
    vault.field(PLACE).seal(ADA, b"")
    for expected in (False, True):
        with vault.database.reading() as connection:
            assert connection.scalar(sa.select(KEY.c.files)) is expected
        seal(files, b"")


@pytest.mark.parametrize("start", [b"", b"kept1", b"%PDF-1.7 and more", b"kept1:" + bytes(100), b"kept1F:", b"keptxf:" + bytes(99)])
def test_what_was_never_sealed_is_told(files: FileField, start: bytes) -> None:
    assert not looks_sealed(start)
    with pytest.raises(UnknownFormat, match="a file is not sealed"):
        opened(files, start)


def test_another_version_is_told_from_no_version(files: FileField) -> None:
    assert looks_sealed(b"kept2f:"), "so that nobody takes it for a file in the clear"
    with pytest.raises(UnknownFormat, match="format 2, and this Kept reads format 1") as caught:
        opened(files, b"kept2f:" + bytes(200))
    assert caught.value.todo == "Install the Kept that wrote it."


moves = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.integers(-2 * CHUNK, 4 * CHUNK), st.integers(0, CHUNK + 100)), max_size=12
)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.sampled_from(SIZES))
def test_seeking_and_reading_is_as_in_the_plain_file(files: FileField, moved: list[tuple[int, int, int]], size: int) -> None:
    plain, behind = io.BytesIO(PLAIN[:size]), io.BytesIO(b"before" + seal(files, PLAIN[:size]))
    behind.seek(6)
    with (
        files.reader(ADA, behind) as reader,
        io.BufferedReader(files.reader(ADA, source(seal(files, PLAIN[:size]), "seeking"))) as buffered,
    ):
        for whence, offset, length in moved:
            place = max(0, offset + (0, plain.tell(), size)[whence])
            assert (reader.seek(offset, whence), reader.tell()) == (place, place)
            plain.seek(place)
            buffered.seek(place)
            wanted = plain.read(length)
            assert buffered.read(length) == wanted
            assert exactly(reader, length) == wanted
        assert reader.seekable()
        assert reader.readable()
    with pytest.raises(ValueError, match="closed"):
        reader.read(1)


def test_a_stream_cannot_seek(files: FileField) -> None:
    reader = files.reader(ADA, source(seal(files, PLAIN), "streaming"))
    assert (reader.seekable(), reader.size) == (False, None)
    for call in (reader.tell, lambda: reader.seek(0)):
        with pytest.raises(io.UnsupportedOperation):
            call()
    assert reader.read(-1) == PLAIN
    assert [reader.read(1) for _ in range(3)] == [b"", b"", b""]


def test_through_a_real_pipe_with_a_slow_writer(files: FileField) -> None:
    sealed = seal(files, PLAIN)
    ends = os.pipe()

    def feed() -> None:
        with open(ends[1], "wb", buffering=0) as out:  # noqa: PTH123 - a descriptor
            for at in range(0, len(sealed), 997):
                out.write(sealed[at : at + 997])

    thread = Thread(target=feed)
    thread.start()
    with open(ends[0], "rb", buffering=0) as pipe, files.reader(ADA, cast("BinaryIO", pipe)) as plain:  # noqa: PTH123 - a descriptor
        assert plain.read() == PLAIN
    thread.join()
