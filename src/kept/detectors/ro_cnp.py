"""Romanian personal numbers (CNP): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.ro import cnp

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])([1-8]\d{12})(?![\w]|[.\-]\d)")
CUE = Cue(r"cnp|cod numeric personal")

RULE = Rule(shape=SHAPE, holds=is_valid(cnp), cue=CUE)

DETECTOR = Detector(
    kind="ro-cnp",
    title="Romanian personal number (CNP)",
    category="user.government_id.national_identification_number",
    sieve=(r"[1-8]\d{12}",),
    find=RULE.find,
    names=(r"(?:^|_)cnp(?:_|$)",),
    source="Legea nr. 105/1996; control digit by the constant 279146358279",
)
