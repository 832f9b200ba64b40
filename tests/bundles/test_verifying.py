"""What a person can prove with the archive alone: it is what was signed, and nothing was changed, added or taken away."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.base.errors import IntegrityError, KeptError, NotThere, SourceError, UnknownFormat
from kept.bundles import verify_bundle
from kept.bundles.manifest import signed
from kept.ledger.notes import Signer

from .making import SIGNER, members, plain, usual, write

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    path = tmp_path_factory.mktemp("bundle") / "b.kept"
    write(path, *usual())
    path.with_name("b.zip").write_bytes(plain(path))
    return members(path)


@pytest.fixture(scope="module")
def archive(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "b.zip"
    write(path.with_name("b.kept"), *usual())
    path.write_bytes(plain(path.with_name("b.kept")))
    return path


def packed(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, raw in files.items():
            made.writestr(name, raw)
    return path


def test_a_whole_archive_says_by_whom_it_was_signed(archive: Path) -> None:
    verified = verify_bundle(archive, SIGNER.verifier)
    assert verified.signed_by == str(SIGNER.verifier)
    assert verified.request == "R-2026-0042"
    assert verified.files == len(verified.manifest["contents"])
    assert verified.bytes == sum(one["bytes"] for one in verified.manifest["contents"])


def test_an_archive_that_was_packed_anew_is_the_same(files: Files, tmp_path: Path) -> None:
    assert verify_bundle(packed(tmp_path / "b.zip", files), SIGNER.verifier).request == "R-2026-0042"


def changed(name: str) -> Callable[[Files], Files]:
    return lambda files: {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])}


def signed_by_another(files: Files) -> Files:
    return {**files, "manifest.sig": signed(files["manifest.json"], Signer.generate(SIGNER.verifier.name))}


def signs_a_checkpoint(files: Files) -> Files:
    return {**files, "manifest.sig": SIGNER.sign("kept.example/log\n5\n" + "A" * 43 + "=\n").encode()}


def manifest_rewritten(files: Files) -> Files:
    manifest = json.loads(files["manifest.json"])
    manifest["tables"][0]["withheld"] = []
    return {**files, "manifest.json": json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed("data/shop.orders.json"), "data/shop.orders.json was changed"),
        (changed("index.html"), "index.html was changed"),
        (changed("files/a/avatar.png"), "of the manifest was changed"),
        (lambda files: {**files, "answer.txt": files["answer.txt"] + b"more"}, "answer.txt was changed"),
        (lambda files: {**files, "files/more.txt": b"x"}, "1 files that its manifest does not name"),
        (lambda files: {**files, "empty/": b""}, "does not name"),
        (lambda files: {name: raw for name, raw in files.items() if name != "pages/shop.orders.2.html"}, "2.html is missing"),
        (lambda files: {name: raw for name, raw in files.items() if name != "files/empty"}, "of the manifest is missing"),
        (changed("manifest.json"), "not the one that was signed"),
        (manifest_rewritten, "not the one that was signed"),
        (lambda files: {**files, "manifest.json": files["manifest.json"] + b"\n"}, "not the one that was signed"),
        (changed("manifest.sig"), "not signed by"),
        (lambda files: {**files, "manifest.sig": b"\xff\xfe"}, "not signed by"),
        (lambda files: {**files, "manifest.sig": b""}, "not signed by"),
        (signed_by_another, "not signed by"),
        (signs_a_checkpoint, "signs something else"),
    ],
)
def test_whatever_was_changed_is_found(files: Files, tmp_path: Path, change: Callable[[Files], Files], said: str) -> None:
    path = packed(tmp_path / "b.zip", change(files))
    with pytest.raises(IntegrityError, match=said) as caught:
        verify_bundle(path, SIGNER.verifier)
    assert "avatar" not in str(caught.value), "names of a person's files may say something about them"


def test_two_files_of_one_name_are_found(files: Files, tmp_path: Path) -> None:
    path = packed(tmp_path / "b.zip", files)
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("index.html", b"another")
    with pytest.raises(IntegrityError, match="two files of one name"):
        verify_bundle(path, SIGNER.verifier)


def hidden_between(raw: bytes) -> bytes:
    """Put a member between the others that the directory does not name."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            if info.filename == "index.html":
                new.writestr("hidden.html", b"read me")
            new.writestr(info.filename, old.read(info))
        new.filelist = [info for info in new.filelist if info.filename != "hidden.html"]
    return made.getvalue()


@pytest.mark.parametrize(
    "change",
    [hidden_between, lambda raw: b"#!/bin/sh\n" + raw, lambda raw: raw[:-2] + b"\x05\x00hello"],
    ids=["a hidden member", "a program in front", "a comment behind"],
)
def test_nothing_hides_between_or_around_the_files(archive: Path, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(change(archive.read_bytes()))
    with zipfile.ZipFile(path) as made:
        assert made.testzip() is None, "to others it looks sound"
    with pytest.raises(IntegrityError, match=r"between|behind"):
        verify_bundle(path, SIGNER.verifier)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_changed_byte_changes_what_is_read(archive: Path, data: st.DataObject) -> None:
    """A byte may be changed that means nothing, such as a member's date; then every file still is what was signed."""
    raw = bytearray(archive.read_bytes())
    place = data.draw(st.one_of(st.integers(0, len(raw) - 1), st.integers(len(raw) - 2_500, len(raw) - 1)))
    raw[place] ^= data.draw(st.integers(1, 255))
    path = archive.with_name("changed.zip")
    path.write_bytes(raw)
    try:
        verify_bundle(path, SIGNER.verifier)
    except (IntegrityError, UnknownFormat, SourceError):
        return
    with zipfile.ZipFile(path) as made, zipfile.ZipFile(archive) as whole:
        assert {name: made.read(name) for name in made.namelist()} == {name: whole.read(name) for name in whole.namelist()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 0.999_99))
def test_a_cut_archive_is_no_archive(archive: Path, share: float) -> None:
    raw = archive.read_bytes()
    path = archive.with_name("cut.zip")
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises((UnknownFormat, IntegrityError)):
        verify_bundle(path, SIGNER.verifier)


def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"hello")
    packed(tmp_path / "other.zip", {"a": b"b"})
    for name, kind in (("text", UnknownFormat), ("other.zip", UnknownFormat), ("no.zip", NotThere), (".", SourceError)):
        with pytest.raises(kind):
            verify_bundle(tmp_path / name, SIGNER.verifier)


def test_a_manifest_of_a_later_version_is_not_guessed_at(files: Files, tmp_path: Path) -> None:
    manifest = files["manifest.json"].replace(b'"kept_bundle": 1', b'"kept_bundle": 2')
    path = packed(tmp_path / "b.zip", {**files, "manifest.json": manifest, "manifest.sig": signed(manifest, SIGNER)})
    with pytest.raises(KeptError, match="another version"):
        verify_bundle(path, SIGNER.verifier)
