"""Aadhaar numbers: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.in_ import aadhaar

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])([2-9]\d{3}([ \-.]?)\d{4}\2\d{4})(?![\w]|[.\-]\d|[ ]\d)")
CUE = Cue(r"aadhaa?r\w*|adhaa?r|uidai|uid|aadhar no|आधार|ஆதார்|ఆధార్|আধার|આધાર|ആധാർ")


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return value.count(" ") == 2 or value.count("-") == 2


RULE = Rule(shape=SHAPE, holds=is_valid(aadhaar), cue=CUE, sure=sure)

DETECTOR = Detector(
    kind="aadhaar",
    title="Aadhaar number",
    category="user.government_id.national_identification_number",
    sieve=(r"[2-9]\d{3}[ .-]?\d{4}[ .-]?\d{4}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:aadhaa?r|adhaa?r|uidai)(?:_|$)",),
    source="UIDAI, Aadhaar Act 2016; Verhoeff digit",
)
