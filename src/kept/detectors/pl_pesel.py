"""Polish personal numbers (PESEL): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.pl import pesel

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{11})(?![\w]|[.\-]\d)")
CUE = Cue(r"pesel\w*|numer ewidencyjny")

RULE = Rule(shape=SHAPE, holds=is_valid(pesel), cue=CUE)

DETECTOR = Detector(
    kind="pl-pesel",
    title="Polish personal number (PESEL)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{11}",),
    find=RULE.find,
    names=(r"(?:^|_)pesel(?:_|$)",),
    source="Ustawa o ewidencji ludności of 24 September 2010, Art. 15",
)
