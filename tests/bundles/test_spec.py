"""The programs in docs/spec/bundle.md, run as a stranger would run them, and what the page says of the form."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kept.bundles import open_range
from kept.bundles.sheets import GUARDED

from .making import KEY, SIGNER, members, plain, usual, write
from .test_verifying import Files, hidden_between, packed

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "bundle.md"
TEXT = SPEC.read_text(encoding="utf-8")
CHECK, OPEN = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
VECTOR = bytes.fromhex("".join(re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)).replace("\n", ""))


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-I", "-c", program, *map(str, arguments)], capture_output=True, check=False, timeout=60)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    write(tmp_path / "b.kept", *usual())
    (tmp_path / "b.zip").write_bytes(plain(tmp_path / "b.kept"))
    return members(tmp_path / "b.kept")


def test_the_program_accepts_what_is_whole(files: Files, tmp_path: Path) -> None:
    done = run(CHECK, tmp_path / "b.zip", SIGNER.verifier)
    count = len(files) - 2
    assert done.stdout.decode() == f"{count} files are those that {SIGNER.verifier.name} signed for R-2026-0042\n", (
        done.stderr.decode()
    )


def test_the_program_refuses_what_was_changed(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "changed.zip"
    for change, said in (
        ({"index.html": b"another"}, "index.html was changed"),
        ({"more": b""}, "not the files"),
        ({"manifest.json": files["manifest.json"] + b" "}, "not the manifest"),
        ({"manifest.sig": SIGNER.sign("kept1 bundle\nsha256:00\n1\n").encode()}, "not the manifest"),
        ({"manifest.sig": SIGNER.sign("a\nb\n1\n").encode()}, "something else"),
        ({"manifest.sig": files["manifest.sig"].replace(b"sha256", b"sha512")}, "InvalidSignature"),
    ):
        done = run(CHECK, packed(path, {**files, **change}), SIGNER.verifier)
        assert (done.returncode, said in done.stderr.decode()) == (1, True), done.stderr.decode()
    path.write_bytes(hidden_between((tmp_path / "b.zip").read_bytes()))
    assert "between the files" in run(CHECK, path, SIGNER.verifier).stderr.decode()


def test_the_other_program_opens_what_is_sealed(files: Files, tmp_path: Path) -> None:
    assert files
    assert run(OPEN, tmp_path / "b.kept", KEY.hex()).stdout == (tmp_path / "b.zip").read_bytes()
    assert b"not a bundle under this key" in run(OPEN, tmp_path / "b.kept", bytes(32).hex()).stderr
    sealed = (tmp_path / "b.kept").read_bytes()
    (tmp_path / "b.kept").write_bytes(sealed[:-70_000])
    assert b"InvalidTag" in run(OPEN, tmp_path / "b.kept", KEY.hex()).stderr


def test_the_vector_opens(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(VECTOR)
    key = bytes(range(32))
    assert b"".join(open_range(tmp_path / "b", key)) == b"The archive.\n"
    assert run(OPEN, tmp_path / "b", key.hex()).stdout == b"The archive.\n"


def test_every_name_of_the_manifest_stands_on_the_page(tmp_path: Path) -> None:
    manifest = write(tmp_path / "b", *usual()).manifest
    table = manifest["tables"][0]
    facts = manifest["file_facts"][0]
    names = {
        *manifest,
        *table,
        *table["columns"][0],
        *table["withheld"][0],
        *manifest["files"][0],
        *manifest["contents"][0],
        *facts,
    }
    names |= {*manifest["nothing_found"][0], *facts["purposes"][0], *facts["recipients"][0], *facts["retention"]}
    said = set(re.findall(r"`([a-z_0-9]+)`", TEXT))
    assert names <= said
    for sign in GUARDED - {"\t", "\r", "\n"}:
        assert f"`{sign}`" in TEXT or f" {sign}" in TEXT or f"{sign} " in TEXT
