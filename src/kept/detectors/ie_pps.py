"""Irish personal public service numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.ie import pps

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{7}[A-Wa-w][ABHWTXabhwtx]?)(?![\w]|[.\-]\d)")
CUE = Cue(r"ppsn?|pps (?:no|number)|personal public service")

RULE = Rule(shape=SHAPE, holds=is_valid(pps), cue=CUE)

DETECTOR = Detector(
    kind="ie-pps",
    title="Irish personal public service number",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{7}[A-Wa-w]",),
    find=RULE.find,
    names=(r"(?:^|_)pps(?:n|_?number|_?no)?(?:_|$)",),
    source="Social Welfare Consolidation Act 2005, s. 262; mod 23 letter",
)
