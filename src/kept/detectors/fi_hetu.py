"""Finnish personal identity codes: shape and checksum."""

from __future__ import annotations

import re

from stdnum.fi import hetu

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Rule

SHAPE = re.compile(r"(?<![\w.\-])(\d{6}[\-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y])(?![\w]|[.\-]\d)")

RULE = Rule(shape=SHAPE, holds=hetu.is_valid)

DETECTOR = Detector(
    kind="fi-hetu",
    title="Finnish personal identity code",
    category="user.government_id.national_identification_number",
    sieve=(r"\d{6}[A-Fa-fU-Yu-y+-]\d{3}[0-9A-Ya-y]",),
    find=RULE.find,
    names=(r"(?:^|_)(?:hetu|henkilotunnus)(?:_|$)",),
    source="Laki väestötietojärjestelmästä 661/2009 § 11",
)
