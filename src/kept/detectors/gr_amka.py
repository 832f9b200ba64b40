"""Greek social security numbers (AMKA): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.gr import amka

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{11})(?![\w]|[.\-]\d)")
CUE = Cue(r"αμκα|α\.μ\.κ\.α|amka")

RULE = Rule(shape=SHAPE, holds=is_valid(amka), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="gr-amka",
    title="Greek social security number (AMKA)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{11}",),
    find=RULE.find,
    names=(r"(?:^|_)amka(?:_|$)",),
    source="Νόμος 3655/2008 άρθρο 153; Luhn digit",
)
