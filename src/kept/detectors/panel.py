"""Many detectors over many values, fast.

A few `re2.Set`s of all the sieves look at a value and name the few detectors worth asking; most values name none and cost a few
microseconds. Only those few run their exact rule. One set of everything would be the fastest once it is warm, but an automaton
is built as texts come by, and the states of unlike patterns multiply: by kinds of pattern it is small and soon complete.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

import re2

from kept.detectors.detector import Detector, Span
from kept.detectors.reading.folding import fold
from kept.detectors.registry import detector, detectors

__all__ = ["LONGEST", "Panel"]

LONGEST = 65_536
"""Longest part of one value that `tally` looks at: characters of a text, bytes of a binary value."""

LONGEST_DIGEST = 256
"""Bytes; a longer value may be a file, in which an address is worth finding whatever stands around it."""
NOISY = 0.2
"""The share of characters that were no text, above which a short value is none. Text in a Latin encoding stays below it."""

REMEMBERED = 4_096
REMEMBERED_LENGTH = 256
MEMORY = 1 << 28
HANDFUL = 5
PLACEHOLDER = re.compile(r"\[redacted: [a-z0-9-]+\]")
FILLER = "\u2588"
"""Stands for each character of an earlier redaction: no sieve, cue or rule matches it."""

NOTHING: frozenset[str] = frozenset()


class Panel:
    """Detectors of some kinds, ready to look at values. Build it once with `Panel.of`; it is safe to share."""

    __slots__ = ("_detectors", "_sieves", "kinds")

    def __init__(self, kinds: Iterable[str] | None = None) -> None:
        """Compile the sieves of the kinds, None meaning all. Raises ValueError for a kind that does not exist."""
        chosen = detectors().values() if kinds is None else [detector(kind) for kind in sorted(set(kinds))]
        self._detectors: tuple[Detector, ...] = tuple(chosen)
        self.kinds: tuple[str, ...] = tuple(one.kind for one in self._detectors)
        self._sieves: tuple[tuple[re2.Set, tuple[Detector, ...]], ...] = tuple(
            (_compiled(some), some) for some in _alike(self._detectors)
        )

    @classmethod
    def of(cls, kinds: Iterable[str] | None = None) -> Panel:
        """Return the panel of these kinds, built at most once. Raises ValueError for a kind that does not exist."""
        return _panel(None if kinds is None else tuple(sorted(set(kinds))))

    def found_in(self, text: str) -> frozenset[str]:
        """Return the kinds found in one value."""
        folded = fold(text).text
        kinds = [one.kind for one in self.suspects(folded) if any(True for _ in one.find(folded))]
        return frozenset(kinds) if kinds else NOTHING

    def suspects(self, folded: str) -> list[Detector]:
        """Return the detectors whose sieve lets a folded text through: the only ones that look closer."""
        raw = folded.encode()
        return [some[index] for one_set, some in self._sieves for index in one_set.Match(raw) or ()]

    def spans(self, text: str) -> list[Span]:
        """Return where the kinds were found, in order of their start; spans of different kinds may overlap."""
        folded = fold(text)
        found: set[Span] = set()
        for one in self.suspects(folded.text):
            for at in one.find(folded.text):
                start, end = folded.original(*at)
                if start < end:
                    found.add(Span(start=start, end=end, kind=one.kind))
        return sorted(found, key=lambda span: (span.start, -span.end, span.kind))

    def redact(self, text: str) -> str:
        """Return the text with every span replaced by `[redacted: kind]`; doing it again changes nothing.

        Overlapping spans become one, named after the longest. What is redacted changes what stands near the rest, so the
        text is looked at until nothing more is found; each look hides at least one more character, so this ends.
        """
        while True:
            hidden = PLACEHOLDER.sub(lambda found: FILLER * len(found[0]), text)
            spans = _merged(self.spans(hidden))
            if not spans:
                return text
            for span in reversed(spans):
                text = f"{text[: span.start]}[redacted: {span.kind}]{text[span.end :]}"

    def tally(self, values: Iterable[object], counts: Counter[str]) -> tuple[int, int]:
        """Count the values each kind was found in; return (values looked at, values cut because longer than LONGEST).

        `counts` gains, per kind, the number of values with it, however often it occurs in one value. None and empty texts are
        skipped: many stores write nothing as an empty text. Text is taken as it is, bytes as UTF-8 (what does not decode is
        replaced; digests and keys, which are noise, are skipped), lists and mappings as JSON, the rest by `str`. Short values are
        remembered while the call lasts, because columns repeat themselves; nothing is kept after it.
        """
        known: dict[str, frozenset[str]] = {}
        looked = cut = 0
        found_in = self.found_in
        for value in values:
            if value is None:
                continue
            text = value if type(value) is str else _as_text(value)
            if not text:
                continue
            looked += 1
            if len(text) > LONGEST:
                text = text[:LONGEST]
                cut += 1
            kinds = known.get(text)
            if kinds is None:
                kinds = found_in(text)
                if len(known) < REMEMBERED and len(text) <= REMEMBERED_LENGTH:
                    known[text] = kinds
            for kind in kinds:
                counts[kind] += 1
        return looked, cut


@cache
def _panel(kinds: tuple[str, ...] | None) -> Panel:
    return Panel(kinds)


def _alike(chosen: tuple[Detector, ...]) -> list[tuple[Detector, ...]]:
    """Split into the special categories, which are words; kinds that need digits; and a handful each of the rest."""
    special = tuple(one for one in chosen if one.special)
    digits = tuple(one for one in chosen if not one.special and all(r"\d" in pattern for pattern in one.sieve))
    rest = tuple(one for one in chosen if one not in special and one not in digits)
    parts = [special, digits, *(rest[at : at + HANDFUL] for at in range(0, len(rest), HANDFUL))]
    return [part for part in parts if part]


def _compiled(chosen: tuple[Detector, ...]) -> re2.Set:
    """One pattern a detector, so that the index of a match is the index of the detector."""
    options = re2.Options()
    options.max_mem = MEMORY
    one_set = re2.Set.SearchSet(options)
    for one in chosen:
        one_set.Add("|".join(f"(?:{pattern})" for pattern in one.sieve))
    one_set.Compile()
    return one_set


def _as_text(value: object) -> str:
    match value:
        case str():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return _decoded(bytes(value[: LONGEST + 1]))
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _decoded(raw: bytes) -> str:
    """Return bytes as text; nothing for a digest or a key: once in forty thousand, an address stands in its noise."""
    text = raw.decode("utf-8", errors="replace")
    if len(raw) > LONGEST_DIGEST:
        return text
    noise = sum(1 for char in text if char == "\ufffd" or (char < " " and char not in "\t\n\r"))
    return "" if noise > NOISY * len(text) else text


def _merged(spans: list[Span]) -> list[Span]:
    """Join overlapping spans; the joined one is named after its longest part."""
    merged: list[Span] = []
    longest = 0
    for span in spans:
        length = span.end - span.start
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            kind = span.kind if length > longest else last.kind
            merged[-1] = Span(start=last.start, end=max(last.end, span.end), kind=kind)
            longest = max(longest, length)
        else:
            merged.append(span)
            longest = length
    return merged
