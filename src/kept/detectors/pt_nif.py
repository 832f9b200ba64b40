"""Portuguese tax numbers (NIF): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.pt import nif

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])([1-3]\d{2}[ .]?\d{3}[ .]?\d{3})(?![\w]|[.\-]\d)")
CUE = Cue(r"nif|contribuinte|n[úu]mero fiscal")

RULE = Rule(shape=SHAPE, holds=is_valid(nif), cue=CUE, alone=False)

DETECTOR = Detector(
    kind="pt-nif",
    title="Portuguese tax number (NIF)",
    category="user.government_id.national_identification_number",
    sieve=(r"[1-3]\d\d[ .]?\d{3}[ .]?\d{3}",),
    find=RULE.find,
    names=(r"(?:^|_)(?:nif|contribuinte|numero_fiscal)(?:_|$)",),
    source="Decreto-Lei n.º 14/2013",
)
