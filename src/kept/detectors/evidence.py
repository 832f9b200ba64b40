"""Judging a column: what its name says, and what detectors found in its values.

Neither is enough alone. A column `email` is one before it has a row; a column `x7` in which 98 % of the values are e-mail
addresses is one whatever it is called; a column `notes` holds personal data if a few of its values do. A column called `name`
says little until its table is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kept.base.questions import Looked
from kept.detectors.detector import Detector
from kept.detectors.reading.columns import NAMED, NOT_PERSONAL, PEOPLE, THINGS, Named
from kept.detectors.registry import detectors
from kept.policy.taxonomy import Category

__all__ = ["LIKELY", "Guess", "judge_column"]

LIKELY = 0.5
"""From this confidence on, a column counts as personal: a scan proposes it, and outside the map it breaks `documented`."""

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NOT_WORD = re.compile(r"[^0-9a-z]+")
NUMERIC = re.compile(r"int|serial|numeric|decimal|number|float|double|real|money|bool|bit", re.IGNORECASE)
TEMPORAL = re.compile(r"date|time", re.IGNORECASE)
TEXTUAL_ONLY = frozenset({"email", "person", "address", "user-agent", "secret", "iban", "pan", "gstin", "upi", "ifsc"})
"""Kinds that need letters: a column of numbers with such a name holds something else, such as a count or a key."""

BY_CHANCE = {
    "payment-card": 0.1, "aadhaar": 0.1, "pl-pesel": 0.05, "ro-cnp": 0.05, "es-dni": 0.06, "ie-pps": 0.06, "nhs": 0.1,
    "person": 0.15, "address": 0.05, "voter-id": 0.05, "passport": 0.05, "phone": 0.02, "geo": 0.02, "date-of-birth": 0.02,
}  # fmt: skip
"""The share of values that a kind may be found in without one being there: the odds of its checksum, or what was measured."""

MOSTLY = 0.5
FEW = 20
"""Below this many values a share says little, and confidence is held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a column probably holds. `confidence` is from 0 to 1; `reason` is one sentence for the person who confirms it."""

    category: Category
    kind: str
    confidence: float
    reason: str
    special: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a name says: the kind, or the category where no detector has it, and how much the name alone is worth."""

    kind: str
    category: str
    phrase: str
    weight: float
    special: bool = False


def judge_column(name: str, column_type: str, looked: Looked | None, *, table: str = "") -> Guess | None:
    """Return what a column probably holds, None where nothing points to personal data.

    `name` is the column's, in any case; `column_type` the store's own word for the type; `looked` what a panel found in a
    sample of its values, None where nobody looked; `table` the name of its table, which decides about names such as `name`.
    """
    words = _words(name)
    around = _words(table)
    said = _said_by_name(words, column_type, around)
    seen = _seen_in_values(looked)
    if said is not None and seen is not None:
        return _both(said, seen, looked)
    if said is not None:
        return _by_name(said, looked)
    return _by_values(seen, looked) if seen is not None else None


def _words(name: str) -> str:
    """Return the name in snake_case."""
    return NOT_WORD.sub("_", CAMEL.sub("_", name).lower()).strip("_")


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Named], ...]:
    listed = [(re.compile(one.pattern), one) for one in NAMED]
    for one in detectors().values():
        named = Named(
            pattern="|".join(f"(?:{pattern})" for pattern in one.names),
            category=one.category, phrase=_article(one.title), kind=one.kind, special=one.special,
        )  # fmt: skip
        if one.names:
            listed.append((re.compile(named.pattern), named))
    return tuple(listed)


def _article(title: str) -> str:
    low = title if title[1:2].isupper() else title[0].lower() + title[1:]
    return f"{'an' if low[0].lower() in 'aeio' else 'a'} {low}" if not low.endswith(("data", "health", "opinion")) else low


def _said_by_name(words: str, column_type: str, around: str) -> _Said | None:
    if NOT_PERSONAL.search(words):
        return None
    for pattern, named in _patterns():
        if not pattern.search(words) or not _fits(named, column_type):
            continue
        weight = _weight(named, words, around)
        if weight <= 0:
            return None
        return _Said(kind=named.kind, category=named.category, phrase=named.phrase, weight=weight, special=named.special)
    return None


def _fits(named: Named, column_type: str) -> bool:
    """Return whether the type can hold such a thing: `email_count integer` cannot, nor `address_id bigint`."""
    if NUMERIC.search(column_type) and named.kind in TEXTUAL_ONLY:
        return False
    return not (TEMPORAL.search(column_type) and named.kind != "date-of-birth" and named.temporal is False)


def _weight(named: Named, words: str, around: str) -> float:
    """Return how much the name is worth, from its own clarity and its table's."""
    weight = named.weight
    if PEOPLE.search(around):
        weight += 0.15
    elif THINGS.search(around) or THINGS.search(words):
        weight -= 0.45 if named.vague else 0.15
    return min(weight, 0.9)


def _seen_in_values(looked: Looked | None) -> tuple[Detector, float] | None:
    """Return the detector that stands out most above chance, with the share of values it was found in."""
    if looked is None or looked.looked <= 0:
        return None
    best: tuple[float, Detector, float] | None = None
    for kind, count in looked.hits.items():
        one = detectors().get(kind)
        if one is None or count <= 0:
            continue
        share = min(1.0, count / looked.looked)
        above = share - BY_CHANCE.get(kind, 0.0) * (2.0 if share < MOSTLY else 0.0)
        if above > 0 and (best is None or above > best[0]):
            best = (above, one, share)
    return (best[1], best[2]) if best else None


def _both(said: _Said, seen: tuple[Detector, float], looked: Looked | None) -> Guess:
    one, share = seen
    if said.kind == one.kind or one.category.startswith(said.category) or said.category.startswith(one.category):
        category = said.category if len(said.category) >= len(one.category) else one.category
        confidence = 1 - (1 - said.weight) * (1 - _held_back(share, looked)) * 0.5
        return Guess(
            category=Category(key=category), kind=one.kind, confidence=round(min(confidence, 0.99), 2),
            reason=f"named like {said.phrase}; {_share(share, looked)} are", special=said.special or one.special,
        )  # fmt: skip
    found = _by_values(seen, looked)
    named = _by_name(said, looked)
    if share >= MOSTLY and found.confidence > named.confidence:
        return found
    return Guess(
        category=named.category, kind=named.kind, confidence=named.confidence, special=named.special or one.special,
        reason=f"{named.reason}, and {_share(share, looked)} hold {_article(one.title)}",
    )  # fmt: skip


def _by_name(said: _Said, looked: Looked | None) -> Guess:
    confidence = said.weight
    reason = f"named like {said.phrase}"
    if looked is None or looked.looked == 0:
        reason += "; no values were looked at" if looked is None else "; it has no values"
    elif said.kind in VERIFIABLE:
        confidence *= 0.45 if looked.looked >= FEW else 0.8
        reason += f", though none of {looked.looked:,} values looks like one"
    else:
        reason += "; its values cannot tell"
    return Guess(
        category=Category(key=said.category), kind=said.kind, confidence=round(confidence, 2), reason=reason, special=said.special
    )


VERIFIABLE = frozenset({"email", "ip", "mac", "iban", "payment-card", "user-agent", "pan", "gstin", "upi"})
"""Kinds whose values are found by shape alone, so that finding none speaks against the name."""


def _by_values(seen: tuple[Detector, float], looked: Looked | None) -> Guess:
    one, share = seen
    confidence = _held_back(share, looked)
    if share < MOSTLY:
        confidence = max(0.3, min(0.75, 0.3 + share)) if _hits(share, looked) > 1 else 0.25
    return Guess(
        category=Category(key=one.category), kind=one.kind, confidence=round(min(confidence, 0.95), 2), special=one.special,
        reason=f"{_share(share, looked)} hold {_article(one.title)}, though the name does not say so",
    )  # fmt: skip


def _hits(share: float, looked: Looked | None) -> int:
    return round(share * looked.looked) if looked else 0


def _held_back(share: float, looked: Looked | None) -> float:
    """Return the share, held back where few values were looked at."""
    count = looked.looked if looked else 0
    return share * min(1.0, 0.6 + 0.4 * count / FEW)


def _share(share: float, looked: Looked | None) -> str:
    count = looked.looked if looked else 0
    percent = f"{share:.0%}".replace("%", " %") if share >= 0.01 else "under 1 %"
    return f"{percent} of {count:,} values"
