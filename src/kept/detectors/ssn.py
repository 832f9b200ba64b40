"""United States social security numbers: areas that were given out; bare digits need a cue."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, squeeze

SHAPE = re.compile(r"(?<![\w.\-+])(?<!\d )(\d{3}([ \-.]?)\d{2}\2\d{4})(?![\w]|[.\-]\d| \d)")
CUE = Cue(r"ssns?|s\.s\.n|social security(?: number| no)?|social sec|soc sec|social", before=32, after=20)
ADVERTISED = frozenset({"078051120", "219099999", "123456789"})


def holds(value: str) -> bool:
    """Return whether the number can have been given to someone."""
    digits = squeeze(value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000" and digits not in ADVERTISED


def dashed(value: str) -> bool:
    """Return whether it is written with dashes, as little else is."""
    return value.count("-") == 2


DETECTOR = Detector(
    kind="ssn",
    title="Social security number (United States)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{3}[ .-]?\d\d[ .-]?\d{4}",),
    find=Rule(shape=SHAPE, holds=holds, cue=CUE, sure=dashed, alone=False).find,
    names=(r"(?:^|_)(?:ssn|social_security(?:_?(?:num(?:ber)?|no))?)(?:_|$)",),
    source="Social Security Administration, POMS RM 10201; 20 CFR 422.103",
)
