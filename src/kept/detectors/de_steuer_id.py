"""German tax identification numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.de import idnr

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3})(?![\w]|[.\-]\d)")
CUE = Cue(r"steuer\w*|id-?nr|idnr|identifikationsnummer|tin|tax id\w*|tax number")

RULE = Rule(shape=SHAPE, holds=is_valid(idnr), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="de-steuer-id",
    title="German tax identification number",
    category="user.government_id.national_identification_number",
    sieve=(r"\d\d ?\d{3} ?\d{3} ?\d{3}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:steuer_?id|steuer_?identifikationsnummer|idnr|steueridnr)(?:_|$)",),
    source="§ 139b Abgabenordnung; check digit by ISO/IEC 7064 mod 11,10",
)
