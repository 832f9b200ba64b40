"""NHS numbers (England, Wales): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.gb import nhs

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{3}([ \-.]?)\d{3}\2\d{4})(?![\w]|[.\-]\d)")
CUE = Cue(r"nhs|national health|patient(?: id| no| number)?|health service")

RULE = Rule(shape=SHAPE, holds=is_valid(nhs), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="nhs",
    title="NHS number (England, Wales)",
    category="user.health_and_medical.record_id",
    sieve=(r"\d{3}[ .-]?\d{3}[ .-]?\d{4}",),
    find=RULE.find,
    names=(r"(?:^|_)nhs(?:_?(?:num(?:ber)?|no))?(?:_|$)",),
    source="NHS Data Dictionary, NHS NUMBER; mod 11 digit",
)
