"""International bank account numbers."""

from __future__ import annotations

import re

from stdnum import iban

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import squeeze

SHAPE = re.compile(r"(?<![^\W_])([A-Za-z]{2}\d{2}(?:[ \-.\n]?[A-Za-z0-9]){11,30})(?![^\W_])")


def longest(value: str) -> int:
    """Return the length of the longest start of `value` that is an IBAN by its country's length and mod 97; 0 for none."""
    for end in range(len(value), 14, -1):
        if not value[end - 1].isalnum() or (end < len(value) and value[end].isalnum()):
            continue
        if iban.is_valid(squeeze(value[:end]), check_country=False):
            return end
    return 0


def find(text: str) -> list[tuple[int, int]]:
    """Return IBANs; a word that follows after a space is not taken for part of one."""
    found = []
    for match in SHAPE.finditer(text):
        length = longest(match[1])
        if length:
            found.append((match.start(1), match.start(1) + length))
    return found


DETECTOR = Detector(
    kind="iban",
    title="Bank account number (IBAN)",
    category="user.financial.bank_account",
    sieve=(r"[A-Za-z]{2}\d{2}[ .\n-]?[A-Za-z0-9]{4}[ .\n-]?[A-Za-z0-9]{3}",),
    find=find,
    names=(r"(?:^|_)iban(?:_|$)", r"(?:^|_)(?:bank_?account|account)_(?:num(?:ber)?|no|nr)(?:_|$)", r"(?:^|_)kontonummer(?:_|$)"),
    source="ISO 13616-1 and the SWIFT IBAN registry; check digits by ISO/IEC 7064 mod 97-10",
)
