"""Names of people: in columns by their name, in text by the tagger, by titles and by cues in other scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector
from kept.detectors.reading.tagger import Token, tagger, tokens

PARTICLES = "van von de del della di da der den la le el al bin ibn ter zu zur y e dos du das do af av ten op"
JOINED = re.compile(r"[ \t]{1,2}|\. ?|[ \t](?:(?:" + PARTICLES.replace(" ", "|") + r") ?)+ ?|'")
NOT_NAMES = (
    "hey professor doctor i i'm mr mrs ms miss dr prof sir madam herr frau monsieur madame señor señora signor pan pani the "
    "this that hello hi dear yes no"
    " ok monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september"
    " october november december english french german spanish italian"
)
NOBODY = frozenset(NOT_NAMES.split())
LOWER_CUES = re.compile(
    r"(?<!\w)(?:bhai|bhaiya|ji|didi|shri|smt|my name is|mera naam|i am|i'm|this is|hi|hello|dear|regards|mr|mrs|ms|dr)(?!\w)",
    re.IGNORECASE,
)
SCRIPTS = re.compile(
    r"(?:氏名|お名前|名前|姓名|名字|이름|성명)[ ::=はは은는]*(?P<name>[^\W\d_]{2,12}(?:[ ·・][^\W\d_]{1,12})?)"
    r"|(?P<named>[\u4e00-\u9fff]{2,4})(?:さん|様|先生|女士|小姐)"
    r"|(?:नाम)(?: है)?[ :=]+(?P<indian>[\u0900-\u0963]+(?: [\u0900-\u0963]+)?)"
)
LIKELY, CERTAIN, BESIDE = 0.0, 1.0, -2.5
"""Log-odds from which a word starts a name, from which one word alone is a name,
and from which a word beside a name is part of it."""


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield names."""
    cut = tokens(text)
    if not text.islower():
        wanted = [at for at, token in enumerate(cut) if _capital(token[0]) and _free(text, token)]
    else:
        wanted = [at for at, token in enumerate(cut) if token[0][0].isalpha()] if LOWER_CUES.search(text) else []
    if wanted:
        scores = tagger("person").scores([token[0] for token in cut], wanted)
        yield from _names(
            text, [(cut[at], score) for at, score in zip(wanted, scores, strict=True) if cut[at][0].lower() not in NOBODY]
        )
    for found in SCRIPTS.finditer(text):
        yield found.span(found.lastgroup or 0)


def _capital(word: str) -> bool:
    return word[0].isupper() or (word[0].isalpha() and not word[0].islower())


def _free(text: str, token: Token) -> bool:
    """Return whether the word stands on its own: not a handle, nor part of a code, a path or an address on the net."""
    _, start, end = token
    return (
        text[start - 1 : start] not in {"@", "/", "_", "\\", "#"}
        and not text[end : end + 1].isdigit()
        and text[end : end + 1] not in {"_", "@", "/"}
    )


def _names(text: str, scored: list[tuple[Token, float]]) -> Iterator[tuple[int, int]]:
    """Join neighbouring words; keep those in which one word is likely a name, or surely if it stands alone."""
    least = CERTAIN if text.islower() else LIKELY
    group: list[tuple[Token, float]] = []
    for one in scored:
        if one[1] <= BESIDE:
            continue
        if group and not JOINED.fullmatch(text, group[-1][0][2], one[0][1]):
            yield from _kept(group, least)
            group = []
        group.append(one)
    yield from _kept(group, least)


def _kept(group: list[tuple[Token, float]], least: float) -> Iterator[tuple[int, int]]:
    best = max((score for _, score in group), default=BESIDE)
    if best > (CERTAIN if len(group) == 1 else least) and group[-1][0][2] - group[0][0][1] > 1:
        yield group[0][0][1], group[-1][0][2]


DETECTOR = Detector(
    kind="person",
    title="Name of a person",
    category="user.name",
    sieve=(
        r"[^.!?\s]\s\p{Lu}\p{Ll}",
        r"[\])>:@,;=\"(\n]\p{Lu}\p{Ll}",
        r"(?:^|\n)\p{Lu}\p{Ll}+(?:'s|,| (?:is|was|has|had|said|says|called|wrote|and|will|can|took|gave|went|lives|works|"
        r"asked|paid|ji|bhai))\b",
        r"(?i)(?:^|\P{L})(?:bhai|bhaiya|ji|didi|shri|smt|my name is|mera naam|i am|i'm|this is|hi|hello|dear|regards|"
        r"mr|mrs|ms|dr)\P{L}",
        r"氏名|名前|姓名|名字|이름|성명|नाम|さん|様|先生|女士|小姐",
    ),
    find=find,
    names=(
        r"(?:^|_)(?:first|last|full|middle|given|family|maiden|sur|fore|nick|display|legal|contact|customer|patient|"
        r"employee|recipient"
        r"|cardholder|account_holder)_?names?(?:_|$)",
        r"(?:^|_)(?:surname|firstname|lastname|fullname|vorname|nachname|prenom|nombre|apellidos?|cognome|imie|"
        r"nazwisko|achternaam"
        r"|voornaam)(?:_|$)",
        r"^(?:name|fname|lname)$",
    ),
    source="the tagger trained on generated sentences, see reading/tagger.py; titles and cues of the languages listed",
)
