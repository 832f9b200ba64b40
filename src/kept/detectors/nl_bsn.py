"""Dutch citizen service numbers (BSN): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.nl import bsn

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{9}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3})(?![\w]|[.\-]\d)")
CUE = Cue(r"bsn|burgerservice\w*|sofi\w*")

RULE = Rule(shape=SHAPE, holds=is_valid(bsn), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="nl-bsn",
    title="Dutch citizen service number (BSN)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{4}[. ]?\d\d[. ]?\d{3}|\d{3}[. ]\d{3}[. ]\d{3}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:bsn|burgerservicenummer|sofinummer)(?:_|$)",),
    source="Wet algemene bepalingen burgerservicenummer; the eleven test",
)
