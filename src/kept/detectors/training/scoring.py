"""Scoring detectors on labelled sentences: precision, recall and F1 a kind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kept.detectors.detector import Span

__all__ = ["KINDS", "SPECIAL", "Labelled", "Score", "read_labelled", "score"]

KINDS = {
    "EMAIL": "email", "PHONE": "phone", "CREDIT_CARD": "payment-card", "IBAN": "iban", "IP": "ip", "AADHAAR": "aadhaar",
    "PAN": "pan",
    "GSTIN": "gstin", "VOTER_ID": "voter-id", "UPI": "upi", "IFSC": "ifsc", "IN_PASSPORT": "passport", "SSN": "ssn",
    "UK_NINO": "nino",
    "UK_NHS": "nhs", "ES_DNI": "es-dni", "PL_PESEL": "pl-pesel", "IT_CF": "it-codice-fiscale", "PERSON": "person",
    "ADDRESS": "address", "DOB": "date-of-birth",
}  # fmt: skip
"""Types as the labelled sentences call them, and our kinds."""

SPECIAL = ("health", "religion", "sexuality", "politics", "union", "biometric", "genetic", "ethnicity", "criminal")
HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A sentence, where what stands in it, and the special categories it reveals about somebody."""

    text: str
    spans: frozenset[Span]
    special: frozenset[str]


@dataclass(slots=True)
class Score:
    """How often a kind was rightly found, wrongly found, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what is there that was found; 1 where nothing is."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read_labelled(path: Path) -> list[Labelled]:
    """Read sentences from JSON lines with text, spans and special."""
    read = []
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        spans = frozenset(Span(start=span["start"], end=span["end"], kind=KINDS[span["type"]]) for span in one["spans"])
        read.append(Labelled(text=one["text"], spans=spans, special=frozenset(one["special"])))
    return read


def score(sentences: Iterable[Labelled], find: Callable[[str], Iterable[Span]], kinds: Iterable[str]) -> Mapping[str, Score]:
    """Return the score of each kind.

    A span counts as found when one of the same kind shares at least half of their union; each counts once. A special
    category counts by the sentence, wherever in it it was found.
    """
    scores = {kind: Score() for kind in kinds}
    for sentence in sentences:
        found = [span for span in set(find(sentence.text)) if span.kind in scores]
        wanted = [span for span in sentence.spans if span.kind in scores]
        for kind, (right, wrong, missed) in _matched(wanted, [span for span in found if span.kind not in SPECIAL]).items():
            _add(scores[kind], right, wrong, missed)
        revealed = {span.kind for span in found if span.kind in SPECIAL}
        for kind in revealed | sentence.special:
            if kind in scores:
                both = kind in revealed and kind in sentence.special
                _add(scores[kind], int(both), int(not both and kind in revealed), int(not both and kind in sentence.special))
    return scores


def _add(one: Score, right: int, wrong: int, missed: int) -> None:
    one.right += right
    one.wrong += wrong
    one.missed += missed


def _matched(wanted: list[Span], found: list[Span]) -> dict[str, tuple[int, int, int]]:
    pairs = sorted(
        ((_overlap(a, b), i, j) for i, a in enumerate(wanted) for j, b in enumerate(found) if a.kind == b.kind), reverse=True
    )
    taken_wanted: set[int] = set()
    taken_found: set[int] = set()
    for overlap, i, j in pairs:
        if overlap >= HALF and i not in taken_wanted and j not in taken_found:
            taken_wanted.add(i)
            taken_found.add(j)
    right = Counter(wanted[i].kind for i in taken_wanted)
    wrong = Counter(span.kind for j, span in enumerate(found) if j not in taken_found)
    missed = Counter(span.kind for i, span in enumerate(wanted) if i not in taken_wanted)
    return {kind: (right[kind], wrong[kind], missed[kind]) for kind in right | wrong | missed}


def _overlap(a: Span, b: Span) -> float:
    inside = min(a.end, b.end) - max(a.start, b.start)
    return inside / (max(a.end, b.end) - min(a.start, b.start)) if inside > 0 else 0.0
