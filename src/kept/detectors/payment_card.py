"""Payment card numbers: a known issuer prefix, its length, and the Luhn digit."""

from __future__ import annotations

import re

from stdnum import luhn

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, squeeze

SHAPE = re.compile(r"(?<![\w.\-+])(?<!\d[ ])(\d(?:[ \-.\n]{0,2}\d){12,18})(?![\w]|[.,\-]\d)")
ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}"
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}"
    r"|(?:352[89]|35[3-8]\d)\d{12}"
    r"|(?:60|81|82|508|353|356|652)\d{13,14}"
    r"|(?:50|5[6-9]|6[0-9])\d{10,17}"
)
CUE = Cue(
    r"cards?|cc|visa|master ?card|amex|american express|maestro|rupay|discover|credit|debit|cvv|cvc|"
    r"expiry|exp|pan|paid|pay|karte|carte|tarjeta|carta|karta|kaart|kartu|scan(?: read)?"
)
OTHER = Cue(r"imei|iccid|isbn|ean|gtin|tracking|awb|order|timestamp|ts|serial|sku|barcode", before=20, after=0)


def holds(value: str) -> bool:
    """Return whether the digits are of a known issuer and their Luhn digit is right; runs of one digit are nobody's."""
    digits = squeeze(value)
    return ISSUERS.fullmatch(digits) is not None and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def sure(value: str) -> bool:
    """Return whether an issuer with fixed prefixes gave it out: sixteen digits (fifteen for American Express)."""
    digits = squeeze(value)
    return len(digits) == 16 or (len(digits) == 15 and digits[0] == "3")


RULE = Rule(shape=SHAPE, holds=holds, cue=CUE, sure=sure, unlike=OTHER)

DETECTOR = Detector(
    kind="payment-card",
    title="Payment card number",
    category="user.financial.credit_card",
    sieve=(r"\d(?:[ .\n-]{0,2}\d){12}",),
    find=RULE.find,
    names=(
        r"(?:^|_)(?:card|cc|credit_?card|debit_?card)_?(?:num(?:ber)?|no|nr|pan)(?:_|$)",
        r"(?:^|_)(?:primary_account_number|credit_?card|payment_card)(?:_|$)",
    ),
    source="ISO/IEC 7812-1 (length, issuer, Luhn digit); issuer ranges as the card schemes publish them",
)
