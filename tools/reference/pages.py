"""Every page of docs/reference, as it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kept.policy.schema import schemas
from kept.promises.registry import terms
from tools.reference import commands, connectors, detectors, environment, errors, files, promises, providers
from tools.reference.markdown import NOTICE

__all__ = ["FOLDER", "differing", "pages"]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
CHAPTERS = (commands, promises, detectors, files, connectors, providers, errors, environment)


@cache
def pages() -> Mapping[Path, str]:
    """Return the text of every file of docs/reference."""
    found = {FOLDER / f"{_name(chapter)}.md": chapter.page() for chapter in CHAPTERS}
    made = schemas(terms())
    found.update({FOLDER / "schemas" / name: json.dumps(schema, indent=2) + "\n" for name, schema in made.items()})
    found[FOLDER / "README.md"] = _index(tuple(made))
    return found


def differing() -> list[Path]:
    """Return the files that are missing, stale, or there without reason, sorted."""
    wanted = pages()
    there = {path for path in FOLDER.rglob("*") if path.is_file()}
    stale = {path for path in wanted if path not in there or path.read_text(encoding="utf-8") != wanted[path]}
    return sorted(stale | (there - wanted.keys()))


def _name(chapter: object) -> str:
    return str(getattr(chapter, "__name__", "")).rpartition(".")[2]


def _index(names: tuple[str, ...]) -> str:
    lines = [f"- [{chapter.TITLE}]({_name(chapter)}.md): {chapter.ABOUT}" for chapter in CHAPTERS]
    listed = ", ".join(f"[{name}](schemas/{name})" for name in names)
    lines.append(f"- JSON Schemas of the files of a privacy folder, which editors complete and check by: {listed}")
    return "\n".join((NOTICE, "", "# Reference", "", *lines, ""))
