"""Rows for reading: a short table stands on the first page, a long one on pages of its own, of at most 1,000 rows each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, Self

from .archive import BLOCK, Archive
from .pages import CLOSING, labels, linked, opening, shown, table_end, table_start
from .spool import Spool
from .words import Words

__all__ = ["INLINE_BYTES", "INLINE_ROWS", "MOST_BYTES", "MOST_ROWS", "Leaves"]

MOST_ROWS: Final = 1_000
"""Rows of one page."""
MOST_BYTES: Final = 4 * 2**20
"""Bytes of a page from which on rows that come later stand on the next."""
INLINE_ROWS: Final = 100
INLINE_BYTES: Final = 128 * 1024
TABLE: Final = "rows"
ROOT: Final = b"\0"
"""What stands in a link of a row for the way to the bundle's root, until it is known on which page the row stands."""


class Leaves:
    """Takes rows that are HTML already, one after another, and gives them back as one table or page by page."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        """Take the folder for what does not fit into memory, and the names of the columns."""
        self._spool = Spool(folder)
        self._names = names
        self._waiting: list[str] = []
        self._waits = 0
        self._page_rows = 0
        self._page_start = 0
        self._pages: list[tuple[int, int, int]] = []
        self.rows = 0

    @property
    def room(self) -> int:
        """How many rows the page takes; the next ones, up to as many as a page has, where it is full."""
        return MOST_ROWS - self._page_rows or MOST_ROWS

    def add(self, rows: str, count: int) -> None:
        """Take rows, no more than there is room for. Raises SourceError where the disk is full."""
        size = self._spool.size + self._waits - self._page_start
        if self._page_rows and (self._page_rows + count > MOST_ROWS or size > MOST_BYTES):
            self._turn()
        self._waiting.append(rows)
        self._waits += len(rows)
        self._page_rows += count
        self.rows += count
        if self._waits > BLOCK:
            self._put()

    def _put(self) -> None:
        self._spool.write("".join(self._waiting).encode())
        self._waiting.clear()
        self._waits = 0

    def _turn(self) -> None:
        """End a page."""
        self._put()
        self._pages.append((self._page_start, self._spool.size, self._page_rows))
        self._page_start, self._page_rows = self._spool.size, 0

    def end(self) -> bool:
        """End the last page. Return whether all of it is short enough for the first page of the bundle."""
        self._turn()
        return self.rows <= INLINE_ROWS and self._spool.size <= INLINE_BYTES

    @property
    def size(self) -> int:
        """Bytes of HTML."""
        return self._spool.size

    def inline(self, table: str, title: str) -> Iterator[bytes]:
        """Yield the whole as one table with that id."""
        yield table_start(table, self._names, title).encode("utf-8", "replace")
        yield from (piece.replace(ROOT, b"") for piece in self._spool.range())
        yield table_end().encode()

    def write(self, archive: Archive, stem: str, title: str, words: Words) -> tuple[str, ...]:
        """Write the pages into the bundle, and return their paths."""
        paths = tuple(f"pages/{stem}.{number}.html" for number in range(1, len(self._pages) + 1))
        first = 1
        for number, (path, (start, stop, rows)) in enumerate(zip(paths, self._pages, strict=True)):
            read = words.read_rows.format(first=f"{first:,}", last=f"{first + rows - 1:,}")
            ways = _ways(paths, number, words)
            head = (
                f"{opening(words, f'{title}: {read}', labels(TABLE, self._names))}<header><h1>{shown(title)}</h1>"
                f'<p class="quiet">{shown(read)}</p></header>\n<main>\n{ways}{table_start(TABLE, self._names, title)}'
            ).encode("utf-8", "replace")
            tail = f"{table_end()}{ways}</main>\n{CLOSING}".encode("utf-8", "replace")
            rooted = (piece.replace(ROOT, b"../") for piece in self._spool.range(start, stop))
            size = len(head) + stop - start + len(tail)
            archive.add(path, chain((head,), rooted, (tail,)), size=size)
            first += rows
        return paths

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what was put aside."""
        self._spool.__exit__()


def _ways(paths: Sequence[str], number: int, words: Words) -> str:
    """Return the way from a page to those around it."""
    here = len("pages/")
    ways = [linked("../index.html", words.back)]
    if number:
        ways += [linked(paths[0][here:], words.first), linked(paths[number - 1][here:], words.previous)]
    ways.append(f"<span>{shown(words.page_of.format(page=f'{number + 1:,}', pages=f'{len(paths):,}'))}</span>")
    if number + 1 < len(paths):
        ways += [linked(paths[number + 1][here:], words.next), linked(paths[-1][here:], words.last)]
    return f'<div class="pages">{"".join(ways)}</div>\n'
