"""A small linear model that says which words of a text belong to a name, and which to an address.

Each word is scored by itself and by its neighbours: the word, its ending, its shape. Weights are hashed into one table of
small integers for names and one for addresses (`tagger.bin`), trained by `kept.detectors.training` on sentences from a
generator. What a word contributes in each place is worked out once and remembered, so that a score is a few look-ups.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

__all__ = ["BITS", "PLACES", "Tagger", "Token", "conjunctions", "shape", "tagger", "tokens", "word_features"]

BITS = 17
"""Each table has 2**BITS weights of one byte."""

STEP = 1 / 24
"""What one unit of a stored weight is worth."""

PLACES = (0, -1, 1, -2, 2)
REMEMBERED = 50_000
FILE = Path(__file__).with_name("tagger.bin")

LETTERS = (
    r"A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0963\u0970-\u1fff\u2c00-\u2dff\u3005-\u3007"
    r"\u3040-\ud7ff\uf900-\ufdff\ufe70-\ufefc\U00010000-\U0003ffff"
)
"""Letters of all scripts with the vowel signs of Indic ones, which `\\w` leaves out."""
TOKEN = re.compile(rf"[{LETTERS}]+(?:(?:'(?!s\b)|-)[{LETTERS}]+)*|'s\b|\d+(?:[\w/.\-]*\w)?|\n|[^\w\s]|_")

Token = tuple[str, int, int]
"""A word, a number, a sign or a line break, with where it starts and ends."""


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text; spaces are left out."""
    return [(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]


def shape(word: str) -> str:
    """Return a word's shape: X capitalised, XX capitals, xX mixed, x lower case, c without case, digits, signs, breaks."""
    first = word[0]
    if first.isdigit():
        return f"d{len(word)}" if word.isdigit() else "dx"
    if not first.isalpha():
        return word
    if word.islower():
        return "x"
    if word.isupper():
        return "XX" if len(word) > 1 else "X1"
    if first.isupper():
        return "X"
    return "xX" if any(char.isupper() for char in word) else "c"


def word_features(word: str, place: int) -> list[str]:
    """Return what is told about a word in a place: 0 is the word itself, -1 the one before it, and so on."""
    low = word.lower()
    if low[:1].isdigit():
        low = re.sub(r"\d", "0", low)
    told = [f"{place}w{low}", f"{place}s{shape(word)}"]
    if abs(place) == 1:
        told.append(f"{place}e{low[-3:]}")
    if place == 0:
        told += [f"e2{low[-2:]}", f"e3{low[-3:]}", f"e4{low[-4:]}", f"b3{low[:3]}", f"l{min(len(low), 12)}"]
    return told


def conjunctions(before: str, word: str, after: str) -> list[str]:
    """Return what is told by neighbours together."""
    shapes = shape(before), shape(word), shape(after)
    return [
        f"c{shapes[0]}|{shapes[1]}|{shapes[2]}",
        f"cb{before.lower()}|{shapes[1]}",
        f"ca{shapes[1]}|{after.lower()}",
    ]


def slot(feature: str) -> int:
    """Return a feature's place in the table."""
    return zlib.crc32(feature.encode("utf-8", "replace")) & ((1 << BITS) - 1)


class Tagger:
    """Scores words for one thing. Weights are bytes, 128 meaning nothing."""

    __slots__ = ("_bias", "_pairs", "_weights", "_words")

    def __init__(self, weights: bytes) -> None:
        """Take a table of 2**BITS weights."""
        self._weights = weights
        self._bias = self._sum(["bias"])
        self._words: dict[str, tuple[int, ...]] = {}
        self._pairs: dict[tuple[str, str, str], int] = {}

    def _sum(self, features: list[str]) -> int:
        return sum(self._weights[slot(feature)] - 128 for feature in features)

    def _word(self, word: str) -> tuple[int, ...]:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= REMEMBERED:
                self._words.clear()
            known = self._words[word] = tuple(self._sum(word_features(word, place)) for place in PLACES)
        return known

    def _pair(self, key: tuple[str, str, str]) -> int:
        known = self._pairs.get(key)
        if known is None:
            if len(self._pairs) >= REMEMBERED:
                self._pairs.clear()
            known = self._pairs[key] = self._sum(conjunctions(*key))
        return known

    def scores(self, words: Sequence[str], wanted: Sequence[int]) -> list[float]:
        """Return the log-odds of the wanted words; the text ends in line breaks on both sides."""
        padded = ["\n", "\n", *words, "\n", "\n"]
        scored = []
        for at in wanted:
            before2, before, word, after, after2 = padded[at : at + 5]
            total = (
                self._bias + self._word(word)[0] + self._word(before)[1] + self._word(after)[2]
                + self._word(before2)[3] + self._word(after2)[4] + self._pair((before, word, after))
            )  # fmt: skip
            scored.append(total * STEP)
        return scored


@cache
def tagger(thing: str) -> Tagger:
    """Return the tagger of a thing, `person` or `address`."""
    tables = zlib.decompress(FILE.read_bytes())
    at = ("person", "address").index(thing) << BITS
    return Tagger(tables[at : at + (1 << BITS)])
