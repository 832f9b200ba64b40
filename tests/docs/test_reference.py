"""Nothing is undocumented: docs/reference is what the code says, and the code says something about everything."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import click
import pytest
from tools.reference import errors
from tools.reference.commands import every_command
from tools.reference.files import FILES
from tools.reference.pages import FOLDER, differing, pages
from tools.reference.records import records_in

from kept.base.errors import KeptError
from kept.detectors.registry import detectors
from kept.policy.fields import fields_of
from kept.promises.registry import terms

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_what_the_code_says() -> None:
    stale = [str(path.relative_to(ROOT)) for path in differing()]
    assert not stale, "run: make docs"


def test_a_stale_page_a_missing_one_and_one_too_many_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, text in pages().items():
        there = tmp_path / path.relative_to(FOLDER)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, encoding="utf-8")
    moved = {tmp_path / path.relative_to(FOLDER): text for path, text in pages().items()}
    monkeypatch.setattr("tools.reference.pages.FOLDER", tmp_path)
    monkeypatch.setattr("tools.reference.pages.pages", lambda: moved)
    assert differing() == []
    (tmp_path / "errors.md").write_text("old", encoding="utf-8")
    (tmp_path / "detectors.md").unlink()
    (tmp_path / "gone.md").write_text("of a command that is no more", encoding="utf-8")
    assert [path.name for path in differing()] == ["detectors.md", "errors.md", "gone.md"]


def test_every_promise_has_a_manual_page() -> None:
    text = (FOLDER / "promises.md").read_text(encoding="utf-8")
    for code, kind in terms().items():
        assert f"\n## {code}\n" in text
        assert len((kind.__doc__ or "").split()) > 30, (
            f"{code}: a manual page says when the promise is kept, when broken, and what mends it"
        )
        assert kind.law, code


def _keyed() -> list[tuple[Any, str, str]]:
    files = [kind for kinds in FILES.values() for kind in kinds]
    every = [*terms().values(), *files]
    found = dict.fromkeys([*every, *(inner for kind in every for inner in records_in(kind))])
    return [(kind, field.name, field.doc) for kind in found for field in fields_of(kind)]


def test_every_key_of_every_file_says_what_it_means() -> None:
    every = _keyed()
    assert len(every) > 50
    silent = [f"{kind.__qualname__}.{name}" for kind, name, doc in every if not doc.strip().endswith(".")]
    assert not silent, "a sentence about the key, in Annotated[…, Doc(…)]"


def test_every_detector_states_its_source() -> None:
    text = (FOLDER / "detectors.md").read_text(encoding="utf-8")
    for kind, one in detectors().items():
        assert f"`{kind}`" in text
        assert len(one.source) > 8, kind
        assert one.title, kind


def test_every_error_has_its_own_code_and_a_sentence() -> None:
    kinds = list(errors.every_error())
    assert len({kind.code for kind in kinds}) == len(kinds)
    text = (FOLDER / "errors.md").read_text(encoding="utf-8")
    for kind in kinds:
        assert f"`{kind.code}`" in text
        assert kind.__doc__, kind
        assert kind.__doc__ != KeptError.__doc__, kind


def test_errors_are_defined_in_one_place() -> None:
    known = {kind.__name__ for kind in errors.every_error()} | {"KeptError"}
    elsewhere = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / "src" / "kept").rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and {base.id for base in node.bases if isinstance(base, ast.Name)} & known
    ]
    assert not elsewhere, "an error that base/errors.py does not hold has no place in the reference"


def test_every_command_and_option_says_what_it_does() -> None:
    text = (FOLDER / "commands.md").read_text(encoding="utf-8")
    silent = []
    for name, command, _ in every_command():
        assert f"\n## {name}\n" in text
        assert (command.help or "").strip(), name
        silent += [
            f"{name} {option.opts[0]}"
            for option in command.params
            if isinstance(option, click.Option) and not (option.help or "").strip()
        ]
    assert not silent, "an option without help is a setting without documentation"
