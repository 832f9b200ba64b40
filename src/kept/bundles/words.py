"""The words of the readable pages. The English ones stand here; whoever knows the person's language gives others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Texts with names in braces are filled in; `language` is a BCP 47 tag."""

    language: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    title: str = "Your data at {controller}"
    request: str = "Request"
    made: str = "Made"
    contact: str = "Contact"
    letter: str = "Our answer"
    contents: str = "What is in here"
    tables: str = "Your data, table by table"
    files: str = "Your files"
    nothing: str = "Looked at, and nothing of yours found"
    notes: str = "What else you should know"
    how: str = "How to read this"
    how_text: tuple[str, ...] = (
        "This page shows everything. It needs no connection, asks nothing of any server, and runs no program.",
        "“data” holds the same for programs: JSON, which is exact, and CSV for spreadsheets; “schema” describes the JSON.",
        "In CSV, a text that a spreadsheet could take for a formula has a ' in front; take it off to have the text as it was.",
        "Long texts are cut on these pages and stand in full in the JSON and CSV.",
        "manifest.json lists every file with its SHA-256, and manifest.sig signs it, so that anybody can see that it is whole.",
    )
    rows: str = "{count} rows"
    one_row: str = "1 row"
    purpose: str = "What it is for"
    basis: str = "legal basis"
    source: str = "Where it comes from"
    recipients: str = "Who gets it"
    nobody: str = "nobody outside {controller}"
    retention: str = "How long it is kept"
    retention_starts: str = "{period}, from: {starts}"
    retention_law: str = "the law wants it kept: {law}"
    region: str = "Where it is stored"
    path: str = "How it was found"
    columns: str = "What the columns mean"
    column: str = "Column"
    meaning: str = "Meaning"
    category: str = "Category"
    kind: str = "Type"
    withheld: str = "Not shown"
    redacted: str = "Shown in part"
    name: str = "Name"
    size: str = "Size"
    about_files: str = "About these files"
    read_rows: str = "Rows {first} to {last}"
    page_of: str = "Page {page} of {pages}"
    first: str = "First"
    previous: str = "Previous"
    next: str = "Next"
    last: str = "Last"
    back: str = "Back to the beginning"
    cut: str = "… (in full in the data files)"
    binary: str = "({count} bytes, in the data files)"
