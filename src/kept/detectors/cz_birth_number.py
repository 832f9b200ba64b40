"""Czech or Slovak birth numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.cz import rc

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{6}/?\d{3,4})(?![\w]|[.\-]\d)")
CUE = Cue(r"rodn[ée] [čc][íi]slo|r\.? ?[čc]|rc")


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return "/" in value


RULE = Rule(shape=SHAPE, holds=is_valid(rc), cue=CUE, alone=False, sure=sure)

DETECTOR = Detector(
    kind="cz-birth-number",
    title="Czech or Slovak birth number",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{6}/?\d{3}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:rodne_cislo|birth_number)(?:_|$)",),
    source="Zákon č. 133/2000 Sb. § 13",
)
