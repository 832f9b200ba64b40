"""Indian voter identity (EPIC) numbers: shape and cue."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule

SHAPE = re.compile(r"(?<![\w\-])([A-Z]{3}[ /]?\d{7}|[A-Z]{2}/\d{2}/\d{3}/\d{6})(?![\w]|[.\-]\d)", re.IGNORECASE)
CUE = Cue(r"voters?(?:'s)?|epic|election|electoral|मतदाता|वोटर|elector", before=40, after=24)

DETECTOR = Detector(
    kind="voter-id",
    title="Indian voter identity number (EPIC)",
    category="user.government_id.national_identification_number",
    sieve=(r"[A-Za-z]{3}[ /]?\d{7}", r"[A-Za-z]{2}/\d\d/\d{3}/\d{6}"),
    find=Rule(shape=SHAPE, cue=CUE, alone=False).find,
    names=(r"(?:^|_)(?:voter_?(?:id|card|no|num(?:ber)?)|epic_?(?:no|num(?:ber)?)?)(?:_|$)",),
    source="Election Commission of India, Registration of Electors Rules 1960, rule 28",
)
