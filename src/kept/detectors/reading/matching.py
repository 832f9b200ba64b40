"""Building a `find` out of a shape, a checksum and cues nearby."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from kept.detectors.detector import Find

__all__ = ["Cue", "Quick", "Rule", "is_valid", "rules", "squeeze"]

SHORT = 64
"""A text up to this long may be nothing but a value."""
NOISE = re.compile(r"[\s.\-/·_]+")


def squeeze(value: str) -> str:
    """Return the value without the separators people write into numbers."""
    return NOISE.sub("", value)


def is_valid(module: Any) -> Callable[[str], bool]:
    """Return the checksum rule of a python-stdnum module, over a value without separators."""

    def holds(value: str) -> bool:
        return bool(module.is_valid(squeeze(value)))

    return holds


class Quick:
    """Whether an RE2 pattern occurs in a text, any case, in a microsecond or two; where it occurs is not told."""

    __slots__ = ("_set",)

    def __init__(self, pattern: str) -> None:
        """Compile the pattern. Raises re2.error when RE2 cannot: look-around is not for it."""
        options = re2.Options()
        options.case_sensitive = False
        self._set = re2.Set.SearchSet(options)
        self._set.Add(pattern)
        self._set.Compile()

    def within(self, text: str) -> bool:
        """Return whether the pattern occurs."""
        return self._set.Match(text) is not None


class Cue:
    """Words that stand near a value and say what it is: within `before` characters ahead or `after` behind, any case."""

    __slots__ = ("_quick", "after", "before", "words")

    def __init__(self, words: str, *, before: int = 40, after: int = 24) -> None:
        """Take the words as one regular expression; it is bounded by non-letters on both sides."""
        self.words = re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])", re.IGNORECASE)
        self._quick = Quick(rf"(?:^|\PL)(?:{words.replace(chr(92) + 'w', chr(92) + 'pL')})(?:\PL|$)")
        self.before = before
        self.after = after

    def near(self, text: str, start: int, end: int) -> bool:
        """Return whether a cue stands near text[start:end]."""
        return self.ahead(text, start) or self.behind(text, end)

    def anywhere(self, text: str) -> bool:
        """Return whether a cue stands anywhere in the text."""
        return self._quick.within(text)

    def ahead(self, text: str, start: int) -> bool:
        """Return whether a cue stands before `start`."""
        return self.before > 0 and start > 0 and self._quick.within(text[max(0, start - self.before) : start])

    def behind(self, text: str, end: int) -> bool:
        """Return whether a cue stands behind `end`."""
        return self.after > 0 and end < len(text) and self._quick.within(text[end : end + self.after])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A shape; what must hold of it; and what must stand nearby unless the shape alone is sure.

    `shape` may have a group 1, which is then the value. `cue` is needed, unless the value is the whole text and `alone` is
    true, or `sure` says of the written value that nobody writes anything else that way. `unlike` near by forbids the match.
    """

    shape: re.Pattern[str]
    holds: Callable[[str], bool] | None = None
    cue: Cue | None = None
    sure: Callable[[str], bool] | None = None
    unlike: Cue | None = None
    alone: bool = True

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the (start, end) of every match."""
        if self._hopeless(text):
            return
        group = 1 if self.shape.groups else 0
        for found in self.shape.finditer(text):
            start, end = found.span(group)
            if start < 0:
                continue
            value = text[start:end]
            if self._placed(text, start, end, value) and (self.holds is None or self.holds(value)):
                yield start, end

    def _hopeless(self, text: str) -> bool:
        """Return whether a cue is needed and nowhere in the text, which is cheaper to know than where the shape occurs."""
        if self.cue is None or self.sure is not None or (self.alone and len(text) <= SHORT):
            return False
        return not self.cue.anywhere(text)

    def _placed(self, text: str, start: int, end: int, value: str) -> bool:
        if self.unlike is not None and self.unlike.near(text, start, end):
            return self.cue is not None and self.cue.near(text, start, end)
        if self.cue is None or (self.sure is not None and self.sure(value)):
            return True
        if self.alone and len(text.strip()) == len(value):
            return True
        return self.cue.near(text, start, end)


def rules(*several: Rule) -> Find:
    """Return a find that tries several rules in turn."""

    def find(text: str) -> Iterator[tuple[int, int]]:
        for rule in several:
            yield from rule.find(text)

    return find
