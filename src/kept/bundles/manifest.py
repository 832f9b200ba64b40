"""The manifest: what is in a bundle and what is to be said of it, and the note that signs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from hashlib import sha256
from typing import Any, Final

import orjson

from kept.ledger.notes import NoteError, Signer, Verifier, open_note

from .archive import Content
from .filing import Filed
from .index import FilesWritten, TableWritten
from .parts import About, Section
from .sheets import GUARD, GUARDED

__all__ = ["MANIFEST", "SIGNATURE", "VERSION", "encoded", "manifest_of", "opened_note", "signed"]

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
VERSION: Final = 1
FIRST_LINE: Final = "kept1 bundle"
CSV: Final = {
    "form": "RFC 4180, UTF-8, the first line names the columns; NULL is an empty cell, an empty text two quotes",
    "guard": GUARD,
    "guarded": sorted(GUARDED),
    "rule": "A cell that is no number and begins with one of `guarded` has `guard` in front, so that no spreadsheet takes it for a "
    "formula. Take one `guard` off the front of a cell to have the text as it was. A NUL stands as U+2400.",
}


def manifest_of(
    about: About,
    tables: Sequence[TableWritten],
    nothing: Sequence[Section],
    files: tuple[Sequence[Filed], FilesWritten],
    contents: Sequence[Content],
) -> dict[str, Any]:
    """Return the manifest as orjson takes it; docs/spec/bundle.md says what each name means."""
    filed, written = files
    return {
        "kept_bundle": VERSION,
        "request": about.request,
        "right": about.right,
        "made_at": about.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "controller": {"name": about.controller.name, "contact": about.controller.contact},
        "language": about.words.language,
        "tables": [_table(one) for one in tables],
        "nothing_found": [{**_named(section), "path": section.facts.path} for section in nothing],
        "files": filed,
        "file_facts": [{"what": what, **asdict(facts)} for facts, what in written.facts],
        "csv": CSV,
        "notes": list(about.notes),
        "contents": contents,
    }


def encoded(manifest: dict[str, Any]) -> bytes:
    """Return the manifest's bytes, as they are signed."""
    return orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def signed(manifest: bytes, signer: Signer) -> bytes:
    """Return the note that signs a manifest's bytes."""
    return signer.sign(_note(manifest)).encode()


def opened_note(note: bytes, verifier: Verifier) -> tuple[int, str]:
    """Return the bytes and the SHA-256 in hex that the manifest must have. Raises NoteError."""
    try:
        lines = open_note(note.decode(), verifier).split("\n")
    except UnicodeDecodeError:
        raise NoteError("the note is no UTF-8") from None
    digest = lines[1].removeprefix("sha256:") if len(lines) == 4 else ""
    if lines[0] != FIRST_LINE or len(digest) != 64 or not lines[2].isascii() or not lines[2].isdigit():
        raise NoteError("the note signs something else than a bundle")
    return int(lines[2]), digest


def _note(manifest: bytes) -> str:
    return f"{FIRST_LINE}\nsha256:{sha256(manifest).hexdigest()}\n{len(manifest)}\n"


def _named(section: Section) -> dict[str, str]:
    return {"table": section.table, "title": section.title, "what": section.what}


def _table(one: TableWritten) -> dict[str, Any]:
    section = one.section
    return {
        **_named(section),
        **asdict(section.facts),
        "columns": section.columns,
        "withheld": section.withheld,
        "redacted": section.redacted,
        "rows": one.rows,
        "json": one.json,
        "schema": one.schema,
        "csv": one.csv,
        "csv_cells_guarded": one.guarded,
        "texts_repaired": one.repaired,
    }
