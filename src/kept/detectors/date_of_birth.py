"""Dates of birth: a date of the last 120 years that a cue says someone was born on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector
from kept.detectors.reading.dates import DATES, year_of
from kept.detectors.reading.matching import Cue

CUE = Cue(
    r"d\.?o\.?b\.?|date[ _]of[ _]birth|birth[ _]?date|birth[ _]?day|b-?day|born(?: on)?|birth|"
    r"geb(?:oren)?(?: am)?|geburts(?:datum|tag)|geb\.-?datum"
    r"|n[ée]{1,2}e?(?:\(e\))?(?: le)?|date de naissance|naissance|naci[óo]|nacid[oa]|fecha de nacimiento|f\. ?nac|cumplea[ñn]os"
    r"|nat[oa](?: il)?|data di nascita|nascit[ao]|nascid[oa]|data de nascimento|nasceu|ur\.?|urodz\w*|data urodzenia"
    r"|geboortedatum|f[öo]d(?:d|t|else\w*)?|f[øo]dt|syntym\w*|narozen\w*|sz[üu]let\w*|n[ăa]scut\w*|do[ğg]um\w*"
    r"|род\w*|дата рождения|जन्म\w*|जन्मतिथि|janm|生年月日|出生|مواليد|تاريخ الميلاد|ημερομηνία γέννησης",
    before=44,
    after=0,
)
AFTER = Cue(r"is my birthday|birthday|was born|geboren|\(dob\)|dob", before=0, after=22)
OTHER = Cue(
    r"deploy\w*|release\w*|expir\w*|valid|issued?|due|invoice|ordered|shipped|joined|hired|founded|since|"
    r"died|death|deceased|gestorben|until|admitted|discharged|visit\w*|appointment|scheduled",
    before=22,
    after=0,
)
RECORD = Cue(r"kyc|know your customer|personalien|carte d'identit[ée]|identity card", before=140, after=0)
"""Words that open a record of a person, in which the date is of birth unless another word says otherwise."""
EARLIEST, LATEST = 1900, 2030
YEAR = re.compile(r"(?:19|20)\d\d\Z")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield dates with a cue: the nearest word that speaks about the date decides."""
    for found in DATES.finditer(text):
        year = year_of(found)
        if year is None or not EARLIEST <= year <= LATEST:
            continue
        if CUE.ahead(text, found.start()):
            cues = list(CUE.words.finditer(text, max(0, found.start() - CUE.before), found.start()))
            if cues and not OTHER.words.search(text, cues[-1].end(), found.start()):
                yield found.span()
        elif (RECORD.ahead(text, found.start()) or AFTER.near(text, found.start(), found.end())) and not OTHER.ahead(
            text, found.start()
        ):
            yield found.span()


def coarsen(value: str) -> str:
    """Return the year of a date; anything else, a year included, as it is."""
    found = DATES.fullmatch(value.strip())
    year = year_of(found) if found else None
    return value if year is None else f"{year:04d}"


DETECTOR = Detector(
    kind="date-of-birth",
    title="Date of birth",
    category="user.demographic.date_of_birth",
    sieve=(
        r"(?i)d\.?o\.?b|birth|born|b-?day|naissance|naci[md]|cumplea|nascit|nascid|nasceu|urodz|geboort|geburts|syntym|narozen|sz[üu]let|doğum",
        r"(?i)(?:^|\PL)(?:geb|geboren|n[ée]{1,2}e?(?:\(e\))?|nació|nat[oa]|ur|född|f[øo]d[td]|născut\pL*)\PL",
        r"род|जन्म|生年月日|出生|مواليد|الميلاد|γέννησης",
        r"(?i)kyc|know your customer|personalien|carte d'identit|identity card",
    ),
    find=find,
    names=(
        r"(?:^|_)(?:dob|d_o_b|date_?of_?birth|birth_?date|birth_?day|born(?:_on|_at)?|geburtsdatum|"
        r"date_naissance|fecha_nacimiento|data_nascita|data_urodzenia|geboortedatum)(?:_|$)",
        r"(?:^|_)birth_?(?:year|month)(?:_|$)",
    ),
    coarsen=coarsen,
    source="ISO 8601 and the Unicode CLDR date patterns of the languages listed",
)
