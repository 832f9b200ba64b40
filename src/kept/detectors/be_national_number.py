"""Belgian national register numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.be import nn

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{2}[.]?\d{2}[.]?\d{2}[ \-]?\d{3}[. ]?\d{2})(?![\w]|[.\-]\d)")
CUE = Cue(r"rijksregister\w*|registre national|nationaal nummer|num[eé]ro national|insz|niss|national (?:register )?number|nn")


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return value.count(".") >= 2


RULE = Rule(shape=SHAPE, holds=is_valid(nn), cue=CUE, alone=False, sure=sure)

DETECTOR = Detector(
    kind="be-national-number",
    title="Belgian national register number",
    category="user.government_id.national_identification_number",
    sieve=(r"\d\d\.?\d\d\.?\d\d[ -]?\d{3}[. ]?\d\d",),
    find=RULE.find,
    names=(r"(?:^|_)(?:rijksregisternummer|niss|insz|numero_national)(?:_|$)",),
    source="Arrêté royal of 3 April 1984, check number mod 97",
)
