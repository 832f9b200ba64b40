"""Spanish identity numbers, DNI and NIE: shape, checksum and cue."""

from __future__ import annotations

import re

from stdnum.es import dni, nie

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, squeeze

SHAPE = re.compile(r"(?<![\w.\-])((?:\d{8}|\d{2}\.\d{3}\.\d{3}|[XYZxyz][ \-]?\d{7})[ \-]?[A-Za-z])(?![\w]|[.\-]\d)")
CUE = Cue(r"dni|nie|nif|documento|identidad|c[eé]dula")


def holds(value: str) -> bool:
    """Return whether the letter is right for a DNI or a NIE."""
    written = squeeze(value)
    return bool(dni.is_valid(written)) or bool(nie.is_valid(written))


def sure(value: str) -> bool:
    """Return whether it is written as nothing else is."""
    return value.isupper()


RULE = Rule(shape=SHAPE, holds=holds, cue=CUE, sure=sure)

DETECTOR = Detector(
    kind="es-dni",
    title="Spanish identity number (DNI or NIE)",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{7}[ -]?[A-Za-z]", r"\d\d\.\d{3}\.\d{3}[ -]?[A-Za-z]"),
    find=RULE.find,
    names=(r"(?:^|_)(?:dni|nie|nif)(?:_|$)",),
    source="Real Decreto 1553/2005 and the letter table of the Spanish Ministry of the Interior",
)
