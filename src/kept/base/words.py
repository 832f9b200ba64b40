"""A person's own words inside a text: an address, a telephone number, a full name, found whole and taken out.

Letter case, the Unicode form (NFKC), invisible signs and the width of a gap do not matter. A word stands alone where no letter,
digit or underscore touches it; in scripts that put no spaces between words it may stand anywhere. An e-mail address is not found in
a longer one, and a telephone number is found however its digits are grouped. What is JSON is looked at string by string, with
its escapes read, and stays JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final

from .personal import Personal

__all__ = ["FORGOTTEN", "SEPARATORS", "Words"]

FORGOTTEN: Final = "[redacted]"
"""What stands where a word stood."""

SEPARATORS: Final = " -./()\t\n\r\u2010\u2011\u2012\u2013\u2014"
"""What may stand between the digits of a telephone number."""

SHORTEST_NUMBER, LONGEST_NUMBER, LONGEST_GAP = 7, 20, 3
FEW = 8
END = ""
FILLER = "\x1a"
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese do not part words; in Korean, particles hang on to a name."""
JOINED = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]")
REDACTION = re.compile(r"\[redacted(?:: [a-z0-9-]+)?\]")
ASCII_PIECES = re.compile(r"\w+|\W+", re.ASCII)
ASCII_WORDS = re.compile(r"\w+", re.ASCII)
SPACES = re.compile(r"\s+")
NUMBER = re.compile(rf"\+?[\d{re.escape(SEPARATORS)}]+", re.ASCII)
NO_SEPARATORS = dict.fromkeys(map(ord, SEPARATORS))
TRUNK = re.compile(r"(?<=\d)\s*\(0\)", re.ASCII)
RUN = re.compile(rf"\d(?:[{re.escape(SEPARATORS)}]{{0,{LONGEST_GAP}}}\d){{{SHORTEST_NUMBER - 1},}}", re.ASCII)
CONTINUES = frozenset(".-+")
LITERAL = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|-?\d[\d.eE+-]*', re.DOTALL)

Span = tuple[int, int]
Tree = dict[str, Any]


class Words:
    """Some people's words, ready to be looked for in any number of texts; how many words there are hardly matters.

    A word without a letter or digit is found nowhere. Nothing of the words is shown.
    """

    __slots__ = ("_few", "_sizes", "_tree", "anchors", "numbers")

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words in."""
        self._tree: Tree = {}
        anchors: set[str] = set()
        numbers: set[str] = set()
        for word in words:
            folded = _folded(word)
            digits = _digits(folded)
            if digits:
                numbers.update(digits)
            elif pieces := _pieces(folded):
                anchors.add(self._plant(pieces, address="@" in folded))
        self.anchors: frozenset[str] = frozenset(anchors - {END})
        """For every word but the numbers a part of it that stands in each text that holds it, letters small."""
        self.numbers: frozenset[str] = frozenset(numbers)
        """The digits of the telephone numbers."""
        self._few = tuple(self.anchors) if len(self.anchors) <= FEW else ()
        self._sizes = sorted(set(map(len, numbers)))

    @classmethod
    def of(cls, words: Iterable[Personal[str]]) -> Words:
        """Take in words of people."""
        return cls(word.reveal() for word in words)

    def found_in(self, text: str) -> bool:
        """Return whether one of the words stands in a text."""
        folded = _folded(text)
        if "\\" not in folded and not self._perhaps(folded):
            return False
        if not _is_json(text):
            return any(True for _ in self._spans(folded))
        return any(self._holds(found) for found in LITERAL.finditer(text))

    def forget(self, text: str, room: int | None = None) -> str:
        """Return the text with `[redacted]` in the place of each word; where that takes more than `room` bytes, with nothing there.

        Doing it again changes nothing. In JSON, words go out of strings, and a number that is a word becomes a string.

        >>> Words(["Anna@x.eu", "030 1234567"]).forget("Call 030/123-4567 or write to <anna@x.eu>.")
        'Call [redacted] or write to <[redacted]>.'
        """
        new = self._without(text, FORGOTTEN)
        if room is not None and len(new) > len(text) and len(new.encode("utf-8", "surrogatepass")) > room:
            return self._without(text, "")
        return new

    def _plant(self, pieces: Sequence[str], *, address: bool) -> str:
        """Put a word into the tree, piece by piece; return its longest piece."""
        words = [at for at, piece in enumerate(pieces) if _is_word(piece)]
        if not words:
            return END
        kept = pieces[words[0] : words[-1] + 1]
        node = self._tree
        for piece in kept:
            node = node.setdefault(_spaced(piece), {})
        node[END] = address
        return max((piece for piece in kept if _is_word(piece)), key=len)

    def _perhaps(self, folded: str) -> bool:
        """Return False only where no word can be; fast, because nearly every text ends here."""
        if self.numbers and any(self._may_be_dialled(run[0]) for run in RUN.finditer(folded)):
            return True
        if not self._tree or (self._few and not any(anchor in folded for anchor in self._few)):
            return False
        found = ASCII_WORDS.findall(folded) if folded.isascii() else _pieces(folded)
        return not self._tree.keys().isdisjoint(found)

    def _may_be_dialled(self, run: str) -> bool:
        for digits in {run.translate(NO_SEPARATORS), run.replace("(0)", "").translate(NO_SEPARATORS)}:
            for size in self._sizes:
                if any(digits[at : at + size] in self.numbers for at in range(len(digits) - size + 1)):
                    return True
        return False

    def _without(self, text: str, put: str) -> str:
        if _is_json(text):
            return self._without_in_json(text, put)
        while True:
            folded, places = _placed(text)
            spans = _merged((places[start][0], places[end - 1][1]) for start, end in self._spans(folded))
            if not spans:
                return text
            for start, end in reversed(spans):
                text = text[:start] + put + text[end:]

    def _without_in_json(self, text: str, put: str) -> str:
        keys: set[str] = set()

        def literal(found: re.Match[str]) -> str:
            if not self._holds(found):
                return found[0]
            new = self._without(json.loads(found[1]), put) if found[1] else put
            if found[2]:
                new = _other_than(keys, new)
            return json.dumps(new, ensure_ascii="\\u" in found[0] or found[1] is None) + (found[2] or "")

        return LITERAL.sub(literal, text)

    def _holds(self, literal: re.Match[str]) -> bool:
        """Return whether a word stands in a string of a JSON text, or a number there is one."""
        said = json.loads(literal[1]) if literal[1] else literal[0]
        return self.found_in(said) and (literal[1] is not None or not self._without(said, ""))

    def _spans(self, folded: str) -> Iterator[Span]:
        """Yield where words stand in a folded text, in the order of their beginnings; they may overlap."""
        if "[redacted" in folded:
            folded = REDACTION.sub(lambda found: FILLER * len(found[0]), folded)
        pieces = _pieces(folded)
        start = 0
        for at, piece in enumerate(pieces):
            if (node := self._tree.get(piece)) is not None and (end := _walked(pieces, at, node)):
                yield start, start + sum(map(len, pieces[at:end]))
            if self.numbers and _is_digits(piece) and (end := self._dialled(pieces, at)):
                stop = start + sum(map(len, pieces[at:end]))
                yield _widened(folded, start, stop), stop
            start += len(piece)

    def _dialled(self, pieces: Sequence[str], at: int) -> int:
        """Return the index behind the longest number that begins at a piece, 0 where none does."""
        digits, here, last = "", at, 0
        while len(digits) <= self._sizes[-1]:
            trunk = here > at and pieces[here] == "0" and pieces[here - 1].endswith("(") and _closes(pieces, here + 1)
            digits += "" if trunk else pieces[here]
            if digits in self.numbers:
                last = here + 1
            if here + 2 >= len(pieces) or not _is_gap(pieces[here + 1]) or not _is_digits(pieces[here + 2]):
                break
            here += 2
        return last


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.translate(INVISIBLE)).casefold())


def _placed(text: str) -> tuple[str, Sequence[Span]]:
    """Return the folded text and, for each of its characters, from where to where it stood in the text."""
    if text.isascii():
        return text.lower(), [(at, at + 1) for at in range(len(text))]
    places: list[Span] = []
    parts: list[str] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _belongs(text[end]):
            continue
        parts.append(_folded(text[start:end]))
        places += [(start, end)] * len(parts[-1])
        start = end
    folded = _folded(text)
    if "".join(parts) != folded:  # signs that only make one in a row of several letters: the text as a whole stands for each
        return folded, [(0, len(text))] * len(folded)
    return folded, places


def _belongs(sign: str) -> bool:
    """Return whether a sign makes one with what is before it."""
    return not sign.isascii() and (unicodedata.category(sign)[0] == "M" or JOINED.match(sign) is not None or ord(sign) in INVISIBLE)


@cache
def _wide_pieces() -> re.Pattern[str]:
    """Return what parts a text that is not ASCII: words with their marks, single signs of unspaced scripts, and the rest."""
    marks = [at for at in range(0x300, 0x20000) if unicodedata.category(chr(at))[0] == "M"] + [*range(0xE0100, 0xE01F0)]
    ranges: list[list[int]] = []
    for at in marks:
        if ranges and ranges[-1][1] == at - 1:
            ranges[-1][1] = at
        else:
            ranges.append([at, at])
    mark = "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)
    return re.compile(rf"[{UNSPACED}]|(?:[^\W{UNSPACED}]|[{mark}])+|[^\w{mark}]+")


def _pieces(folded: str) -> list[str]:
    return (ASCII_PIECES if folded.isascii() else _wide_pieces()).findall(folded)


def _is_word(piece: str) -> bool:
    return piece[0].isalnum() or piece[0] == "_"


def _is_digits(piece: str) -> bool:
    return piece.isascii() and piece.isdigit()


def _is_gap(piece: str) -> bool:
    return len(piece) <= LONGEST_GAP and not piece.strip(SEPARATORS)


def _closes(pieces: Sequence[str], at: int) -> bool:
    return at < len(pieces) and pieces[at].startswith(")")


def _spaced(piece: str) -> str:
    return piece if len(piece) == 1 and not piece.isspace() else SPACES.sub(" ", piece)


def _walked(pieces: Sequence[str], at: int, node: Tree | None) -> int:
    """Return the index behind the longest word that begins at a piece, 0 where none does."""
    here, last = at, 0
    while node is not None:
        address = node.get(END)
        here += 1
        if address is not None and not (address and _is_longer(pieces, at, here)):
            last = here
        node = node.get(_spaced(pieces[here])) if here < len(pieces) else None
    return last


def _is_longer(pieces: Sequence[str], at: int, end: int) -> bool:
    """Return whether an address goes on before or behind: `jo.anna@x.eu`, `anna@x.eu.com`."""
    before = at >= 2 and pieces[at - 1] in CONTINUES and _is_word(pieces[at - 2])
    return before or (end + 1 < len(pieces) and pieces[end] in CONTINUES and _is_word(pieces[end + 1]))


def _widened(folded: str, start: int, end: int) -> int:
    """Return where a number begins with the sign or bracket before it."""
    if start and folded[start - 1] == "+":
        start -= 1
    open_before = start and folded[start - 1] == "(" and folded.count(")", start, end) > folded.count("(", start, end)
    return start - 1 if open_before else start


def _digits(folded: str) -> tuple[str, ...]:
    """Return what a word is as a telephone number: `+49 …` is also dialled `0049 …`; nothing where it is none."""
    word = folded.strip()
    if not NUMBER.fullmatch(word):
        return ()
    international = word.startswith("+")
    digits = "".join(filter(str.isdigit, TRUNK.sub("", word)))
    if not SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER:
        return ()
    return (digits, f"00{digits}") if international else (digits,)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _other_than(taken: set[str], key: str) -> str:
    """Return a key that no other forgotten key of the document has."""
    number, new = 1, key
    while new in taken:
        number += 1
        new = f"{key} {number}"
    taken.add(new)
    return new
