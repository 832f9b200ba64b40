"""What only key files do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kept.base.errors import Refused, StrangeKey
from tests.vault.providers.benches import INSTALLATION, FileBench, some


def only_file(bench: FileBench) -> Path:
    [path] = bench.keys.iterdir()
    return path


def test_the_file_is_its_owner_s_alone(file_bench: FileBench) -> None:
    reference = file_bench.open().make(INSTALLATION)
    path = only_file(file_bench)
    assert path.name == f"{reference}.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert file_bench.keys.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused(file_bench: FileBench, mode: int) -> None:
    reference = file_bench.open().make(INSTALLATION)
    path = only_file(file_bench)
    path.chmod(mode)
    with pytest.raises(Refused, match=f"mode {mode:o}") as caught:
        file_bench.open().wrap(reference, *some(1))
    assert f"chmod 600 {path}" in caught.value.todo
    path.chmod(0o600)
    assert file_bench.open().wrap(reference, *some(1))


def test_after_it_was_destroyed_the_key_s_bytes_are_nowhere_in_the_folder(file_bench: FileBench) -> None:
    """In the folder's files, and in those that were open: the bytes are overwritten before the name goes."""
    provider = file_bench.open()
    gone, kept = provider.make(INSTALLATION), provider.make(INSTALLATION)
    path = file_bench.keys / f"{gone}.key"
    key = json.loads(path.read_bytes())["key"]
    with path.open("rb") as still_open:
        assert key.encode() in still_open.read()
        provider.destroy(gone)
        still_open.seek(0)
        after = still_open.read()
    left = b"".join(one.read_bytes() for one in file_bench.folder.rglob("*") if one.is_file())
    for form in (key.encode(), bytes.fromhex(key)):
        assert form not in after
        assert form not in left
    assert [one.name for one in file_bench.keys.iterdir()] == [f"{kept}.key"]


def test_with_a_passphrase_the_key_is_not_in_the_file_in_clear(file_with_passphrase_bench: FileBench) -> None:
    file_with_passphrase_bench.open().make(INSTALLATION)
    body = json.loads(only_file(file_with_passphrase_bench).read_bytes())
    assert "key" not in body
    assert body["scrypt"]["n"] == 2**17
    assert body["installation"] == INSTALLATION


def test_the_old_passphrase_still_opens_until_the_rotation(
    file_with_passphrase_bench: FileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = file_with_passphrase_bench
    old = bench.open()
    reference = old.make(INSTALLATION)
    keys, about = some(1)
    wrapped = old.wrap(reference, keys, about)
    monkeypatch.setenv("KEPT_TEST_NEW", "another battery")
    both = bench.open(passphrase="env:KEPT_TEST_NEW", old_passphrase="env:KEPT_TEST_PASSPHRASE")
    assert both.unwrap(reference, wrapped, about) == keys
    rotated = both.make(INSTALLATION)
    assert bench.open(passphrase="env:KEPT_TEST_NEW").wrap(rotated, keys, about)


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "another"},
        {"kept_key": 2},
        {"key": "00" * 31},
        {"key": "not hex"},
        {"key": None},
    ],
)
def test_a_file_that_was_changed_is_strange(file_bench: FileBench, change: dict[str, object]) -> None:
    reference = file_bench.open().make(INSTALLATION)
    path = only_file(file_bench)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change))
    with pytest.raises(StrangeKey, match="is not the key file it is named for"):
        file_bench.open().wrap(reference, *some(1))


def test_a_file_that_was_cut_is_strange(file_bench: FileBench) -> None:
    reference = file_bench.open().make(INSTALLATION)
    path = only_file(file_bench)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StrangeKey, match="is not the key file it is named for"):
        file_bench.open().wrap(reference, *some(1))
