"""TOML text as a tree with places.

The values come from `tomllib`, which says nothing about lines. Once it has accepted the text, a scanner runs over it again
and notes where every key and value stands; it can be small because it only ever sees text that is known to be valid.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from kept.base.errors import Place, PolicyError

from .tree import Entry, Keyed, Many, Node, Scalar, wrong

__all__ = ["read_toml"]

Path = tuple[str | int, ...]

AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
SKIP = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
STRING = re.compile(r"""\"{3}(?:\\.|[^\\])*?\"{3,5}(?!")|'{3}.*?'{3,5}(?!')|"(?:\\.|[^"\\])*"|'[^']*'""", re.DOTALL)
BARE = re.compile(r"[^,\]}#\n]+")


def read_toml(text: str, file: str, errors: list[PolicyError]) -> Node | None:
    """Return the tree, or None where the text is not TOML or holds nothing; what is wrong is added to `errors`."""
    try:
        values = tomllib.loads(text)
        scanner = _Scanner(text)
        scanner.scan()
        tree = _Grown(file, text, scanner).node(values, ())
    except RecursionError:
        errors.append(wrong(Place(file=file), "it is nested too deep", "Look for a missing bracket; no file here nests so deep."))
        return None
    except ValueError as error:  # tomllib lets the ValueError of a number with thousands of digits through
        errors.append(_syntax(error, text, file))
        return None
    if not values:
        errors.append(
            wrong(
                Place(file=file, line=1, column=1),
                "the file is empty",
                "Run `kept init` in an empty folder to see what belongs here.",
            )
        )
        return None
    return tree


def _syntax(error: ValueError, text: str, file: str) -> PolicyError:
    found = AT.search(str(error))
    problem = AT.sub("", str(error))
    lines = text.rstrip("\n").split("\n")
    place = Place(file=file, line=len(lines), column=len(lines[-1]) + 1)
    if not found:
        place = Place(file=file)
    elif found[1]:
        place = Place(file=file, line=int(found[1]), column=int(found[2]))
    return wrong(place, f"this is not TOML: {problem[:1].lower()}{problem[1:]}", "Mend it there.")


class _Scanner:
    """Notes the offset of every key and value of a valid TOML text, by the path that leads to it."""

    def __init__(self, text: str) -> None:
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {(): 0}
        self._text = text
        self._at = 0
        self._last: dict[Path, int] = {}

    def scan(self) -> None:
        """Read the text from its first to its last line."""
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()

    def _skip(self) -> None:
        found = SKIP.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _header(self) -> Path:
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        parts = self._key()
        self._at += 2 if is_array else 1
        path: Path = ()
        for number, (name, offset) in enumerate(parts):
            path = (*path, name)
            self.keys.setdefault(path, offset)
            self.values.setdefault(path, start)
            if is_array and number == len(parts) - 1:
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path = (*path, self._last[path])
                self.values.setdefault(path, start)
        return path

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            found = KEY.match(self._text, self._at)
            if not found:
                raise AssertionError("the scanner met a key that tomllib accepted and it does not know")
            raw = found[1]
            name = tomllib.loads(f"k = {raw}")["k"] if raw[0] in "\"'" else raw
            parts.append((name, found.start(1)))
            self._at = found.end()
            if not found[2]:
                return parts

    def _pair(self, table: Path) -> None:
        path = table
        for name, offset in self._key():
            path = (*path, name)
            self.keys.setdefault(path, offset)
            self.values.setdefault(path, offset)
        self._at += 1  # the equals sign
        self._skip()
        self._value(path)

    def _value(self, path: Path) -> None:
        self.values[path] = self._at
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            found = (STRING if first in "\"'" else BARE).match(self._text, self._at)
            self._at = found.end() if found else len(self._text)

    def _array(self, path: Path) -> None:
        number = 0
        self._at += 1
        self._skip()
        while self._text[self._at] != "]":
            self._value((*path, number))
            number += 1
            self._separator()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        self._skip()
        while self._text[self._at] != "}":
            self._pair(path)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        self._skip()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip()


class _Grown:
    """Joins the values with their offsets."""

    def __init__(self, file: str, text: str, scanner: _Scanner) -> None:
        self._file = file
        self._scanner = scanner
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def node(self, value: Any, path: Path) -> Node:
        """Return the node of a value."""
        place = self._place(self._scanner.values.get(path, 0))
        if isinstance(value, dict):
            return Keyed(place=place, entries=tuple(self._entry(key, inner, (*path, key)) for key, inner in value.items()))
        if isinstance(value, list):
            return Many(place=place, items=tuple(self.node(inner, (*path, number)) for number, inner in enumerate(value)))
        return Scalar(place=place, text=_text(value), quoted=isinstance(value, str))

    def _entry(self, key: str, value: Any, path: Path) -> Entry:
        place = self._place(self._scanner.keys.get(path, 0))
        return Entry(key=Scalar(place=place, text=key, quoted=True), value=self.node(value, path))

    def _place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return Place(file=self._file, line=line, column=offset - self._starts[line - 1] + 1)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
