"""Telephone numbers: with a country code anywhere, national ones where their writing or a cue says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

import phonenumbers

from kept.detectors.detector import Detector
from kept.detectors.reading.matching import Cue

INTERNATIONAL = re.compile(r"(?<![\w+])(?:\+|(?<![\d.\-])00(?=[1-9]))[ (]{0,2}\d(?:[ \t\n().\-/]{0,3}\d){6,14}(?![\w]|[.,\-]\d)")
AMERICAN = re.compile(
    r"(?<![\w.+\-])(?<!\d[ ])(?:1[ .\-])?(?:\([2-9]\d{2}\)[ \-.]?|"
    r"[2-9]\d{2}([ .\-]))[2-9]\d{2}[ .\-]\d{4}(?![\w]|[.,\-]\d)(?! ?\d)"
)
INDIAN = re.compile(r"(?<![\w.+\-])0?[6-9]\d{4}[ \-]\d{5}(?![\w]|[.,\-]\d)")
NATIONAL = re.compile(r"(?<![A-Za-z0-9_.+])(?<!\d-)\(?\d(?:[ \t().\-/]{0,3}\d){6,13}(?![\w]|[.,\-]\d)")
CUE = Cue(
    r"tel|telephone|phones?|(?:tele)?phone number|mob(?:ile)?|cell(?:phone)?|call(?:s|ed|ing|back)?|ring|"
    r"dial|text(?: me)?|sms|whats ?app|signal|contact"
    r"|reach(?: me| us)?(?: at| on)?|fax|hotline|landline|helpline|handy(?:nummer)?|telefon(?:nummer|o)?|"
    r"tel[eé]fono|t[eé]l[eé]phone|t[ée]l|cellulare|m[oó]vil"
    r"|celular|telefone|telem[oó]vel|telefoon(?:nummer)?|mobil(?:e|nummer|tel(?:efon)?)?|portable|"
    r"rufnummer|r[üu]ckruf|anruf(?:en)?|ruf|appel(?:er|ez|le)?|llam\w*|chiama\w*|zadzwo\w*|kom[oó]rk\w*"
    r"|numer telefonu|tlf|puh|gsm|ph|ph no|phno|m|t|bel|number is|नंबर|फोन|मोबाइल|कॉल|телефон|тел|моб|"
    r"звон\w*|电话|手机|電話|携帯|هاتف|جوال|تلفن",
    before=28,
    after=14,
)
DIRECT = re.compile(
    r"(?:[\s.:=#(\-]*\b(?:at|on|is|no|me|us|him|her|my|nr|number|to|an|unter|au|al|pod|or)\b){0,3}[\s.:=#(\-]*\Z", re.IGNORECASE
)
OTHER = Cue(
    r"order|ref(?:erence)?|invoice|ticket|case|iban|account|acct|card|ssn|pesel|nhs|aadhaar|aadhar|uid|"
    r"uuid|isbn|issn|imei|serial|version|sha|id|sku|tracking|awb|lat|lon|lng|passport|voter"
    r"|amount|total|price|rs|usd|eur|inr|zip|pin(?:code)?|date|dob|born|build|commit|port|pan|gst(?:in)?|"
    r"nino|tax|steuer\w*|vat|dni|nie|bsn|nif|cvv|otp|bestell\w*|rechnung\w*",
    before=18,
    after=0,
)
EXTENSION = re.compile(r",? ?(?:ext(?:ension|n)?\.?|x|durchwahl|poste|int\.?) ?:?\d{1,6}(?!\w)", re.IGNORECASE)
RUN = re.compile(r"[+(]{0,2}\d[\d \t\n().\-/]{5,40}\d")
NO_DIGIT = re.compile(r"\D")
REGIONS = (
    "IN",
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "PL",
    "NL",
    "PT",
    "BE",
    "AT",
    "CH",
    "SE",
    "AU",
    "BR",
    "IE",
    "CZ",
    "RO",
    "JP",
    "CN",
    "RU",
    "ZA",
)
DATE = re.compile(r"(?:\d{1,2}[./\- ]\d{1,2}[./\- ](?:19|20)\d\d|(?:19|20)\d\d[./\- ]\d{1,2}[./\- ]\d{1,2})")
ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")


def international(written: str) -> bool:
    """Return whether the country code exists and gives out numbers of this length."""
    digits = NO_DIGIT.sub("", written.replace("(0)", ""))
    if not written.startswith("+"):
        digits = digits[2:]
    if len(set(digits)) <= 2:
        return False
    for size in (1, 2, 3):
        code = int(digits[:size] or 0)
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return len(digits) - size in _lengths(code)
    return False


@cache
def _lengths(code: int) -> frozenset[int]:
    """Return the lengths of national numbers in the countries behind a country code, the leading zero some write included."""
    lengths: set[int] = set()
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        if plan is not None and plan.general_desc is not None:
            lengths.update(plan.general_desc.possible_length)
    return frozenset(lengths)


@lru_cache(maxsize=4096)
def national(written: str) -> bool:
    """Return whether one of the larger numbering plans has given out such a number."""
    for region in REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            return False
        if phonenumbers.is_valid_number(number):
            return True
    return False


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield numbers, the longest reading first."""
    taken: list[tuple[int, int]] = []
    for start, end in _candidates(text):
        if all(end <= first or start >= last for first, last in taken):
            taken.append((start, end))
            extension = EXTENSION.match(text, end)
            yield start, extension.end() if extension else end


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Look closer only at runs of digits and the signs people put between them; strictest shapes first."""
    runs = [(found.start(), min(len(text), found.end() + 2)) for found in RUN.finditer(text)]
    for start, end in runs:
        for found in INTERNATIONAL.finditer(text, start, end):
            if (found[0][0] == "+" or CUE.ahead(text, found.start()) or " " in found[0]) and international(found[0]):
                yield found.span()
    for start, end in runs:
        for pattern in (AMERICAN, INDIAN):
            for found in pattern.finditer(text, start, end):
                if not OTHER.ahead(text, found.start()) or CUE.ahead(text, found.start()):
                    yield found.span()
    for first, last in runs:
        for found in NATIONAL.finditer(text, first, last):
            start = found.start() + (found[0].startswith("(") and ")" not in found[0])
            if _national(text, start, found.end()):
                yield start, found.end()


def _national(text: str, start: int, end: int) -> bool:
    """National numbers need a cue, a plan that knows them or a cue right before them, and no stronger word in between."""
    written = text[start:end]
    if DATE.fullmatch(written) or ADDRESS.fullmatch(written):
        return False
    if not CUE.ahead(text, start):
        return bool(CUE.words.match(text, end + 1, end + CUE.after)) and national(written)
    for cue in reversed(list(CUE.words.finditer(text, max(0, start - CUE.before), start))):
        between = text[cue.end() : start]
        if OTHER.words.search(between):
            return False
        if DIRECT.fullmatch(between) and len(set(written)) > 3:
            return True
        break
    return national(written)


DETECTOR = Detector(
    kind="phone",
    title="Telephone number",
    category="user.contact.phone_number",
    sieve=(r"\d[\d().\s/-]{5,}\d",),
    find=find,
    names=(
        r"(?:^|_)(?:tele)?phones?(?:_?(?:num(?:ber)?|no|nr))?(?:_|$)",
        r"(?:^|_)(?:mobile|cell|cellphone|msisdn|fax|whatsapp|telefon|telefono|tel|phone1|phone2|"
        r"landline)(?:_?(?:num(?:ber)?|no|nr))?(?:_|$)",
    ),
    source="ITU-T E.164 and the national numbering plans as the phonenumbers library carries them",
)
