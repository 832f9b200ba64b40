"""The few forms of Markdown that the reference is written in."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence

__all__ = ["NOTICE", "fenced", "page", "prose", "table"]

NOTICE = "<!-- Written by `make docs` from the code; change the code instead. -->"


def page(title: str, about: str, parts: Iterable[str]) -> str:
    """Return a whole page."""
    return "\n\n".join((NOTICE, f"# {title}", about, *parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; pipes inside cells are escaped, line ends become spaces."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def prose(docstring: str | None) -> str:
    """Return a docstring's paragraphs, each on one line."""
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def fenced(text: str, language: str = "text") -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"
