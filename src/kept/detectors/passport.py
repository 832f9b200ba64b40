"""Passport numbers: Indian and of other countries, always with a cue."""

from __future__ import annotations

import re

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue, Rule, rules

INDIAN = re.compile(r"(?<![\w\-])([A-PR-WY][1-9]\d ?\d{4}[1-9])(?![\w]|[.\-]\d)", re.IGNORECASE)
ANY = re.compile(r"(?<![\w\-])((?=[A-Z]{0,2}\d|[CFGHJK][A-Z0-9])(?=(?:[A-Z]*\d){5})[A-Z0-9]{7,9})(?![\w]|[.\-]\d)", re.IGNORECASE)
WORDS = (
    r"passports?|passport (?:no|number|#)|pp no|pp number|travel document|reisepass\w*|passnummer|"
    r"passeport|pasaporte|passaporto|passaporte"
    r"|paszport\w*|paspoort\w*|pass-?nr|पासपोर्ट|паспорт\w*|護照|护照|旅券|جواز"
)
NEAR = Cue(WORDS, before=40, after=26)
DIRECT = Cue(WORDS, before=26, after=0)

DETECTOR = Detector(
    kind="passport",
    title="Passport number",
    category="user.government_id.passport_number",
    sieve=(r"(?i)(?:pass|pasaport|paspo|paszport|pp n|travel doc|पासपोर्ट|паспорт|護照|护照|旅券|جواز)",),
    find=rules(Rule(shape=INDIAN, cue=NEAR, alone=False), Rule(shape=ANY, cue=DIRECT, alone=False)),
    names=(r"(?:^|_)(?:passport|passeport|pasaporte|reisepass|paspoort)(?:_?(?:num(?:ber)?|no|nr|id))?(?:_|$)",),
    source="ICAO Doc 9303 part 3 (up to nine characters); Passports Act 1967 (India) for the Indian shape",
)
