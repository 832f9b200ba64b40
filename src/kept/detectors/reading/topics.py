"""Special categories: a topic counts when a sentence ties it to somebody.

"What causes asthma?" is about asthma; "my asthma is back" is about a person. A topic is found where one of its terms stands in
a sentence with somebody in it (a pronoun, a kinship word, a role such as patient, a name), where one of its phrases already
ties it ("came out as", "was diagnosed with"), or where the term is the whole value, as in a column `religion`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Quick

__all__ = ["topic"]

SENTENCES = re.compile(r"[^.!?\n।。]+(?:\.(?=\S)[^.!?\n।。]+)*[.!?।。]*")
SOMEBODY = re.compile(
    r"\b(?:I|i|I'm|I've|i'm|im|i've|(?i:my|me|myself|we|our|us|he|she|his|her|hers|him|himself|herself|they|their|them|ours"
    r"|patients?|employees?|applicants?|customers?|clients?|candidates?|colleagues?|coworkers?|tenants?|"
    r"residents?|students?|pupils?|suspects?"
    r"|defendants?|claimants?|policyholders?|respondents?|subjects?|members?|donors?|husband|wife|spouse|partner|"
    r"boyfriend|girlfriend|mother"
    r"|father|mom|mum|dad|sister|brother|son|daughter|uncle|aunt|cousin|grandm\w+|grandf\w+|neighbou?r|boss|friend|driver|nurse"
    r"|teacher|man|woman|boy|girl|child|mr|mrs|ms|miss|dr|shri|smt"
    r"|ich|mein\w*|mir|mich|er|sie|ihr\w*|sein\w*|unser\w*|wir|je|j'ai|j'étais|mon|ma|mes|moi|il|elle|nous|son|sa|"
    r"yo|mi|mis|soy|tengo|estoy|él|ella|su"
    r"|io|sono|ho|mio|mia|lui|lei|suo|sua|ik|mijn|hij|zij|ja|jestem|mam|mój|moja|mój|ona|eu|sou|tenho|estou|meu|minha|ele|ela"
    r"|mujhe|mera|meri|mere|main|hum|uska|uski|jag|min|hon|jeg|minä|olen))\b"
    r"|मैं|मेर[ाीे]|मुझे|उस[काकी]|हम|Я|я|мо[йяеи]|меня|мне|она|он|我|他|她|私|彼"
)
NAMED = re.compile(
    r"(?<![\w.])[A-ZÀ-ÞА-Я][\w'\-]+(?: (?:van|von|de|del|della|di|da|der|den|la|le|el|al|bin|ter|y))* [A-ZÀ-ÞА-Я][\w'\-]+"
    r"(?:'s\b|,? (?:is|was|has|had|takes|took|gave|came|joined|attends?|suffers?|identif\w+|ran|will|can|wants|"
    r"got|went|lives|prays|follows|voted|donat\w+|needs|underwent|uses|became|converted|belongs|pleaded|served|"
    r", ))?"
    r"|(?<![\w.])[A-ZÀ-ÞА-Я][a-zà-ÿа-я]{2,}(?:'s| (?:is|was|has|had|takes|took|gave|came|joined|attends|suffers|"
    r"identifies|ran|got|went|prays|voted|needs|underwent|became|converted|belongs|pleaded|served))\b"
)
ABOUT_IT = re.compile(
    r"^\W*(?:\w{1,8}[:,\]]\W*|fix grammar:?\W*|please\s)?(?:what|which|how|when|where|why|who|whose|is|are|was|"
    r"were|does|do|did|can|could|should|define|explain|describe|list|name"
    r"|compare|summari[sz]e|translate|write|discuss|history of|side effects|tell me|give me|was ist|qu'est|que es|"
    r"qué es|cos'è|co to)\b"
    r"|\b(?:learn(?:ing)?|read(?:ing)?|wrote|writing|essay|article|paper|thesis|research\w*|study(?:ing)?|course|"
    r"book|novel|film|documentary|lecture|question|curious|information|podcast|museum|survey|statistics|percent)"
    r"\b.{0,20}\b(?:about|on|of|into|for|regarding)\b",
    re.IGNORECASE,
)
ARTICLES = ("The ", "A ", "An ", "This ", "That ", "Our ")
ANIMAL = re.compile(
    r"\b(?:my|our|his|her|their|the) (?:dog|cat|horse|puppy|kitten|hamster|rabbit|cow|parrot|pet)s?\b", re.IGNORECASE
)
QUALIFIED = re.compile(
    r"^(?:(?:type [12i]{1,2}|chronic|acute|severe|mild|moderate|suspected|recurrent|gestational|bronchial|"
    r"stage \w+|history of|roman|practi[sc]ing|devout|non-practi[sc]ing) )+"
    r"|(?: (?:type [12i]{1,2}|disease|syndrome|disorder|\(.{1,20}\)))+$",
    re.IGNORECASE,
)
TIED = (
    r"(?:\b(?:my|his|her|our|their|mein\w*|mon|ma|mi|mijn|mio|mia|mój|moja|meri|mera)\s(?:[\w'-]+\s){{0,3}}(?:{terms})"
    r"|\b(?:i am|i'm|im|i was|i have|i've|i had|i take|i took|he is|he's|she is|she's|he has|she has|he was|"
    r"she was|we are|they are|ich bin|ich habe|je suis|j'ai|soy|tengo|sono|ho|jestem|mam)"
    r"\s(?:[\w'-]+\s){{0,3}}(?:{terms}))"
)


@dataclass(frozen=True, slots=True)
class _Topic:
    terms: re.Pattern[str]
    phrases: re.Pattern[str] | None
    unlike: re.Pattern[str] | None
    tied: re.Pattern[str]
    quick_phrases: Quick | None
    quick_unlike: Quick | None

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield what reveals the topic about somebody; the value itself when it is nothing but a term."""
        bare = text.strip(" \t\r\n.,;:\"'()[]")
        if bare and self.terms.fullmatch(QUALIFIED.sub("", bare)):
            start = text.index(bare)
            yield start, start + len(bare)
            return
        for sentence in SENTENCES.finditer(text):
            for start, end in self._in_sentence(sentence[0]):
                yield sentence.start() + start, sentence.start() + end

    def _in_sentence(self, sentence: str) -> Iterator[tuple[int, int]]:
        if ANIMAL.search(sentence):
            return
        if self.unlike is not None and self.quick_unlike is not None and self.quick_unlike.within(sentence):
            sentence = self.unlike.sub(_blank, sentence)
        if self.phrases is not None and self.quick_phrases is not None and self.quick_phrases.within(sentence):
            for found in self.phrases.finditer(sentence):
                yield found.span()
        if self.terms.search(sentence) is None:
            return
        if ABOUT_IT.search(sentence):
            for found in self.tied.finditer(sentence):
                yield found.span()
            return
        for found in self.terms.finditer(sentence):
            if self._somebody(sentence, *found.span()):
                yield found.span()

    def _somebody(self, sentence: str, start: int, end: int) -> bool:
        """Tell whether a person stands in the sentence, term aside; capitals after an article or round a term name a thing."""
        if any(found.end() <= start or found.start() >= end for found in SOMEBODY.finditer(sentence)):
            return True
        for found in NAMED.finditer(sentence):
            thing = found[0].startswith(ARTICLES) or self.terms.search(found[0]) is not None
            if not thing and (found.end() <= start or found.start() >= end):
                return True
        return False


def _blank(found: re.Match[str]) -> str:
    return "\x00" * len(found[0])


def _branch(words: list[str], depth: int = 0) -> str:
    """Join words into a pattern that decides by first letters, so that many words cost little."""
    if depth == 2 or len(words) < 4:
        return "|".join(
            re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"[\s-]") for word in sorted(words, key=len, reverse=True)
        )
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[:1], []).append(word[1:])
    branches = []
    for first, rests in sorted(groups.items()):
        head = re.escape(first) if first not in {" ", "*"} else {" ": r"[\s-]", "*": r"\w*"}[first]
        branches.append(f"{head}(?:{_branch(rests, depth + 1)})" if first else "")
    return "|".join(branches)


def _sieve(words: list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\*", "").replace(r"\ ", r"[\s-]") for word in sorted(words))


def topic(
    *,
    kind: str,
    title: str,
    category: str,
    terms: str,
    names: tuple[str, ...],
    source: str,
    phrases: str = "",
    unlike: str = "",
) -> Detector:
    """Return the detector of a special category.

    `terms` are separated by commas or lines, in lower case, `*` standing for any ending. `phrases` (RE2 syntax) reveal by
    themselves. `unlike` is taken out of a sentence first: a "race condition" has no race in it.
    """
    words = sorted({word.strip() for word in re.split(r"[,\n]", terms) if word.strip()})
    one = rf"(?:{_branch(words)})(?:'s|s|es)?"
    bounded = rf"(?<![\w])(?:{one})(?![^\W_])"
    rule = _Topic(
        terms=re.compile(bounded, re.IGNORECASE),
        phrases=re.compile(phrases, re.IGNORECASE) if phrases else None,
        unlike=re.compile(rf"(?<!\w)(?:{unlike})(?!\w)", re.IGNORECASE) if unlike else None,
        tied=re.compile(TIED.format(terms=one), re.IGNORECASE),
        quick_phrases=Quick(phrases) if phrases else None,
        quick_unlike=Quick(unlike) if unlike else None,
    )
    sieve = (rf"(?i)(?:^|[^A-Za-z0-9])(?:{_sieve(words)})",) + ((rf"(?i)(?:{phrases})",) if phrases else ())
    return Detector(
        kind=kind, title=title, category=category, special=True, sieve=sieve, find=rule.find, names=names, source=source
    )
