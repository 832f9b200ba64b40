"""Indian GST identification numbers: shape and checksum."""

from __future__ import annotations

import re

from stdnum.in_ import gstin

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])([0-3]\d[A-Za-z]{5}\d{4}[A-Za-z][1-9A-Za-z][Zz][0-9A-Za-z])(?![\w]|[.\-]\d)")

RULE = Rule(shape=SHAPE, holds=is_valid(gstin))

DETECTOR = Detector(
    kind="gstin",
    title="Indian GST identification number",
    category="user.financial",
    sieve=(r"[0-3]\d[A-Za-z]{5}\d{4}[A-Za-z][0-9A-Za-z][Zz][0-9A-Za-z]",),
    find=RULE.find,
    names=(r"(?:^|_)gst(?:in|_?(?:num(?:ber)?|no|id))?(?:_|$)",),
    source="CGST Rules 2017, rule 10; mod 36 digit",
)
