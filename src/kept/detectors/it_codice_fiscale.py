"""Italian tax codes (codice fiscale): shape and checksum."""

from __future__ import annotations

import re

from stdnum.it import codicefiscale

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Rule, is_valid

SHAPE = re.compile(
    r"(?<![\w.\-])([A-Z]{6}[ ]?[\dLMNP-V]{2}[A-EHLMPR-T][\dLMNP-V]{2}[ ]?[A-Z][\dLMNP-V]{3}[A-Z])(?![\w]|[.\-]\d)",
    re.IGNORECASE,
)

RULE = Rule(shape=SHAPE, holds=is_valid(codicefiscale))

DETECTOR = Detector(
    kind="it-codice-fiscale",
    title="Italian tax code (codice fiscale)",
    category="user.government_id.national_identification_number",
    sieve=(r"(?i)[A-Z]{6} ?[0-9L-V]{2}[A-EHLMPR-T][0-9L-V]{2} ?[A-Z][0-9L-V]{3}[A-Z]",),
    find=RULE.find,
    names=(r"(?:^|_)(?:codice_?fiscale|cod_?fisc)(?:_|$)",),
    source="Decreto del Ministero delle Finanze of 23 December 1976",
)
