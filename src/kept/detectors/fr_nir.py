"""French social security numbers (NIR): shape and checksum."""

from __future__ import annotations

import re

from stdnum.fr import nir

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Rule, is_valid

SHAPE = re.compile(
    r"(?<![\w.\-])([12378][ .\-]?\d{2}[ .\-]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .\-]?(?:\d{2}|"
    r"2[ABab])[ .\-]?\d{3}[ .\-]?\d{3}[ .\-]?\d{2})(?![\w]|[.\-]\d)"
)

RULE = Rule(shape=SHAPE, holds=is_valid(nir))

DETECTOR = Detector(
    kind="fr-nir",
    title="French social security number (NIR)",
    category="user.government_id.national_identification_number",
    sieve=(r"[12378][ .-]?\d\d[ .-]?\d\d[ .-]?\d[\dABab][ .-]?\d\d\d[ .-]?\d\d\d[ .-]?\d\d",),
    find=RULE.find,
    names=(r"(?:^|_)(?:nir|num_secu|numero_securite_sociale|numero_secu)(?:_|$)",),
    source="Décret n° 82-103 of 22 January 1982 (INSEE)",
)
