"""The program in docs/spec/ledger.md, run as a stranger would run it: on an export, with nothing of Kept on its path."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kept.ledger.checkpoints import Checkpoint
from kept.ledger.notes import Signer

from .test_folder import BODIES, KEY, SIGNER, Log, rewrite

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "ledger.md"
PROGRAM = re.findall(r"```python\n(.*?)```", SPEC.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (text,) = PROGRAM
    path = tmp_path / "verify.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Log(BODIES[:600]).export(tmp_path / "log")
    return tmp_path / "log"


def run(program: Path, *arguments: object) -> tuple[int, str]:
    command = [sys.executable, "-I", "-S", str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_it_accepts_what_is_whole(program: Path, tmp_path: Path, size: int) -> None:
    Log(BODIES[:size]).export(tmp_path / "some")
    assert run(program, tmp_path / "some", KEY) == (0, f"{size} entries are those that kept.example/log signed")


def test_it_reads_numbers_past_a_thousand(program: Path, tmp_path: Path) -> None:
    bodies = [b"%d" % number for number in range(256 * 1001)]
    Log(bodies).export(tmp_path / "large")
    assert (tmp_path / "large/tile/entries/x001/000").is_file()
    assert run(program, tmp_path / "large", KEY)[0] == 0


def test_it_takes_checkpoints_kept_from_earlier(program: Path, folder: Path, tmp_path: Path) -> None:
    for size in (0, 1, 256, 300, 600):
        (tmp_path / f"kept{size}").write_text(Log(BODIES[:size]).note)
    kept = sorted(tmp_path.glob("kept*"))
    assert run(program, folder, KEY, *kept)[0] == 0
    (tmp_path / "forged").write_text(Log([b"forged", *BODIES[1:300]]).note)
    assert "first 300 entries are not those" in run(program, folder, KEY, *kept, tmp_path / "forged")[1]
    (tmp_path / "longer").write_text(Log(BODIES[:601]).note)
    assert "was cut" in run(program, folder, KEY, tmp_path / "longer")[1]


def test_it_refuses_what_was_changed(program: Path, folder: Path) -> None:
    rewrite(folder, "tile/entries/001", lambda bodies: [*bodies[:5], b"forged", *bodies[6:]])
    code, said = run(program, folder, KEY)
    assert (code, "first 600 entries are not those" in said) == (1, True)


def test_it_refuses_entries_behind_the_end(program: Path, folder: Path) -> None:
    rewrite(folder, "tile/entries/000", lambda bodies: [*bodies, b"more"])
    assert "more behind entry 255" in run(program, folder, KEY)[1]


def test_it_refuses_another_signature(program: Path, folder: Path, tmp_path: Path) -> None:
    other = Signer.generate("kept.example/log")
    assert "signature is false" in run(program, folder, other.verifier)[1]
    note = folder / "checkpoint"
    note.write_text(note.read_text().replace("\n600\n", "\n601\n"))
    assert "signature is false" in run(program, folder, KEY)[1]


def test_it_refuses_another_origin(program: Path, folder: Path) -> None:
    checkpoint = Checkpoint.open((folder / "checkpoint").read_text(), SIGNER.verifier)
    moved = Checkpoint(origin="kept.example/other", size=checkpoint.size, root=checkpoint.root)
    (folder / "checkpoint").write_text(moved.signed(SIGNER))
    assert "another log" in run(program, folder, KEY)[1]


def test_its_kinds_of_entries_are_those_that_are_written() -> None:
    source = Path(__file__).parents[2] / "src" / "kept" / "db" / "actions"
    written = {
        kind
        for path in source.glob("*.py")
        for call in re.findall(r"record(?:_each)?\((.*?)at=|\bkind ?= ?([^\n]*)", path.read_text(), re.DOTALL)
        for kind in re.findall(r'"([a-z]+\.[a-z]+)"', " ".join(call))
    }
    assert written == set(re.findall(r"`([a-z]+\.[a-z]+)`(?=[,` a-z.]*\|)", SPEC.read_text(encoding="utf-8")))
