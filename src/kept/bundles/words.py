"""The words of the readable pages, in the person's language: the texts of `kept/planning/letters` that begin with `export.`"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from kept.planning.answers.saying import SOURCE, catalogue, saying

__all__ = ["Words", "words_in"]

HOW: Final = "export.how."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Texts with names in braces are filled in; `language` is a BCP 47 tag, `direction` ltr or rtl."""

    language: str
    direction: str
    how_text: tuple[str, ...]
    title: str
    request: str
    made: str
    contact: str
    letter: str
    contents: str
    tables: str
    files: str
    nothing: str
    notes: str
    how: str
    rows: str
    one_row: str
    purpose: str
    basis: str
    source: str
    recipients: str
    nobody: str
    retention: str
    retention_starts: str
    retention_law: str
    region: str
    path: str
    columns: str
    column: str
    meaning: str
    category: str
    kind: str
    withheld: str
    redacted: str
    name: str
    size: str
    about_files: str
    read_rows: str
    page_of: str
    first: str
    previous: str
    next: str
    last: str
    back: str
    cut: str
    binary: str


def words_in(language: str = SOURCE) -> Words:
    """Return the words of a language; English where there is no file of it."""
    found = saying(language).language
    texts = catalogue(found)
    named: dict[str, Any] = {one.name: texts[f"export.{one.name}"] for one in fields(Words) if f"export.{one.name}" in texts}
    how = tuple(texts[key] for key in sorted(texts) if key.startswith(HOW))
    return Words(language=found, direction=texts["direction"], how_text=how, **named)
