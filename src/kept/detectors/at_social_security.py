"""Austrian social security numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.at import vnr

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{4}[ ]?\d{6})(?![\w]|[.\-]\d)")
CUE = Cue(r"sv-?nr|svnr|sozialversicherungs\w*|versicherungsnummer")

RULE = Rule(shape=SHAPE, holds=is_valid(vnr), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="at-social-security",
    title="Austrian social security number",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{4} ?\d{6}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:svnr|sv_?nummer|sozialversicherungsnummer)(?:_|$)",),
    source="§ 31 Allgemeines Sozialversicherungsgesetz; weighted mod 11",
)
