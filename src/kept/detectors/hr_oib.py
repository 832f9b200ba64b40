"""Croatian personal numbers (OIB): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.hr import oib

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{11})(?![\w]|[.\-]\d)")
CUE = Cue(r"oib|osobni identifikacijski broj")

RULE = Rule(shape=SHAPE, holds=is_valid(oib), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="hr-oib",
    title="Croatian personal number (OIB)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{11}",),
    find=RULE.find,
    names=(r"(?:^|_)oib(?:_|$)",),
    source="Zakon o osobnom identifikacijskom broju (NN 60/08); ISO/IEC 7064 mod 11,10",
)
