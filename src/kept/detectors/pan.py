"""Indian permanent account numbers (PAN): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.in_ import pan

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])([A-Za-z]{3}[ABCFGHJLPTabcfghjlpt][A-Za-z]\d{4}[A-Za-z])(?![\w]|[.\-]\d)")
CUE = Cue(r"pan|permanent account|income tax|पैन")


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return value.isupper()


RULE = Rule(shape=SHAPE, holds=is_valid(pan), cue=CUE, sure=sure)

DETECTOR = Detector(
    kind="pan",
    title="Indian permanent account number (PAN)",
    category="user.government_id.national_identification_number",
    sieve=(r"[A-Za-z]{5}\d{4}[A-Za-z]",),
    find=RULE.find,
    names=(r"(?:^|_)pan(?:_?(?:card|num(?:ber)?|no))*(?:_|$)",),
    source="Income-tax Rules 1962, rule 114",
)
