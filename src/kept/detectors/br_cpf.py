"""Brazilian taxpayer numbers (CPF): shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.br import cpf

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, is_valid

SHAPE = re.compile(r"(?<![\w.\-])(\d{3}\.?\d{3}\.?\d{3}-?\d{2})(?![\w]|[.\-]\d)")
CUE = Cue(r"cpf")


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return value.count(".") == 2


RULE = Rule(shape=SHAPE, holds=is_valid(cpf), cue=CUE, alone=False, sure=sure)

DETECTOR = Detector(
    kind="br-cpf",
    title="Brazilian taxpayer number (CPF)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{3}\.?\d{3}\.?\d{3}-?\d\d",),
    find=RULE.find,
    names=(r"(?:^|_)cpf(?:_|$)",),
    source="Receita Federal, Instrução Normativa RFB nº 1548/2015",
)
