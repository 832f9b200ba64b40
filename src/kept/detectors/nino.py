"""National Insurance numbers of the United Kingdom."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule

SHAPE = re.compile(
    r"(?<![\w\-])((?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ \-]?)\d{2}\2\d{2}\2\d{2}\2[A-D])(?![\w]|[.\-]\d)",
    re.IGNORECASE,
)
CUE = Cue(r"nino|ni|n\.i|national insurance|ni no|ni number", before=30, after=20)


def in_capitals(value: str) -> bool:
    """Return whether it is written as the authority writes it."""
    return value.isupper()


DETECTOR = Detector(
    kind="nino",
    title="National Insurance number (United Kingdom)",
    category="user.government_id.national_identification_number",
    sieve=(r"[A-Za-z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-Da-d]",),
    find=Rule(shape=SHAPE, cue=CUE, sure=in_capitals).find,
    names=(r"(?:^|_)(?:nino|ni_?(?:num(?:ber)?|no)|national_insurance(?:_?(?:num(?:ber)?|no))?)(?:_|$)",),
    source="HMRC National Insurance Manual NIM39110",
)
