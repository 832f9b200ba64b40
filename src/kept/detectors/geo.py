"""Coordinates of a place on earth, exact enough to be somebody's door."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector

PAIR = re.compile(
    r""
    r"(?<![\w.\-+])(?P<lat>[+\-]?\d{1,2}\.\d{3,15}) ?°? ?[NnSs]?\s{0,2}[,;/ ]\s{0,2}"
    r"(?P<lon>[+\-]?\d{1,3}\.\d{3,15})(?: ?°? ?[EeWw](?!\w))?(?![\w]|"
    r"\.\d)"
)
FIELDS = re.compile(
    r"\blat(?:itude)?[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?P<lat>[+\-]?\d{1,2}\.\d{2,15}).{1,30}?\b(?:lon(?:g(?:itude)?)?|lng)[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?P<lon>[+\-]?\d{1,3}\.\d{2,15})",
    re.IGNORECASE | re.DOTALL,
)
DEGREES = re.compile(
    r"\d{1,2} ?°\s?\d{1,2} ?['′]\s?(?:\d{1,2}(?:\.\d+)? ?(?:\"|″|''))?\s?[NS][,;]?\s{0,2}"
    r"\d{1,3} ?°\s?\d{1,2} ?['′]\s?(?:\d{1,2}(?:\.\d+)? ?(?:\"|″|''))?\s?[EWO]"
)
DECIMALS = re.compile(r"[+\-]?\d{1,3}\.\d{2,20}(?!\d)")
LONE = re.compile(r"\s*\(?\s*[+\-]?\d{1,3}(?:\.\d+)?\s*(?:[,; ]\s*[+\-]?\d{1,3}(?:\.\d+)?\s*)?\)?\s*")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield pairs of latitude and longitude; a lone number is a question for the column's name."""
    taken: list[tuple[int, int]] = []
    for pattern in (FIELDS, PAIR):
        for found in pattern.finditer(text):
            if (
                abs(float(found["lat"])) <= 90
                and abs(float(found["lon"])) <= 180
                and not any(a < found.end() and found.start() < b for a, b in taken)
            ):
                taken.append(found.span())
                yield found.span()
    for found in DEGREES.finditer(text):
        yield found.span()


def _rounded(found: re.Match[str]) -> str:
    whole = f"{float(found[0]):.1f}"
    return "0.0" if whole == "-0.0" else whole


def coarsen(value: str) -> str:
    """Return a coordinate or a pair with one decimal, some eleven kilometres; anything else as it is."""
    return DECIMALS.sub(_rounded, value) if LONE.fullmatch(value) or FIELDS.search(value) else value


DETECTOR = Detector(
    kind="geo",
    title="Geographic coordinates",
    category="user.location.precise",
    sieve=(r"\d\.\d{3}[^\n]{0,24}\d\.\d{3}", r"(?i)lat(?:itude)?[\"']?\s{0,2}[:=]", r"\d ?°"),
    find=find,
    names=(
        r"(?:^|_)(?:lat|latitude|lng|lon|long|longitude|geo_?(?:point|location|coord(?:inate)?s?)?|"
        r"coordinates|gps|lat_?l(?:o?ng|on))(?:_|$)",
        r"(?:^|_)(?:location_point|geom(?:etry)?)(?:_|$)",
    ),
    coarsen=coarsen,
    source="ISO 6709; one decimal degree is about 11 km of latitude",
)
