"""The readable pages: plain HTML that stands alone. It has no script, asks for nothing, and a policy in it forbids both.

Whatever came from a store passes `shown` or `row_of` on its way in; nothing else of it gets here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Final
from urllib.parse import quote

from .parts import Column, Facts, Left, Purpose, Recipient, Section
from .words import Words

__all__ = [
    "CLOSING",
    "LONGEST_CELL",
    "details_of",
    "facts_list",
    "file_row",
    "labels",
    "linked",
    "opening",
    "row_of",
    "rows_of",
    "shown",
    "table_end",
    "table_start",
]

STYLE: Final = (files("kept.bundles") / "style.css").read_text(encoding="utf-8")
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
LONGEST_CELL: Final = 2_000
"""Characters of a text that a page shows."""
NUL: Final = "\u2400"
SOH: Final = "\u2401"
NARROW: Final = "screen and (max-width: 40rem)"
CLOSING: Final = "</body>\n</html>\n"


def shown(text: str) -> str:
    """Return a text as HTML, also for between quotes. A NUL, which HTML cannot hold, becomes its picture."""
    return escape(text).replace("\0", NUL)


def linked(path: str, text: str) -> str:
    """Return a link to a file of the bundle, given its path from the page on."""
    return f'<a href="{escape(quote(path))}">{shown(text)}</a>'


def opening(words: Words, title: str, style: str = "") -> str:
    """Return the beginning of a page, up to and with its body's tag; `style` is put behind the style of all pages."""
    return (
        f'<!doctype html>\n<html lang="{shown(words.language)}" dir="{words.direction}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{shown(title)}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n"
    )


def labels(table: str, names: Sequence[str]) -> str:
    """Return the style that names the cells of a table where a narrow page shows its rows as cards.

    >>> labels("t1", ["a<"]).splitlines()[1]
    '#t1 td:nth-child(1)::before { content: "a\\\\00003c"; }'
    """
    rules = "".join(
        f'#{table} td:nth-child({number})::before {{ content: "{_in_style(name)}"; }}\n' for number, name in enumerate(names, 1)
    )
    return f"@media {NARROW} {{\n{rules}}}\n"


def _in_style(text: str) -> str:
    """Return a text for a string in CSS: whatever is no plain letter or digit as its number, in six digits."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", NUL)
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in " _-.") else f"\\{ord(letter):06x}" for letter in clean
    )


def table_start(table: str, names: Sequence[str], title: str) -> str:
    """Return the beginning of a table of rows with that id."""
    return f'{_scroll(title)}<table class="cards" id="{table}">{_heads(names)}<tbody>\n'


def _scroll(title: str) -> str:
    """Return the tag of a box that a wide table moves in, also by the keyboard."""
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{shown(title)}">'


def _heads(names: Sequence[str]) -> str:
    heads = "".join(f'<th scope="col">{shown(name)}</th>' for name in names)
    return f"<thead><tr>{heads}</tr></thead>"


def table_end() -> str:
    """Return its end."""
    return "</tbody></table></div>\n"


def row_of(texts: Sequence[str], cut: str) -> str:
    """Return a row of a table. `cut` is what stands behind a text that is too long to be shown."""
    return rows_of([(text,) for text in texts], cut)


def rows_of(columns: Sequence[Sequence[str]], cut: str) -> str:
    """Return rows of a table, given by its columns, each of at least one text."""
    rows = zip(*(_short(texts, cut) for texts in columns), strict=True)
    joined = escape("\1".join(["\0".join(row) for row in rows]), quote=False)
    return "<tr><td>" + joined.replace("\0", "</td><td>").replace("\1", "</td></tr>\n<tr><td>") + "</td></tr>\n"


def _short(texts: Sequence[str], cut: str) -> Sequence[str]:
    """Return texts that are not too long, and free of the two signs between which they are put."""
    if max(map(len, texts)) > LONGEST_CELL:
        texts = [text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + cut for text in texts]
    if any("\0" in text or "\1" in text for text in texts):
        texts = [text.replace("\0", NUL).replace("\1", SOH) for text in texts]
    return texts


def facts_list(facts: Facts, words: Words, controller: str) -> str:
    """Return what the law wants said of an item, as a list of terms."""
    said = [(words.purpose, [_purpose(purpose, words) for purpose in facts.purposes]), (words.source, [facts.source])]
    if facts.recipients is not None:
        nobody = words.nobody.format(controller=controller)
        said.append((words.recipients, [_recipient(one) for one in facts.recipients] or [nobody]))
    if facts.retention:
        kept = facts.retention
        period = words.retention_starts.format(period=kept.period, starts=kept.starts) if kept.starts else kept.period
        said.append((words.retention, [period, words.retention_law.format(law=kept.law) if kept.law else ""]))
    said += [(words.region, [facts.region]), (words.path, [facts.path])]
    return _terms(said)


def _recipient(one: Recipient) -> str:
    return " · ".join(part for part in (one.name, one.why, one.country, one.safeguard) if part)


def _purpose(purpose: Purpose, words: Words) -> str:
    bases = ", ".join(purpose.bases)
    return f"{purpose.title} ({words.basis}: {bases})" if bases else purpose.title


def _terms(said: Iterable[tuple[str, Sequence[str]]]) -> str:
    lines = []
    for term, values in said:
        spans = "".join(f"<span>{shown(value)}</span>" for value in values if value)
        if spans:
            lines.append(f"<dt>{shown(term)}</dt><dd>{spans}</dd>\n")
    return f'<dl class="facts">\n{"".join(lines)}</dl>\n'


def details_of(section: Section, words: Words) -> str:
    """Return what its columns mean, and which of them are not shown or not in full."""
    heads = _heads((words.column, words.meaning, words.category, words.kind))
    rows = "".join(row_of(_described(column), words.cut) for column in section.columns)
    columns = (
        f"<details><summary>{shown(words.columns)}</summary>{_scroll(words.columns)}<table>{heads}<tbody>\n"
        f"{rows}</tbody></table></div></details>\n"
    )
    return _left(words.withheld, section.withheld) + _left(words.redacted, section.redacted) + columns


def _described(column: Column) -> tuple[str, str, str, str]:
    what = "; ".join(part for part in (column.what, ", ".join(column.purposes)) if part)
    return column.name, what, column.category, column.type


def file_row(path: str, name: str, what: str, size: str) -> str:
    """Return a row of the list of files. In the link, a NUL stands for the way to the bundle's root: see `leaves`."""
    link = linked(path, name).replace('href="', 'href="\0', 1)
    return f"<tr><td>{link}</td><td>{shown(what)}</td><td>{shown(size)}</td></tr>\n"


def _left(title: str, columns: Sequence[Left]) -> str:
    if not columns:
        return ""
    lines = "".join(f"<li><code>{shown(left.column)}</code>: {shown(left.reason)}</li>" for left in columns)
    return f'<div class="left"><strong>{shown(title)}</strong><ul>{lines}</ul></div>\n'
