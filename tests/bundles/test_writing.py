"""Writing that fails: rows that break off, a full disk, a writer that is killed. Nothing is left, and nothing half is served."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kept.base.errors import Refused, SourceError, StoreUnreachable
from kept.base.personal import Personal
from kept.bundles import FileItem, clear_unfinished, plain_size, write_bundle
from kept.bundles.spool import IN_MEMORY, Spool

from .making import ABOUT, KEY, LETTER, SIGNER, members, section, usual, write

SECRET = "a-value-of-a-person"


def failing(after: int, error: Exception, size: int = 10) -> Iterator[dict[str, Any]]:
    for number in range(after):
        yield {"id": number, "note": SECRET * size}
    raise error


@pytest.mark.parametrize("after", [0, 1, 600, 20_000])
def test_rows_that_break_off_leave_nothing(tmp_path: Path, after: int) -> None:
    lost = StoreUnreachable("the connection was lost", store="shop", todo="Try again.")
    with pytest.raises(StoreUnreachable):
        write(tmp_path / "b", [usual()[0][0], section(failing(after, lost), ("id", "note"))])
    assert not [*tmp_path.iterdir()]


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def content() -> Iterator[bytes]:
        yield bytes(200_000)
        raise OSError("the folder is gone")

    with pytest.raises(OSError, match="the folder is gone"):
        write(tmp_path / "b", usual()[0], [FileItem(name="a", content=content())])
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("row", [{"id": 1, "password": SECRET}, {"id": Personal(SECRET)}])
def test_a_row_that_should_not_be_there_is_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        write(tmp_path / "b", [section([{"id": 0}, row], ("id",))])
    assert SECRET not in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_a_bundle_that_is_there_stays_where_another_fails(tmp_path: Path) -> None:
    write(tmp_path / "b", *usual())
    before = (tmp_path / "b").read_bytes()
    with pytest.raises(Refused):
        write(tmp_path / "b", [section([{"more": 1}], ("id",))])
    assert (tmp_path / "b").read_bytes() == before
    write(tmp_path / "b", [])
    assert "data/shop.orders.json" not in members(tmp_path / "b")


LIMITED = """
import resource, signal, sys
from pathlib import Path
from kept.base.errors import SourceError
from tests.bundles.making import section, write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    write(Path(sys.argv[1]), [section(({"id": n, "note": str(n) * 60} for n in range(30_000)), ("id", "note"))])
except SourceError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [0, 50, 300_000, 2_000_000])
def test_a_disk_that_is_full_is_said_and_nothing_is_left(tmp_path: Path, room: int) -> None:
    """The system itself refuses a file of more than so many bytes: at the head, in the ZIP, or in what waits beside it."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "b"), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=Path(__file__).parents[2])
    assert "the bundle cannot be written (File too large); nothing was changed" in done.stdout
    assert not done.stderr
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        write(tmp_path / "no" / "b", [])


KILLED = """
import sys
from pathlib import Path
from tests.bundles.making import section, write
def rows():
    for number in range(10**9):
        yield {"id": number, "note": "a-value-of-a-person" * 50}
        if number == 20_000:
            print("on its way", flush=True)
write(Path(sys.argv[1]), [section(rows(), ("id", "note"))])
"""


def test_a_writer_that_is_killed_leaves_nothing_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "b"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on its way\n"
        process.send_signal(signal.SIGKILL)
    assert not path.exists()
    (left,) = tmp_path.iterdir()  # what waited beside it had no name, and is gone
    assert b"a-value-of-a-person" not in left.read_bytes()
    write(path, *usual())
    assert [there.name for there in tmp_path.iterdir()] == ["b"]
    assert plain_size(path) > 0


def test_only_what_was_left_of_the_same_bundle_is_cleared(tmp_path: Path) -> None:
    mine, others = tmp_path / f".b.{'0' * 16}.part", [tmp_path / f".bb.{'0' * 16}.part", tmp_path / ".b.part", tmp_path / "b"]
    for path in (mine, *others):
        path.write_bytes(b"x")
    assert clear_unfinished(tmp_path / "b") == 1
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_of_two_writers_the_later_wins_and_the_earlier_says_so(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"id": 1}
        write(tmp_path / "b", [section([{"id": "the later"}], ("id",))])
        yield {"id": 2}

    with pytest.raises(SourceError):
        write(tmp_path / "b", [section(rows(), ("id",))])
    assert json.loads(members(tmp_path / "b")["data/shop.orders.json"]) == [{"id": "the later"}]
    assert [there.name for there in tmp_path.iterdir()] == ["b"]


def test_nothing_of_a_person_lies_on_the_disk_in_the_clear(tmp_path: Path) -> None:
    """Rows larger than what stays in memory, looked for in every file that the process has open, nameless ones too."""
    looked: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(3_000):
            yield {"id": number, "note": SECRET * 100}
            if number % 1_000 == 999:
                looked.append(look(tmp_path))

    write(tmp_path / "b", [section(rows(), ("id", "note"))], [FileItem(name="a", content=[SECRET.encode() * 10_000])])
    assert looked[-1] == 3, "the bundle, the CSV and the readable rows"
    assert SECRET.encode() not in (tmp_path / "b").read_bytes()


def look(folder: Path) -> int:
    """Return how many files in the folder are open, having seen that none holds the secret."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        if descriptor.is_symlink() and str(descriptor.readlink()).startswith(str(folder)):
            count += 1
            with descriptor.open("rb") as source:
                assert SECRET.encode() not in source.read()
    return count


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write(tmp_path / "b", [])
    finally:
        os.umask(old)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    sections, files = usual()
    write_bundle(
        tmp_path / "b",
        key=KEY,
        about=ABOUT,
        sections=sections,
        files=files,
        letter=LETTER,
        signer=SIGNER,
        progress=lambda what, done, total: told.append((what, done, total)),
    )
    assert ("shop.orders", 2_500, 2_500) in told
    assert ("shop.orders", 1_000, None) in told


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 5])
def test_a_spool_gives_back_what_it_took(tmp_path: Path, size: int) -> None:
    raw = os.urandom(size)
    with Spool(tmp_path) as spool:
        for at in range(0, size, 50_021):
            spool.write(raw[at : at + 50_021])
        assert b"".join(spool.range()) == raw
        assert b"".join(spool.range(size // 3, size // 2)) == raw[size // 3 : size // 2]
        assert b"".join(spool.range()) == raw
    assert not [*tmp_path.iterdir()]
