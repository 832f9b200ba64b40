"""Postal addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector

STREETS = (
    r"street|str|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|square|sq|terrace|"
    r"crescent|close|gardens|grove|parkway|pkwy|highway|hwy|circle|trail|alley|marg|nagar|cross|main road"
)

PLAIN = re.compile(rf"(?<!\w)\d{{1,5}}[a-zA-Z]?,? (?:[A-ZÀ-Þ][\w'.\-]* ){{1,4}}(?i:{STREETS})\b\.?(?:,? [A-ZÀ-Þ\d][\w'\-]*){{0,6}}")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses."""
    for found in PLAIN.finditer(text):
        yield found.span()


DETECTOR = Detector(
    kind="address",
    title="Postal address",
    category="user.contact.address",
    sieve=(rf"(?i)\d[a-z]?,? (?:[^\s]+ ){{1,4}}(?:{STREETS})\b",),
    find=find,
    names=(
        r"(?:^|_)(?:street|postal|home|mailing|billing|shipping|delivery|residential|customer|user|contact)_?addr(?:ess)?(?:_|$)",
        r"^(?:full_?)?addr(?:ess)?$|(?:^|_)address_?(?:line)?_?\d$",
        r"(?:^|_)(?:line_?[1-4]|street(?:_?(?:name|number|no))?|house_?(?:no|number|name)|strasse)(?:_|$)",
        r"^(?:adresse|direccion|indirizzo|adres|rue)$",
        r"(?:^|_)(?:post_?code|postal_?code|zip(?:_?code)?|plz|pin_?code|code_postal|codigo_postal)(?:_|$)",
    ),
    source="the tagger trained on generated sentences, see reading/tagger.py; UPU S42 for the elements of an address",
)
