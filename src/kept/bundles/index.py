"""The first page, `index.html`: everything that a person needs to find their way, and the short tables themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from .archive import Archive
from .leaves import Leaves
from .pages import CLOSING, details_of, facts_list, labels, linked, opening, shown
from .parts import About, Facts, Letter, Section
from .spool import Spool

__all__ = ["FilesWritten", "Index", "TableWritten"]

MOST_INLINE: Final = 4 * 2**20
"""Bytes of tables on the first page; what comes behind has pages of its own, however short it is."""
LISTED_PAGES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWritten:
    """What was written of a section: paths in the bundle (empty where there were no rows), and counts."""

    section: Section
    stem: str
    rows: int
    json: str = ""
    schema: str = ""
    csv: str = ""
    guarded: int = 0
    """Cells of the CSV that got a guard in front."""
    repaired: int = 0
    """Texts that held a lone surrogate, which stands as U+FFFD in the bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesWritten:
    """What was written of files: how many there are, and each set of facts with what it is said of."""

    count: int = 0
    facts: tuple[tuple[Facts, str], ...] = ()


class Index:
    """Grows while the bundle is written, put aside as what it shows is; is itself written last."""

    def __init__(self, folder: Path, about: About, letter: Letter) -> None:
        """Take what every first page has."""
        self._about = about
        self._words = about.words
        self._letter = letter
        self._body = Spool(folder)
        self._styles: list[str] = []
        self._tables: list[TableWritten] = []
        self._files = FilesWritten()
        self._empty: list[Section] = []
        self._inlined = 0

    def table(self, archive: Archive, written: TableWritten, leaves: Leaves) -> None:
        """Show a table: its facts, and its rows here or on pages of their own, which are written into the bundle."""
        words, section = self._words, written.section
        self._tables.append(written)
        name = f"t{len(self._tables)}"
        downloads = " · ".join(linked(path, path) for path in (written.json, written.csv, written.schema))
        self._say(
            f'<section class="item" id="{name}-item"><h3>{shown(section.title)}</h3>\n'
            f'<p class="quiet"><code>{shown(section.table)}</code> · {shown(self._rows(written.rows))} · {downloads}</p>\n'
            + (f"<p>{shown(section.what)}</p>\n" if section.what else "")
            + facts_list(section.facts, words, self._about.controller.name)
            + details_of(section, words)
        )
        self._leaves(archive, leaves, (name, written.stem, section.title), [column.name for column in section.columns])
        self._say("</section>\n")

    def files(self, archive: Archive, written: FilesWritten, leaves: Leaves, names: Sequence[str]) -> None:
        """Show the list of files, and what is to be said of them."""
        words = self._words
        self._files = written
        self._say(f'<h2 id="files">{shown(words.files)}</h2>\n<section class="item">\n')
        self._leaves(archive, leaves, ("f", "files", words.files), names)
        for facts, what in written.facts:
            title = f"{words.about_files}: {what}" if what else words.about_files
            self._say(f"<h3>{shown(title)}</h3>\n{facts_list(facts, words, self._about.controller.name)}")
        self._say("</section>\n")

    def nothing(self, section: Section) -> None:
        """Say later that a table was looked at and held nothing."""
        self._empty.append(section)

    def pieces(self) -> Iterator[bytes]:
        """Yield the page."""
        style = "".join(self._styles)
        title = self._words.title.format(controller=self._about.controller.name)
        yield f"{opening(self._words, title, style)}{self._head(title)}<main>\n{self._contents()}".encode("utf-8", "replace")
        yield from self._body.range()
        yield f"{self._end()}</main>\n{self._foot()}{CLOSING}".encode("utf-8", "replace")

    def _say(self, html: str) -> None:
        self._body.write(html.encode("utf-8", "replace"))

    def _rows(self, count: int) -> str:
        return self._words.one_row if count == 1 else self._words.rows.format(count=f"{count:,}")

    def _leaves(self, archive: Archive, leaves: Leaves, place: tuple[str, str, str], names: Sequence[str]) -> None:
        table, stem, title = place
        if leaves.end() and self._inlined + leaves.size <= MOST_INLINE:
            self._inlined += leaves.size
            self._styles.append(labels(table, names))
            for piece in leaves.inline(table, title):
                self._body.write(piece)
            return
        paths = leaves.write(archive, stem, title, self._words)
        shortened = paths if len(paths) <= LISTED_PAGES else (*paths[: LISTED_PAGES - 1], paths[-1])
        numbers = {path: number for number, path in enumerate(paths, 1)}
        pages = f"{len(paths):,}"
        ways = (linked(path, self._words.page_of.format(page=f"{numbers[path]:,}", pages=pages)) for path in shortened)
        self._say(f'<div class="pages">{"".join(ways)}</div>\n')

    def _head(self, title: str) -> str:
        about, words = self._about, self._words
        made = about.made_at.strftime("%Y-%m-%d %H:%M %Z")
        return (
            f"<header><h1>{shown(title)}</h1>\n"
            f'<dl class="facts"><dt>{shown(words.request)}</dt><dd>{shown(about.request)}</dd>\n'
            f"<dt>{shown(words.made)}</dt><dd>{shown(made)}</dd>\n"
            f"<dt>{shown(words.contact)}</dt><dd>{shown(about.controller.contact)}</dd></dl></header>\n"
        )

    def _contents(self) -> str:
        words = self._words
        lines = [_entry(f"t{number}-item", one.section.title, self._rows(one.rows)) for number, one in enumerate(self._tables, 1)]
        if self._files.count:
            lines.append(_entry("files", words.files, f"{self._files.count:,}"))
        letter = self._letter.text.rstrip()
        return (
            (f'<h2>{shown(words.letter)}</h2>\n<div class="letter" dir="auto">{shown(letter)}</div>\n' if letter else "")
            + (f'<h2>{shown(words.contents)}</h2>\n<ul class="contents">{"".join(lines)}</ul>\n' if lines else "")
            + (f"<h2>{shown(words.tables)}</h2>\n" if self._tables else "")
        )

    def _end(self) -> str:
        words = self._words
        empty = [f"{one.title} ({one.table})" for one in self._empty]
        return "".join(
            f"<h2>{shown(title)}</h2>\n<ul>{''.join(f'<li>{shown(line)}</li>' for line in lines)}</ul>\n"
            for title, lines in ((words.nothing, empty), (words.notes, self._about.notes), (words.how, words.how_text))
            if lines
        )

    def _foot(self) -> str:
        return f"<footer><p>{shown(self._about.controller.name)} · {shown(self._about.controller.contact)}</p></footer>\n"

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what was put aside."""
        self._body.__exit__()


def _entry(place: str, title: str, count: str) -> str:
    return f'<li><a href="#{place}">{shown(title)}</a> <span class="quiet">{shown(count)}</span></li>\n'
