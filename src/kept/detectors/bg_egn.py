"""Bulgarian civil numbers (EGN): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.bg import egn

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{10})(?![\w]|[.\-]\d)")
CUE = Cue(r"егн|egn|единен граждански номер")

RULE = Rule(shape=SHAPE, holds=is_valid(egn), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="bg-egn",
    title="Bulgarian civil number (EGN)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{10}",),
    find=RULE.find,
    names=(r"(?:^|_)egn(?:_|$)",),
    source="Закон за гражданската регистрация, чл. 11",
)
