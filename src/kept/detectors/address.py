"""Postal addresses: the tagger says which words belong to one, and there must be a number among them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kept.detectors.detector import Detector
from kept.detectors.reading.tagger import Token, tagger, tokens

STREETS = (
    r"street|str|st|road|rd|avenue|ave|lane|ln|drive|court|ct|boulevard|blvd|place|square|sq|terrace|crescent|"
    r"close|gardens|grove|parkway|pkwy"
    r"|highway|hwy|circle|trail|alley|marg|nagar|colony|sector|layout|enclave|flat|plot|h\.? ?no|apt|apartment|"
    r"suite|floor|block|unit|po box|p\.o\. box"
    r"|\pL*stra(?:ß|ss)e|\pL*weg|\pL*gasse|\pL*allee|\pL*platz|\pL*straat|\pL*laan|\pL*plein|\pL*gatan|\pL*vägen|"
    r"\pL*vej|rue|avenue|chemin|impasse|place|boulevard"
    r"|calle|avenida|paseo|plaza|pasaje|cañada|ronda|via|viale|piazza|corso|strada|vicolo|contrada|borgo|ul|ulica|"
    r"aleja|plac|rua|travessa|praça|ул|улица"
)
DIGIT = re.compile(r"\d")
PLAIN = re.compile(
    r"(?<![\w.\-/])\d{1,5}[a-zA-Z]?,? (?:[A-ZÀ-Þ][\w'.\-]* ){1,3}(?:Street|Str|St|Road|Rd|Avenue|Ave|Lane|Ln|"
    r"Drive|Dr|Court|Boulevard|Blvd"
    r"|Way|Place|Square|Terrace|Crescent|Close|Gardens|Grove|Parkway|Highway|Row|Mews|Marg|Nagar)\b\.?"
    r"(?:, [A-ZÀ-Þ][\w'\-]*(?: [A-ZÀ-Þ][\w'\-]*){0,2})?"
)
"""A number, capitalised words and a word for a street: an address even where nothing around it says so."""

BEFORE = re.compile(
    r"(?:(?i:calle|avenida|paseo|plaza|rue|avenue|place|ul|via|viale|piazza|corso|rua|travessa)\.? (?:(?:de|del|la|"
    r"las|los|du|des|della|dei|da|do) )*"
    r"|[A-ZÀ-Þ][\w'\-]+(?: [A-ZÀ-Þ][\w'\-]+)? \d{1,4}[a-zA-Z]?, )\Z",
)
"""What belongs to an address whose first words the tagger passed over: the word for a street, or street and number."""

EDGES = ",.;:-/()[]\"'<>|=#\n"
LEAST_WORDS = 2
SMOOTH = 0.25


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield what the tagger and the plain shape find, joined where they overlap."""
    if not DIGIT.search(text):
        return
    spans = sorted([*_tagged(text), *(found.span() for found in PLAIN.finditer(text))])
    last: tuple[int, int] | None = None
    for start, end in spans:
        if last is not None and start <= last[1]:
            last = last[0], max(end, last[1])
            continue
        if last is not None:
            yield last
        ahead = BEFORE.search(text, max(0, start - 48), start)
        last = (ahead.start() if ahead else start), end
    if last is not None:
        yield last


def _tagged(text: str) -> Iterator[tuple[int, int]]:
    """Yield runs of words that the tagger takes for an address; one odd word inside does not end it."""
    cut = tokens(text)
    scores = tagger("address").scores([word for word, _, _ in cut], range(len(cut)))
    padded = [scores[0], *scores, scores[-1]] if scores else []
    run: list[Token] = []
    for at, token in enumerate(cut):
        if SMOOTH * (padded[at] + padded[at + 2]) + (1 - 2 * SMOOTH) * padded[at + 1] > 0:
            run.append(token)
            continue
        yield from _whole(run)
        run = []
    yield from _whole(run)


def _whole(run: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield the run without signs at its edges if it has a number and enough words."""
    while run and run[0][0] in EDGES and run[0][0] != "#":
        run = run[1:]
    while run and run[-1][0] in EDGES:
        run = run[:-1]
    while len(run) > 2 and run[0][0].isdigit() and run[1][0] == "," and run[2][0][0].isdigit():
        run = run[2:]
    words = sum(word[0].isalpha() and len(word) > 1 for word, _, _ in run)
    if words >= LEAST_WORDS and any(DIGIT.search(word) for word, _, _ in run):
        yield run[0][1], run[-1][2]


DETECTOR = Detector(
    kind="address",
    title="Postal address",
    category="user.contact.address",
    sieve=(
        rf"(?i)(?:^|\PL)(?:{STREETS})(?:\PL|$)",
        r"\pL(?:stra(?:ß|ss)e|weg|gasse|allee|platz|straat|laan|plein|gatan|vägen|vej)(?:\PL|$)",
        r"[A-Z]\d[A-Z\d]? ?\d[A-Z]{2}",
        r"\d{4,5}[ -]\p{Lu}\p{Ll}|\d\d-\d{3} \p{Lu}|\d{4} ?[A-Z]{2}",
        r"\p{Ll}[ ,\n-]{1,3}\d{6}|[A-Z]{2},? \d{5}",
        r"(?i)(?:address|addr|anschrift|adresse|dirección|indirizzo|adres|deliver to|ship to|resid|wohnhaft|"
        r"lives? at|stay at|habite)\PL[^\d\n]*\d",
        r"^\d{1,5}[a-zA-Z]? \p{Lu}\p{Ll}",
    ),
    find=find,
    names=(
        r"(?:^|_)(?:street|postal|home|mailing|billing|shipping|delivery|residential|customer|user|"
        r"contact)_?addr(?:ess)?(?:_|$)",
        r"^(?:full_?)?addr(?:ess)?$|(?:^|_)address_?(?:line)?_?\d$",
        r"(?:^|_)(?:line_?[1-4]|street(?:_?(?:name|number|no))?|house_?(?:no|number|name)|strasse)(?:_|$)",
        r"^(?:adresse|direccion|indirizzo|adres|rue)$",
        r"(?:^|_)(?:post_?code|postal_?code|zip(?:_?code)?|plz|pin_?code|code_postal|codigo_postal)(?:_|$)",
    ),
    source="the tagger trained on generated sentences, see reading/tagger.py; UPU S42 for the elements of an address",
)
