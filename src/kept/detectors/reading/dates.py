"""Dates as people write them, in many languages."""

from __future__ import annotations

import re
from datetime import date

__all__ = ["DATES", "year_of"]

MONTHS = {
    1: "january jan januar janvier janv enero ene gennaio gen stycznia styczen styczeń januari janeiro января जनवरी leden ledna",
    2: "february feb februar février fevrier févr febrero febbraio febr lutego luty februari fevereiro fev февраля फरवरी února",
    3: "march mar märz maerz mars marzo marca marzec maart março marco марта मार्च března",
    4: "april apr avril avr abril abr aprile kwietnia kwiecień апреля अप्रैल dubna",
    5: "may mai mayo maggio mag maja maj mei maio мая मई května",
    6: "june jun juni juin junio giugno giu czerwca czerwiec junho июня जून června",
    7: "july jul juli juillet juil julio luglio lug lipca lipiec julho июля जुलाई července",
    8: "august aug août aout agosto ago sierpnia sierpień augustus augusti августа अगस्त srpna",
    9: "september sep sept septembre septiembre settembre set września wrzesień setembro сентября सितंबर září",
    10: "october oct oktober okt octobre octubre ottobre ott października październik outubro out октября अक्टूबर října",
    11: "november nov novembre noviembre listopada listopad novembro ноября नवंबर",
    12: "december dec dezember dez décembre decembre déc diciembre dic dicembre grudnia grudzień dezembro декабря दिसंबर prosince",
}
MONTH_OF = {name: number for number, names in MONTHS.items() for name in names.split()}
NAMES = "|".join(sorted((re.escape(name) for name in MONTH_OF), key=len, reverse=True))
DATES = re.compile(
    rf"(?<![\w.\-/])(?:(?P<y>(?:18|19|20)\d\d)(?P<s>[\-./ ]|年)(?P<m>\d\d?)(?:(?P=s)|"
    rf"月)(?P<d>\d\d?)日?(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+\-]\d\d:?\d\d)?)?"
    r"|(?P<a>\d\d?)(?P<t>[\-./ ])(?P<b>\d\d?)(?P=t)(?P<c>(?:18|19|20)\d\d|\d\d)"
    rf"|(?P<d2>\d\d?)(?:st|nd|rd|th|er|º|\.)?[ \-./]{{0,2}}(?:of |de |"
    rf"den )?(?P<n2>{NAMES})\.?[ \-./,']{{0,3}}(?:de |of |del )?(?P<y2>(?:18|19|20)\d\d|\d\d)"
    rf"|(?P<n3>{NAMES})\.?[ \-]?(?P<d3>\d\d?)(?:st|nd|rd|th)?,?[ \-]{{1,2}}(?P<y3>(?:18|19|20)\d\d)"
    r"|(?P<y4>19[0-9]\d|20[012]\d)(?P<m4>0[1-9]|1[0-2])(?P<d4>0[1-9]|[12]\d|3[01]))(?![\w]|[.\-/]\d)",
    re.IGNORECASE,
)
PIVOT = 30
"""Two digits below this are of this century: people born in 2029 do not have a date of birth yet."""


def year_of(found: re.Match[str]) -> int | None:
    """Return the year of a match of DATES, None when it is no day of the calendar."""
    parts = found.groupdict()
    year = parts["y"] or parts["c"] or parts["y2"] or parts["y3"] or parts["y4"]
    full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < PIVOT else 1900)
    if parts["c"]:
        first, second = int(parts["a"]), int(parts["b"])
        return full if _exists(full, second, first) or _exists(full, first, second) else None
    month = parts["m"] or parts["m4"] or MONTH_OF[(parts["n2"] or parts["n3"]).lower()]
    day = parts["d"] or parts["d2"] or parts["d3"] or parts["d4"]
    return full if _exists(full, int(month), int(day)) else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
