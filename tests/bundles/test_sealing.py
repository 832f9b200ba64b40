"""The seal of a bundle under attack, cut anywhere, and read in ranges."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.base.errors import KeptError, NotThere, Refused, SealBroken, SourceError, UnknownFormat
from kept.bundles.sealing import CHUNK, HEAD, MAGIC, SEALED_CHUNK, SealedWriter, open_range, plain_size, sealed_size

KEY = bytes(range(32))
PLAIN = random.Random(7).randbytes(3 * CHUNK + 7)
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7]


def seal(path: Path, plain: bytes, *, piece: int = 10_007, finish: bool = True, key: bytes = KEY) -> Path:
    with path.open("wb", buffering=0) as target:
        writer = SealedWriter(key, cast("BinaryIO", target))
        for at in range(0, len(plain), piece):
            writer.write(plain[at : at + piece])
        if finish:
            writer.finish()
    return path


def opened(path: Path, start: int = 0, stop: int | None = None, key: bytes = KEY) -> bytes:
    return b"".join(open_range(path, key, start, stop))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [1 << 20, CHUNK, 9_973])
def test_what_was_sealed_opens(tmp_path: Path, size: int, piece: int) -> None:
    path = seal(tmp_path / "b", PLAIN[:size], piece=piece)
    assert opened(path) == PLAIN[:size]
    assert plain_size(path) == size
    assert path.stat().st_size == sealed_size(size)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seal(tmp_path_factory.mktemp("sealed") / "b", PLAIN)


near_an_edge = st.builds(lambda chunk, off: chunk * CHUNK + off, st.integers(0, 4), st.integers(-3, 3))
places = st.one_of(st.integers(-5, len(PLAIN) + 5), near_an_edge)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places, st.one_of(st.none(), places))
def test_any_range_is_the_slice(sealed: Path, start: int, stop: int | None) -> None:
    end = len(PLAIN) if stop is None else max(0, stop)
    assert opened(sealed, start, stop) == PLAIN[max(0, start) : end]


def test_a_range_reads_only_its_chunks_and_the_last(tmp_path: Path) -> None:
    path = seal(tmp_path / "b", PLAIN)
    raw = bytearray(path.read_bytes())
    raw[HEAD + 5] ^= 1  # chunk 0
    path.write_bytes(raw)
    assert opened(path, CHUNK, 3 * CHUNK) == PLAIN[CHUNK : 3 * CHUNK]
    with pytest.raises(SealBroken, match="chunk 0"):
        opened(path, CHUNK - 1, CHUNK)


def classes_of_places() -> list[int]:
    last = HEAD + 3 * SEALED_CHUNK
    size = sealed_size(len(PLAIN))
    edges = [0, 3, len(MAGIC) - 2, len(MAGIC), len(MAGIC) + 31, len(MAGIC) + 32, HEAD - 1, HEAD, HEAD + CHUNK - 1, HEAD + CHUNK]
    return [*edges, HEAD + SEALED_CHUNK - 1, HEAD + SEALED_CHUNK, last - 1, last, last + 6, last + 7, size - 1]


@pytest.mark.parametrize("place", classes_of_places())
def test_a_changed_byte_anywhere_is_seen(tmp_path: Path, place: int) -> None:
    path = seal(tmp_path / "b", PLAIN)
    raw = bytearray(path.read_bytes())
    raw[place] ^= 0x40
    path.write_bytes(raw)
    with pytest.raises(UnknownFormat if place < len(MAGIC) else SealBroken):
        opened(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(len(MAGIC), sealed_size(len(PLAIN)) - 1), st.integers(1, 255))
def test_any_changed_byte_is_seen(sealed: Path, place: int, mask: int) -> None:
    raw = bytearray(sealed.read_bytes())
    raw[place] ^= mask
    changed = sealed.with_name("changed")
    changed.write_bytes(raw)
    with pytest.raises(SealBroken):
        opened(changed)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.integers(0, sealed_size(len(PLAIN)) - 1), st.integers(0, 3).map(lambda chunk: HEAD + chunk * SEALED_CHUNK)))
def test_a_cut_file_gives_nothing_at_all(sealed: Path, size: int) -> None:
    cut = sealed.with_name("cut")
    cut.write_bytes(sealed.read_bytes()[:size])
    with pytest.raises(SealBroken if size >= len(MAGIC) else UnknownFormat):
        open_range(cut, KEY, 0, 1)  # by the call alone, before any byte is given out


@pytest.mark.parametrize("size", SIZES)
def test_an_unfinished_file_is_never_served(tmp_path: Path, size: int) -> None:
    path = seal(tmp_path / "b", PLAIN[:size], finish=False)
    with pytest.raises(SealBroken):
        open_range(path, KEY, 0, 1)


def test_chunks_do_not_change_places_nor_come_from_elsewhere(tmp_path: Path) -> None:
    raw = seal(tmp_path / "a", PLAIN).read_bytes()
    other = seal(tmp_path / "b", PLAIN).read_bytes()
    zero, one, two = (slice(HEAD + at * SEALED_CHUNK, HEAD + (at + 1) * SEALED_CHUNK) for at in range(3))
    rest = raw[HEAD + 3 * SEALED_CHUNK :]
    made = {
        "swapped": raw[:HEAD] + raw[one] + raw[zero] + raw[two] + rest,
        "twice": raw[:HEAD] + raw[zero] + raw[zero] + raw[two] + rest,
        "left out": raw[:HEAD] + raw[zero] + raw[two] + rest,
        "foreign": raw[:HEAD] + raw[zero] + other[one] + raw[two] + rest,
        "added": raw + raw[zero],
        "last twice": raw + rest,
    }
    path = tmp_path / "changed"
    for changed in made.values():
        path.write_bytes(changed)
        with pytest.raises(SealBroken):
            opened(path)


def test_another_key_does_not_open_it(sealed: Path) -> None:
    with pytest.raises(SealBroken, match="another key"):
        open_range(sealed, os.urandom(32))


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_a_key_of_another_length_is_refused(sealed: Path, key: bytes) -> None:
    with pytest.raises(Refused, match="32 bytes"):
        open_range(sealed, key)


def test_the_same_bytes_look_different_each_time(tmp_path: Path) -> None:
    one, two = (seal(tmp_path / name, PLAIN).read_bytes() for name in "ab")
    assert one[: len(MAGIC)] == two[: len(MAGIC)]
    assert all(one[at : at + 32] != two[at : at + 32] for at in range(len(MAGIC), len(one) - 32, 1_009))


def test_what_is_no_bundle_is_told_from_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "b"
    for raw, kind in (
        (b"", UnknownFormat),
        (b"PK\x03\x04" * 50, UnknownFormat),
        (b"kept2b:" + bytes(90), UnknownFormat),
        (MAGIC, SealBroken),
    ):
        path.write_bytes(raw)
        for look in (lambda: plain_size(path), lambda: open_range(path, KEY)):
            with pytest.raises(kind):
                look()
    for look in (lambda: plain_size(tmp_path / "no"), lambda: open_range(tmp_path / "no", KEY)):
        with pytest.raises(NotThere):
            look()
    with pytest.raises(SourceError):
        plain_size(tmp_path)


def test_a_full_disk_is_said_once_and_what_comes_behind_falls() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(SourceError, match="No space left"):
        SealedWriter(KEY, cast("BinaryIO", full))


class FullAfter:
    """The disk is full after some bytes; before that it takes a few at a time."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, some: memoryview) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = min(len(some), self.room, 5_000)
        self.room -= taken
        return taken


def test_a_writer_that_failed_neither_goes_on_nor_finishes() -> None:
    writer = SealedWriter(KEY, cast("BinaryIO", FullAfter(HEAD + 2 * SEALED_CHUNK)))
    with pytest.raises(SourceError, match="cannot be written") as caught:
        writer.write(PLAIN)
    assert str(PLAIN[:20]) not in str(caught.value)
    assert writer.write(b"more") == 4
    with pytest.raises(Refused):
        writer.finish()


def test_errors_name_no_key(sealed: Path) -> None:
    key = os.urandom(32)
    with pytest.raises(KeptError) as caught:
        open_range(sealed, key)
    assert key.hex() not in repr(caught.value)
