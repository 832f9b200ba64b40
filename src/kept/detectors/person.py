"""Names of people: in columns by their name, in text by the tagger and by cues such as titles and `name:`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector

WORD = r"[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω][\w'\-]*[^\W\d_]"
PARTICLE = r"(?:van|von|de|del|della|di|da|der|den|la|le|el|al|bin|ter|zu|y|e|dos|du)"
NAME = rf"{WORD}(?:[ \t](?:{PARTICLE}[ \t])*{WORD}){{0,4}}"
TITLED = re.compile(
    r"(?<!\w)(?:[Mm]r|[Mm]rs|[Mm]s|[Mm]iss|[Mm]x|[Dd]r|[Pp]rof|[Ss]ir|[Ss]hri|[Ss]mt|[Hh]err|[Ff]rau|[Ss]r"
    rf"|[Ss]ra|[Mm]me|[Mm]lle|[Ss]ig|[Pp]an|[Pp]ani|[Dd]hr|[Mm]evr)\.? (?P<name>{NAME})"
)
CUED = re.compile(
    r"(?i:\b(?:my name is|name is|i am|i'm|this is|signed|regards|sincerely|name|names|full ?name|contact|attn|manager|customer|patient|employee"
    r"|mein name ist|ich hei[sß]+e|ich bin|"
    r"je m'appelle|je suis|me llamo|soy|mi chiamo|sono|"
    r"nazywam się|jestem|ik heet|chamo-me))"
    rf"[:,=]?[ \t\n]+(?P<name>{NAME})"
)
SCRIPTS = re.compile(
    r"(?:氏名|お名前|名前|姓名|名字|이름|성명|नाम|имя|ФИО)[ :：=は]*(?P<name>[^\W\d_]{2,}(?:[ ·・][^\W\d_]+){0,2})"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield names behind titles and cues."""
    for pattern in (TITLED, CUED, SCRIPTS):
        for found in pattern.finditer(text):
            yield found.span("name")


DETECTOR = Detector(
    kind="person",
    title="Name of a person",
    category="user.name",
    sieve=(
        r"(?i)(?:^|[^a-z])(?:mrs?|ms|miss|dr|prof|shri|smt|herr|frau|mme|name|i am|i'm|this is|regards|manager|customer|patient)",
        r"氏名|名前|姓名|名字|이름|성명|नाम|имя|ФИО",
    ),
    find=find,
    names=(
        r"(?:^|_)(?:(?:first|last|full|middle|given|family|maiden|sur|fore|nick|display|legal|contact|customer|"
        r"patient|employee|recipient|cardholder|account_holder)_?names?|surname|firstname|lastname|fullname|vorname|"
        r"nachname|prenom|nombre|apellidos?|cognome|imie|nazwisko|achternaam|voornaam)(?:_|$)",
        r"^(?:name|fname|lname)$",
    ),
    source="the tagger trained on generated sentences, see reading/tagger.py; titles and cues of the languages listed",
)
