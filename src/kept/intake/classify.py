"""Guessing which right a letter asks for, by phrases in six languages; where they do not speak clearly, somebody looks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import yaml

from .letter import Letter

__all__ = ["CONTACT", "NONE", "Guess", "Rule", "classify", "guess_at", "rules"]

CONTACT: Final = "contact"
"""A question, or something that no rule knows: somebody reads it."""
NONE: Final = "none"
"""Nobody asks for anything: an automatic letter, or, unsure, an offer."""
FOLDER: Final = Path(__file__).with_name("rules")
LONGEST: Final = 20_000
"""Characters that are looked at; somebody looks at a longer letter."""

SOFT: Final = {"questions", "thanks"}
"""Doubts about what their own sentence says, and not about the letter."""

WORDS = re.compile(r"[\w\u0900-\u097f\u200c\u200d]+|,")
ENDS = re.compile(r"([.!?;:।]+|\n\s*\n)")
SHORTENED = re.compile(r"\b(artt?|arts|abs|nr|no|sec|dr|mr|mrs|ms|st)\.", re.I)
ANSWERS = re.compile(r"\s*(?:re|aw|fwd?|wg|tr|rv|res|enc|sv|antw|उत्तर)\s*(?:\[\d+\])?\s*:", re.I)
MARKS = re.compile("[\u0300-\u036f\u093c]")
TOKENS = re.compile(r"\([^)]*\)|\[[^\]]*\]|\.{2,3}|\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Which right a letter asks for. `why` names the rights that speak and the language they speak in, never the letter's words.

    Only where `sure` may a request be opened before somebody has confirmed it; what is asked for is never done unseen by that
    alone, because who asks is another question.
    """

    right: str
    sure: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How people ask for one right: phrases that say it clearly, by language, words that only hint at it, what denies it.

    `needs`, where there are any, must stand somewhere in the letter, or what was clear is a hint.
    """

    right: str
    says: Mapping[str, tuple[re.Pattern[str], ...]]
    hints: tuple[re.Pattern[str], ...]
    denies: tuple[re.Pattern[str], ...]
    needs: tuple[re.Pattern[str], ...] = ()

    def heard_in(self, sentence: str) -> str:
        """Return the language in which a sentence clearly asks for this right, `hint` where it only hints at it, or nothing."""
        if _any(self.denies, sentence):
            return ""
        for language, patterns in self.says.items():
            if _any(patterns, sentence):
                return language
        return "hint" if _any(self.hints, sentence) else ""


def classify(letter: Letter) -> Guess:
    """Guess what a letter asks for. An automatic letter asks for nothing; of the others the new words and the subject count."""
    if letter.automatic:
        return Guess(right=NONE, sure=True, why=(letter.automatic,))
    guess = guess_at(letter.subject.reveal(), letter.new.reveal())
    if letter.cut:
        return Guess(right=guess.right, sure=False, why=(*guess.why, "only a part of the letter could be read"))
    return guess


def guess_at(subject: str, text: str) -> Guess:
    """Guess what a subject and a text ask for. Sure only where exactly one right is clearly asked for and no other hinted at.

    The subject of an answer is not the writer's and does not count.
    """
    heard, doubts = _heard(list(_sentences("" if ANSWERS.match(subject) else subject, text)))
    offers = heard.pop(NONE, "") not in {"", "hint"}
    clear = [right for right, said in heard.items() if said != "hint"]
    why = tuple(f"{right}: {'hinted at' if said == 'hint' else f'clearly ({said})'}" for right, said in heard.items())
    if offers and not clear:
        return Guess(right=NONE, sure=False, why=(*why, "it reads like an offer"))
    if not heard:
        return Guess(right=CONTACT, sure=False, why=("no right is named",))
    why = (*why, *sorted(f"doubt: {kind}" for kind in doubts))
    sure = len(clear) == 1 and len(heard) == 1 and not offers and not doubts and len(text) <= LONGEST
    return Guess(right=(clear or list(heard))[0] if clear else _hinted(heard), sure=sure, why=why)


def _heard(sentences: Sequence[tuple[str, bool]]) -> tuple[dict[str, str], set[str]]:
    """Return how clearly each right is heard, in the order of the sentences, and the kinds of doubts."""
    heard: dict[str, str] = {}
    doubts: set[str] = set()
    met = {rule.right for rule in rules() if not rule.needs or any(_any(rule.needs, sentence) for sentence, _ in sentences)}
    for sentence, question in sentences:
        doubts |= {kind for kind, patterns in _doubts().items() if kind not in SOFT and _any(patterns, sentence)}
        asks = question and any(pattern.match(sentence) for pattern in _doubts()["questions"])
        soft = asks or _any(_doubts()["thanks"], sentence)
        for rule in rules():
            said = rule.heard_in(sentence)
            if said and heard.get(rule.right, "hint") == "hint":
                heard[rule.right] = "hint" if soft or rule.right not in met else said
    return heard, doubts


def _any(patterns: Sequence[re.Pattern[str]], sentence: str) -> bool:
    return any(pattern.search(sentence) for pattern in patterns)


def _hinted(heard: Mapping[str, str]) -> str:
    """A single hint is a guess; several are a question."""
    return next(iter(heard)) if len(heard) == 1 else CONTACT


def _sentences(subject: str, text: str) -> Iterator[tuple[str, bool]]:
    """Yield the subject and each sentence as words with a space before and behind each, a comma being one, and whether it asks."""
    pieces = ENDS.split(SHORTENED.sub(r"\1 ", text[:LONGEST]))
    for piece, end in ((subject, ""), *zip_longest(pieces[::2], pieces[1::2], fillvalue="")):
        if words := WORDS.findall(_folded(piece)):
            yield f" {' '.join(words)} ", "?" in end


def _folded(text: str) -> str:
    """Return the text without what people leave out or write in two ways: capitals, accents, apostrophes, the dot of a letter."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'").replace("n't", "nt"))
    return unicodedata.normalize("NFC", MARKS.sub("", plain)).replace("\u0901", "\u0902").replace("_", " ")


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules, one file a right. Raises ValueError for a file that is not written as one."""
    return tuple(_rule(path) for path in sorted(FOLDER.glob("*.yaml")))


@cache
def _doubts() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """Return what makes a guess unsure, by kind; `questions` count at the beginning of a sentence that ends in a question mark."""
    written: Any = yaml.safe_load(FOLDER.with_name("doubts.yaml").read_text(encoding="utf-8"))
    return {kind: tuple(map(_pattern, phrases)) for kind, phrases in written.items()}


def _rule(path: Path) -> Rule:
    written: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(written, dict) or set(written) - {"needs"} != {"says", "hints", "not"}:
        raise ValueError(f"{path.name} needs says, hints and not, may have needs, and nothing else")
    return Rule(
        right=path.stem,
        says={language: tuple(map(_pattern, phrases)) for language, phrases in written["says"].items()},
        hints=tuple(map(_pattern, written["hints"])),
        denies=tuple(map(_pattern, written["not"])),
        needs=tuple(map(_pattern, written.get("needs", ()))),
    )


def _pattern(phrase: str) -> re.Pattern[str]:
    """Compile a phrase: `(a|b c)` one of several, `[a]` or not, `...` up to five words, `..` the same without a comma, `word*`."""
    pieces: list[str] = []
    for token in TOKENS.findall(phrase):
        match token:
            case "...":
                pieces.append(r"(?: [^ ]+){0,5}?")
            case "..":
                pieces.append(r"(?: [^ ,]+){0,5}?")
            case _ if token.startswith("["):
                pieces.append(f"(?: {_words(token[1:-1])})?")
            case _ if token.startswith("("):
                pieces.append(f" (?:{'|'.join(map(_words, token[1:-1].split('|')))})")
            case _:
                pieces.append(f" {_words(token)}")
    return re.compile("".join(pieces) + "(?= )")


def _words(text: str) -> str:
    return re.escape(_folded(text)).replace(r"\*", "[^ ]*").replace(r"\ ", " ")
