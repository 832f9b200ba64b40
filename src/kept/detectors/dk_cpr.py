"""Danish personal numbers (CPR): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.dk import cpr

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{6}[\- ]?\d{4})(?![\w]|[.\-]\d)")
CUE = Cue(r"cpr\w*|personnummer|cpr-?nr")

RULE = Rule(shape=SHAPE, holds=is_valid(cpr), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="dk-cpr",
    title="Danish personal number (CPR)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{6}[ -]?\d{4}",),
    find=RULE.find,
    names=(r"(?:^|_)cpr(?:_?(?:nr|nummer|number))?(?:_|$)",),
    source="CPR-loven; numbers since 2007 may lack the mod 11 digit, so the date decides",
)
