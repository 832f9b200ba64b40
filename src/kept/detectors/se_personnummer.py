"""Swedish personal numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.se import personnummer

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])((?:19|20)?\d{6}[\-+]?\d{4})(?![\w]|[.\-]\d)")
CUE = Cue(r"personnummer|pnr|person-?nr|samordningsnummer")


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return "-" in value or "+" in value


RULE = Rule(shape=SHAPE, holds=is_valid(personnummer), cue=CUE, alone=False, sure=sure)

DETECTOR = Detector(
    kind="se-personnummer",
    title="Swedish personal number",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{6}[+-]?\d{4}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:personnummer|pnr)(?:_|$)",),
    source="Folkbokföringslagen (1991:481) § 18; Luhn digit",
)
