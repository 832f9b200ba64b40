"""Writing sealed files: given up, on targets and disks that fail, in little memory, and with nothing in the clear on the way."""

from __future__ import annotations

import io
import json
import os
import random
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import BinaryIO, cast

import pytest

from kept.base.errors import KeptError, Refused
from kept.vault import Vault
from kept.vault.files import CHUNK, HEAD, MOST_CHUNKS, SEALED_CHUNK, FileField, sealed_size
from kept.vault.format import TAG
from tests.vault.test_files import Trickle

PLACE, ADA = "app.accounts.passport", "account:42"
PLAIN = random.Random(7).randbytes(3 * CHUNK + 7)
MARK = b"in the clear "


@pytest.fixture
def files(vault: Vault) -> FileField:
    """The place, used once, so that the keys database knows of it."""
    found = vault.files(PLACE)
    found.writer(ADA, io.BytesIO()).close()
    return found


def opened(files: FileField, sealed: bytes) -> bytes:
    return files.reader(ADA, io.BytesIO(sealed)).read()


def closed(files: FileField, sealed: bytes) -> None:
    with pytest.raises(KeptError):
        opened(files, sealed)


def give_up(files: FileField, target: BinaryIO, plain: bytes) -> None:
    with files.writer(ADA, target) as into:
        into.write(plain)
        raise RuntimeError


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_given_up_it_does_not_open(files: FileField, size: int) -> None:
    target, forgotten = io.BytesIO(), io.BytesIO()
    with pytest.raises(RuntimeError):
        give_up(files, target, PLAIN[:size])
    writer = files.writer(ADA, forgotten)
    writer.write(PLAIN[:size])
    closed(files, forgotten.getvalue())
    del writer
    for raw in (target.getvalue(), forgotten.getvalue()):
        assert len(raw) == HEAD + max(0, (size - 1) // CHUNK) * SEALED_CHUNK
        closed(files, raw)


def test_closed_it_takes_nothing_more(files: FileField) -> None:
    target = io.BytesIO()
    writer = files.writer(ADA, target)
    writer.write(PLAIN)
    assert writer.writable()
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(PLAIN)
    assert not target.closed
    assert opened(files, target.getvalue()) == PLAIN


def test_it_counts_bytes_whatever_it_is_given(files: FileField) -> None:
    target = io.BytesIO()
    with files.writer(ADA, target) as into:
        assert into.write(memoryview(PLAIN[:400]).cast("I")) == 400
        assert into.write(bytearray(PLAIN[400:700])) == 300
        assert into.write(b"") == 0
        with pytest.raises(TypeError):
            into.write("text")  # type: ignore[arg-type]  # what a careless program does
    assert opened(files, target.getvalue()) == PLAIN[:700]


def test_a_target_that_takes_little_at_a_time_gets_everything(files: FileField) -> None:
    target = Trickle(most=1_009)
    with files.writer(ADA, cast("BinaryIO", target)) as into:
        into.write(PLAIN)
    assert opened(files, target.inside.getvalue()) == PLAIN


class Silent(io.BytesIO):
    """A target that does not say how much it took."""

    def write(self, some: bytes, /) -> None:  # type: ignore[override]  # the point of it
        super().write(some)


class Full(io.BytesIO):
    """A target whose nth write fails, having taken half of it; or takes nothing, and says so."""

    def __init__(self, at: int, *, stuck: bool = False) -> None:
        """Take the number of the write, counted from 1."""
        super().__init__()
        self.at, self.writes, self.stuck = at, 0, stuck

    def write(self, some: bytes, /) -> int:  # type: ignore[override]  # bytes are all it is given
        self.writes += 1
        if self.writes == self.at and self.stuck:
            return 0
        if self.writes == self.at:
            super().write(some[: len(some) // 2])
            raise OSError(28, "No space left on device")
        return super().write(some)


def test_a_target_that_does_not_count_is_taken_at_its_word(files: FileField) -> None:
    target = Silent()
    with files.writer(ADA, target) as into:
        into.write(PLAIN)
    assert opened(files, target.getvalue()) == PLAIN


@pytest.mark.parametrize("stuck", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_once_a_write_failed_nothing_more_is_sealed(files: FileField, at: int, stuck: bool) -> None:
    """Sealing the same chunks again would use their numbers, and so their nonces, twice."""
    target = Full(at, stuck=stuck)
    with pytest.raises(OSError, match=r"No space|takes nothing"), files.writer(ADA, target) as into:
        into.write(PLAIN)
    closed(files, target.getvalue())
    if at in (1, 5):
        return  # the head and the last chunk are not written by `write`
    target = Full(at, stuck=stuck)
    writer = files.writer(ADA, target)
    with pytest.raises(OSError, match=r"No space|takes nothing"):
        writer.write(PLAIN)
    before = target.getvalue()
    for _ in range(3):
        with pytest.raises(Refused, match="writing failed"):
            writer.write(b"more")
    writer.close()
    assert target.getvalue() == before
    closed(files, before)


def test_a_file_has_an_end(files: FileField) -> None:
    writer = files.writer(ADA, io.BytesIO())
    writer._number = MOST_CHUNKS - 1
    writer.write(bytes(CHUNK))
    with pytest.raises(Refused, match="256 TiB"):
        writer.write(bytes(CHUNK + 1))
    writer.close()


def test_whole_files_are_their_owners_alone_and_replace_what_was_there(files: FileField, tmp_path: Path) -> None:
    plain, sealed, again = tmp_path / "plain", tmp_path / ("long" * 63), tmp_path / "again"
    plain.write_bytes(PLAIN)
    again.write_bytes(b"what was there before")
    again.chmod(0o644)
    files.seal(ADA, plain, sealed, "name")
    files.open(ADA, sealed, again, "name")
    assert again.read_bytes() == PLAIN
    assert len(sealed.read_bytes()) == sealed_size(len(PLAIN))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (sealed, again)] == [0o600, 0o600]
    files.seal(ADA, plain, plain)
    files.open(ADA, plain, plain)
    assert plain.read_bytes() == PLAIN
    assert {path.name for path in tmp_path.iterdir()} == {"plain", sealed.name, "again", "privacy"}


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the system fail every write behind that place."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "room", [0, 1, HEAD, HEAD + 1, SEALED_CHUNK, 2 * SEALED_CHUNK, 3 * SEALED_CHUNK + HEAD, sealed_size(len(PLAIN)) - 1]
)
def test_a_disk_that_is_full_leaves_what_was_there(files: FileField, tmp_path: Path, room: int) -> None:
    plain, sealed, target = (tmp_path / name for name in ("plain", "sealed", "target"))
    plain.write_bytes(PLAIN)
    files.seal(ADA, plain, sealed)
    target.write_bytes(b"what was there before")
    with no_file_longer_than(room):
        for call, source in ((files.seal, plain), (files.open, sealed)):
            if call == files.open and room >= len(PLAIN):
                continue
            with pytest.raises(Refused, match=r"cannot be made from .* \(File too large\)") as caught:
                call(ADA, source, target)
            assert caught.value.changed == "nothing was changed"
            assert caught.value.__context__ is None
    assert target.read_bytes() == b"what was there before"
    assert {path.name for path in tmp_path.iterdir()} == {"plain", "sealed", "target", "privacy"}


def test_what_cannot_be_read_or_written_is_refused(files: FileField, tmp_path: Path) -> None:
    plain, gone = tmp_path / "plain", tmp_path / "gone"
    plain.write_bytes(PLAIN)
    for source, target in (
        (gone, tmp_path / "target"),
        (tmp_path, tmp_path / "target"),
        (plain, gone / "target"),
        (plain, tmp_path),
    ):
        for call in (files.seal, files.open):
            with pytest.raises(KeptError):
                call(ADA, source, target)
    assert {path.name for path in tmp_path.iterdir()} == {"plain", "privacy"}


def test_a_broken_file_is_not_opened_in_part(files: FileField, tmp_path: Path) -> None:
    plain, sealed, target = (tmp_path / name for name in ("plain", "sealed", "target"))
    plain.write_bytes(PLAIN)
    files.seal(ADA, plain, sealed)
    raw = sealed.read_bytes()
    for broken in (raw[:-1], raw[:-TAG], raw[: HEAD + SEALED_CHUNK], raw[:-20] + bytes(20), raw[:HEAD]):
        sealed.write_bytes(broken)
        with pytest.raises(KeptError):
            files.open(ADA, sealed, target)
        assert {path.name for path in tmp_path.iterdir()} == {"plain", "sealed", "privacy"}


def test_nothing_stands_in_the_clear_while_it_is_sealed(files: FileField, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source is a pipe, so the file is half sealed when we look at every file there is."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    source, target, plain = tmp_path / "pipe", tmp_path / "sealed", MARK * 50_000
    os.mkfifo(source)
    thread = Thread(target=files.seal, args=(ADA, source, target))
    thread.start()
    with source.open("wb", buffering=0) as feed:
        feed.write(plain[:400_000])
        while not any(path.stat().st_size > 3 * CHUNK for path in tmp_path.glob(".*.part")):
            assert thread.is_alive()
        seen = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert not target.exists()
        feed.write(plain[400_000:])
    thread.join()
    seen.append(target.read_bytes())
    assert opened(files, seen[-1]) == plain
    assert not [raw for raw in seen if MARK in raw]


PROGRAM = """
import json, resource, sys
from pathlib import Path
from kept.vault import open_vault
folder, work = Path(sys.argv[1]), Path(sys.argv[2])
vault = open_vault(folder)
files = vault.files("app.files.content")
with (work / "plain").open("wb") as out:
    out.truncate(200_000_000)
small = work / "small"
small.write_bytes(b"so that everything is loaded")
files.seal("account:1", small, work / "small.sealed")
files.open("account:1", work / "small.sealed", small)
def grown():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = grown()
files.seal("account:1", work / "plain", work / "sealed")
sealed = grown()
files.open("account:1", work / "sealed", work / "opened")
print(json.dumps([sealed - before, grown() - before, (work / "opened").stat().st_size]))
"""


def test_two_hundred_megabytes_take_no_more_memory_than_one(vault: Vault, privacy: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(privacy), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    sealing, both, size = json.loads(done.stdout)
    assert size == 200_000_000
    assert max(sealing, both) < 30_000, "KiB"
    for name in ("plain", "sealed", "opened"):
        (tmp_path / name).unlink()
