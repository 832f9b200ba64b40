"""Folding: the text a reader sees, whatever way it was encoded, with a way back to the original offsets.

Digits of any script and full-width signs become ASCII; dashes and spaces of all kinds become `-` and a space; invisible
characters go; decomposed accents are composed; percent-encoding, HTML character references, `\\u0040` escapes and soft line
breaks of quoted-printable are read. Letters keep their script, because names are written in all of them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Folded", "fold"]

ESCAPED = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<entity>&(?:\#[0-9]{2,6}|\#[xX][0-9a-fA-F]{2,5}|amp|lt|gt|quot|apos|nbsp|commat|period|colon|sol|lowbar|hyphen|plus);)"
    r"|\\u(?P<unicode>[0-9a-fA-F]{4})"
    r"|(?P<soft>=\r?\n)"
)
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
APOSTROPHES = "\u2018\u2019\u02bc\uff07\u00b4"


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `starts` and `ends` are None where offsets did not change, else the original offsets of each character."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the text as it was given."""
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return self.starts[start], self.ends[end - 1]


class _Table(dict[int, str]):
    """One character to what a reader sees, filled as characters come by; bounded by the size of Unicode."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        seen = self[code] = _seen(char)
        return seen


def _seen(char: str) -> str:
    if char.isascii():
        return char
    if char in DASHES:
        return "-"
    if char in APOSTROPHES:
        return "'"
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind == "Cf":
        return ""
    if kind == "Zs":
        return " "
    if kind in {"Zl", "Zp"}:
        return "\n"
    if kind == "Cs":
        return "\ufffd"
    return _compatible(char, kind)


def _compatible(char: str, kind: str) -> str:
    """Full-width, circled and mathematical letters and signs, where one ASCII character is meant."""
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1 and plain.isascii() and plain.isprintable() and (kind[0] in "LPSN"):
        return plain
    return char


TABLE = _Table()


def fold(text: str) -> Folded:
    """Return the text as a reader sees it. Plain ASCII without escapes comes back as it is, at no cost."""
    escaped = "%" in text or "&" in text or "\\" in text or "=\n" in text or "=\r" in text
    if escaped:
        escaped = ESCAPED.search(text) is not None
    if not escaped:
        if text.isascii():
            return Folded(text)
        plain = text.translate(TABLE)
        if len(plain) == len(text) and unicodedata.is_normalized("NFC", plain):
            return Folded(plain)
    return _by_piece(text)


def _by_piece(text: str) -> Folded:
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _pieces(text):
        for char in piece:
            chars.append(char)
            starts.append(start)
            ends.append(end)
    return Folded("".join(chars), starts, ends)


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Split into (what is seen, start, end); a piece is one character, one escape, or a letter with its accents."""
    pieces: list[tuple[str, int, int]] = []
    at = 0
    for found in ESCAPED.finditer(text):
        _add_plain(pieces, text, at, found.start())
        _add_escape(pieces, found)
        at = found.end()
    _add_plain(pieces, text, at, len(text))
    return pieces


def _add_plain(pieces: list[tuple[str, int, int]], text: str, start: int, end: int) -> None:
    for at in range(start, end):
        char = text[at]
        seen = TABLE[ord(char)]
        if pieces and not char.isascii() and unicodedata.combining(char) and pieces[-1][0]:
            before, first, _ = pieces[-1]
            composed = unicodedata.normalize("NFC", before + char)
            if len(composed) == len(before):
                pieces[-1] = (composed, first, at + 1)
                continue
        if seen:
            pieces.append((seen, at, at + 1))


def _add_escape(pieces: list[tuple[str, int, int]], found: re.Match[str]) -> None:
    start, end = found.span()
    if found["percent"]:
        raw = bytes.fromhex(found["percent"].replace("%", ""))
        at = start
        for char in raw.decode("utf-8", errors="replace"):
            width = 3 * (len(char.encode()) if char != "\ufffd" else 1)
            pieces.append((TABLE[ord(char)], at, min(at + width, end)))
            at = min(at + width, end)
    elif found["entity"]:
        pieces.append((html.unescape(found["entity"]).translate(TABLE), start, end))
    elif found["unicode"]:
        pieces.append((TABLE[int(found["unicode"], 16)], start, end))
