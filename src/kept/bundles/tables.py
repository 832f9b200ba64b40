"""A table of the person's, written in one pass over its rows: JSON goes into the ZIP at once, CSV and the readable rows wait.

Rows can be read only once and are not held: the store may be asked a single time, and one table may be larger than the memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

import orjson

from kept.base.errors import Refused

from .archive import Member
from .cells import Cells, cells_of
from .desk import Desk
from .forms import repaired
from .index import TableWritten
from .leaves import Leaves
from .names import safe_part
from .pages import rows_of
from .parts import Section
from .schema import schema_of
from .sheets import Sheet
from .spool import Spool
from .words import Words

__all__ = ["write_table"]

MOST_ROWS: Final = 500
"""Rows that are gathered before they are written."""
MOST_WAITING: Final = 512 * 1024
"""Bytes of long values that are gathered before they are written."""
LONG: Final = 1024
UNKNOWN: Final = (dict, list, tuple, bytearray, memoryview)
NESTED: Final = 32 * 1024
"""What a nested value counts for, whose size is not known without a walk through it."""


class Rows:
    """Takes rows and writes each three times: to the JSON, and aside as CSV and for reading."""

    def __init__(self, section: Section, member: Member, csv: Spool, leaves: Leaves, words: Words) -> None:
        """Begin the JSON and the CSV."""
        self._table = section.table
        self._names = [column.name for column in section.columns]
        self._known = frozenset(self._names)
        self._member = member
        self._csv = csv
        self._leaves = leaves
        self._words = words
        self._block: list[Mapping[str, Any]] = []
        self._waits = 0
        self._most = MOST_ROWS
        self.sheet = Sheet(self._names)
        self.seen: list[set[str]] = [set() for _ in self._names]
        self.rows = 0
        self.repaired = 0

    def add(self, row: Mapping[str, Any]) -> bool:
        """Take a row; return whether rows were written. Raises Refused for a column that is not described, SourceError."""
        if not row.keys() <= self._known:
            raise Refused(
                f"a row of {self._table} has a column that its section does not describe",
                todo="Describe every column that is read, or do not read it.",
            )
        for value in row.values():
            if value.__class__ is str or value.__class__ is bytes:
                if len(value) > LONG:
                    self._waits += len(value)
            elif isinstance(value, UNKNOWN):
                self._waits += NESTED
        self._block.append(row)
        if len(self._block) < self._most and self._waits < MOST_WAITING:
            return False
        self._put()
        return True

    def _put(self) -> None:
        block, self._block, self._waits = self._block, [], 0
        if not block:
            return
        columns = [cells_of([row.get(name) for row in block]) for name in self._names]
        self._json(columns)
        for kinds, cells in zip(self.seen, columns, strict=True):
            kinds.update(cells.kinds)
        self.sheet.add(columns)
        self._csv.write(self.sheet.take())
        self._leaves.add(rows_of([self._readable(cells) for cells in columns], self._words.cut), len(block))
        self._most = min(MOST_ROWS, self._leaves.room)
        self.rows += len(block)

    def _json(self, columns: list[Cells]) -> None:
        """Write the block's rows, one a line; where one has a lone surrogate, mend the columns first."""
        try:
            lines = self._lines(columns)
        except TypeError:
            for place, cells in enumerate(columns):
                columns[place] = self._mended(cells)
            lines = self._lines(columns)
        self._member.write((b",\n" if self.rows else b"[\n") + b",\n".join(lines))

    def _lines(self, columns: Sequence[Cells]) -> list[bytes]:
        names = self._names
        return [orjson.dumps(dict(zip(names, row, strict=True))) for row in zip(*(cells.json for cells in columns), strict=True)]

    def _mended(self, cells: Cells) -> Cells:
        json = [repaired(value) for value in cells.json]
        self.repaired += sum(old != new for old, new in zip(cells.json, json, strict=True))
        return Cells(json, [repaired(text) for text in cells.texts], cells.kinds, cells.numbers)

    def _readable(self, cells: Cells) -> Sequence[str]:
        """Return the texts for people: of bytes, how many there are."""
        if "base64" not in cells.kinds:
            return cells.texts
        if cells.kinds - {"base64", "null"}:  # of several kinds: the text does not say which
            return cells.texts
        return [text and self._words.binary.format(count=f"{_bytes_in(text):,}") for text in cells.texts]

    def end(self) -> None:
        """End the JSON and the CSV."""
        self._put()
        self._member.write(b"\n]\n")


def _bytes_in(base64: str) -> int:
    return len(base64) // 4 * 3 - base64[-2:].count("=")


def write_table(desk: Desk, section: Section) -> TableWritten:
    """Write a section's files and its place on the first page; none where it has no rows."""
    rows = iter(section.rows)
    first = next(rows, None)
    if first is None:
        return TableWritten(section=section, stem="", rows=0)
    json = desk.names.give("data", f"{safe_part(section.table)}.json")
    stem = json.removeprefix("data/").removesuffix(".json")
    names = [column.name for column in section.columns]
    with Spool(desk.folder) as csv, Leaves(desk.folder, names) as leaves:
        with desk.archive.member(json) as member:
            writing = Rows(section, member, csv, leaves, desk.words)
            for row in chain((first,), rows):
                if writing.add(row):
                    desk.progress(section.table, writing.rows, None)
            writing.end()
        desk.progress(section.table, writing.rows, writing.rows)
        schema = f"schema/{stem}.schema.json"
        described = orjson.dumps(schema_of(section, writing.seen), option=orjson.OPT_INDENT_2)
        desk.archive.add(schema, (described,), size=len(described))
        desk.archive.add(f"data/{stem}.csv", csv.range(), size=csv.size)
        written = TableWritten(
            section=section,
            stem=stem,
            rows=writing.rows,
            json=json,
            schema=schema,
            csv=f"data/{stem}.csv",
            guarded=writing.sheet.guarded,
            repaired=writing.repaired,
        )
        desk.index.table(desk.archive, written, leaves)
    return written
