"""CSV (RFC 4180, UTF-8) that a spreadsheet may open: no cell of it is a formula.

Python's own writer looks at every character by itself, which at these sizes takes as long as all the rest; so texts are quoted
here, all of them, by the column. It also tells NULL (nothing) from an empty text (two quotes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .cells import Cells

__all__ = ["GUARD", "GUARDED", "NUL", "Sheet", "guarded", "unguarded"]

GUARD: Final = "'"
GUARDED: Final = frozenset("=+-@\t\r\n＝＋－＠'")
"""What a text must not begin with: spreadsheets take it for a formula (OWASP, CSV Injection), or the guard for the text's own."""
NUL: Final = "\u2400"
"""What stands for a NUL, at which many programs that read CSV stop."""
BARE: Final = frozenset(
    ("boolean", "integer", "large-integer", "number", "decimal", "seconds", "date", "time", "date-time", "local-date-time", "uuid")
)
"""Kinds whose texts hold nothing that would have to be quoted, nor begin with what would have to be guarded, unless as a number."""


def guarded(text: str) -> str:
    """Return the text with a `'` in front where it begins with one of GUARDED.

    >>> guarded("=1+1"), guarded("plain"), unguarded(guarded("'=x"))
    ("'=1+1", 'plain', "'=x")
    """
    return GUARD + text if text[:1] in GUARDED else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` was given."""
    return cell[1:] if cell[:1] == GUARD else cell


class Sheet:
    """Turns rows into CSV, and counts the cells it guarded."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names of the columns, which are the first line."""
        self._waiting = [",".join(_quoted(guarded(name)) for name in names) + "\r\n"]
        self._null = "" if len(names) > 1 else '""'  # a line with nothing in it would be no row
        self.guarded = 0

    def add(self, columns: Sequence[Cells]) -> None:
        """Add a block of rows, given by its columns."""
        rows = zip(*(self._column(cells) for cells in columns), strict=True)
        self._waiting.append("".join([",".join(row) + "\r\n" for row in rows]))

    def take(self) -> bytes:
        """Return what was added since the last time, as UTF-8."""
        text = "".join(self._waiting)
        self._waiting.clear()
        return text.replace("\0", NUL).encode()

    def _column(self, cells: Cells) -> Sequence[str]:
        if cells.kinds <= BARE:
            return cells.texts
        texts = self._guarded(cells)
        if "null" in cells.kinds:
            null = self._null
            return [null if value is None else _quoted(text) for value, text in zip(cells.json, texts, strict=True)]
        return [_quoted(text) for text in texts]

    def _guarded(self, cells: Cells) -> Sequence[str]:
        """Return the texts, guarded. A number needs no guard."""
        texts = cells.texts
        places = [place for place, text in enumerate(texts) if text[:1] in GUARDED and not cells.is_number(place)]
        if not places:
            return texts
        self.guarded += len(places)
        changed = [*texts]
        for place in places:
            changed[place] = GUARD + changed[place]
        return changed


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
