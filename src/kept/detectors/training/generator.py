"""Labelled sentences out of templates: the names and addresses come from Faker and from made-up syllables."""

from __future__ import annotations

import importlib
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Sentence", "Sentences"]

faker: Any = importlib.import_module("faker")
"""Needed to train only, so it is no dependency of the package: `pip install faker`."""

HERE = Path(__file__).parent
SLOT = re.compile(r"\{(p|f|l|a|A|city|country|company|product|num|date|month|weekday|email|phone|term|label|id)\}")
LOCALES = (
    "en_US en_GB en_IN en_AU en_CA en_NZ en_IE en_NG en_KE en_PH en_PK de_DE de_AT de_CH fr_FR fr_CA fr_BE es_ES "
    "es_MX es_AR es_CO it_IT pl_PL nl_NL nl_BE "
    "pt_BR pt_PT sv_SE no_NO da_DK fi_FI cs_CZ sk_SK hu_HU ro_RO hr_HR sl_SI tr_TR el_GR ru_RU uk_UA bg_BG et_EE "
    "lt_LT lv_LV id_ID vi_VN fil_PH zu_ZA yo_NG"
    " ha_NG ig_NG tw_GH hi_IN ta_IN ne_NP az_AZ sq_AL"
)
IN_LATIN = "en_US en_US en_US en_GB en_GB en_GB en_IN en_IN en_IN de_DE fr_FR es_ES it_IT pl_PL nl_NL pt_BR sv_SE en_AU en_CA"
SYLLABLES = (
    "ka ra mo li sha ne to va ri el an do mi sa ba lu ye ko na zi ha re ta shi ku ma je fa ro du be la gi no pa vi "
    "so ti chi ya wen qu zo bri tha gu oke ade olu chu nwa mba dla"
)
TERMS = (
    "Buddhist Muslim Hindu Sikh Christian Catholic Jewish Mormon Protestant Sami Romani Kurdish Tamil "
    "Black Latino German French Indian Polish "
    "Republican Democrat Labour Conservative Green Socialist Marxist Lesbian Gay Vegan Scorpio Engineer "
    "Manager Director Nurse Teacher Retired Busy"
)
LABELS = (
    "Aadhaar PAN GSTIN IFSC UPI IBAN SSN NINO PESEL DNI NIF CPF Passport Voter EPIC Invoice Ticket Order "
    "Serial Policy Booking PNR IMEI Visa "
    "Amex Mastercard NHS VAT Licence Account Reference Tracking Phone Mobile Email Tel Fax DOB Code"
)
FORMS = "Ltd Inc GmbH Bank Group Systems Labs AG S.A. Industries"
STREETS = "Street Road Avenue Lane Close Drive Court Way Place Square Terrace Crescent Gardens Grove St Rd Ave Ln Dr Blvd"
MONTHS = "January February March April May June July August September October November December"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"

PRODUCTS = (
    "Galaxy Pixel ThinkPad Mustang Oral-B Windows Kindle Lego Panadol Xbox Corolla Nutella Aspirin Toner Bluetooth "
    "Router Laptop Premium Echo Tesla Oreo Kubernetes"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A text with the spans of names and of addresses."""

    text: str
    person: tuple[tuple[int, int], ...]
    address: tuple[tuple[int, int], ...]


class Sentences:
    """A stream of sentences, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Prepare the sources of names."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        faker.Faker.seed(seed)
        self._names = [faker.Faker(locale) for locale in LOCALES.split()]
        self._places = [faker.Faker(locale) for locale in IN_LATIN.split()]
        self._marked = _lines("sentences.txt")
        self._plain = _lines("plain.txt")

    def stream(self, count: int) -> Iterator[Sentence]:
        """Yield so many sentences; three in ten have neither a name nor an address."""
        for _ in range(count):
            plain = self._random.random() < 0.3
            yield self._varied(self._filled(self._random.choice(self._plain if plain else self._marked)))

    def _filled(self, template: str) -> Sentence:
        text, person, address = "", [], []
        at = 0
        for found in SLOT.finditer(template):
            text += template[at : found.start()]
            value = self._value(found[1])
            span = (len(text), len(text) + len(value))
            if found[1] in "pfl":
                person.append(span)
            elif found[1] in "aA":
                address.append(span)
            text += value
            at = found.end()
        return Sentence(text=text + template[at:], person=tuple(person), address=tuple(address))

    def _varied(self, sentence: Sentence) -> Sentence:
        """Now and then put a few words before or behind, or write all in lower or upper case."""
        roll = self._random.random()
        if roll < 0.07:
            return Sentence(text=_cased(sentence.text, str.lower), person=sentence.person, address=sentence.address)
        if roll < 0.10:
            return Sentence(text=_cased(sentence.text, str.upper), person=sentence.person, address=sentence.address)
        if roll < 0.35:
            front = self._random.choice(
                ("Hi, ", "Q: ", "ok so ", "[note] ", "Update: ", "FYI ", "- ", "> ", "1. ", "Please note: ", "Yesterday ", "Then ")
            )
            moved = len(front)
            return Sentence(
                text=front + sentence.text,
                person=tuple((a + moved, b + moved) for a, b in sentence.person),
                address=tuple((a + moved, b + moved) for a, b in sentence.address),
            )
        if roll < 0.6:
            return _joined(
                sentence, self._filled(self._random.choice(self._plain if self._random.random() < 0.5 else self._marked))
            )
        return sentence

    def _value(self, name: str) -> str:
        fillers: dict[str, Callable[[], str]] = {
            "p": self._full_name, "f": self._first_name, "l": self._last_name,
            "a": lambda: self._address(", "), "A": lambda: self._address("\n"),
            "city": lambda: self._place().city(), "country": lambda: self._place().country(), "company": self._company,
            "product": lambda: self._random.choice(PRODUCTS.split()), "num": self._number, "date": self._date,
            "month": lambda: self._random.choice(MONTHS.split()), "weekday": lambda: self._random.choice(DAYS.split()),
            "email": lambda: self._place().email(), "phone": lambda: self._place().phone_number(),
            "term": lambda: self._random.choice(TERMS.split()),
            "label": lambda: self._random.choice(LABELS.split()),
            "id": self._identifier,
        }  # fmt: skip
        return str(fillers[name]())

    def _place(self) -> Any:
        return self._random.choice(self._places)

    def _made_up(self) -> str:
        return "".join(self._random.choice(SYLLABLES.split()) for _ in range(self._random.randint(2, 3))).capitalize()

    def _first_name(self) -> str:
        if self._random.random() < 0.15:
            return self._made_up()
        return str(self._random.choice(self._names).first_name())

    def _last_name(self) -> str:
        if self._random.random() < 0.2:
            return self._random.choice(("", "", "", "O'", "Mc", "van ", "de ")) + self._made_up()
        return str(self._random.choice(self._names).last_name())

    def _full_name(self) -> str:
        roll = self._random.random()
        if roll < 0.1:
            return f"{self._first_name()} {self._random.choice('ABCDEFGHJKLMNPRSTVW')}. {self._last_name()}"
        if roll < 0.3:
            return f"{self._first_name()} {self._last_name()}"
        source = self._random.choice(self._names)
        return f"{source.first_name()} {source.last_name()}"

    def _address(self, line: str) -> str:
        source = self._random.choice(self._places)
        roll = self._random.random()
        if roll < 0.15:
            return self._indian(line)
        if roll < 0.22:
            return str(source.street_address()).replace("\n", line)
        if roll < 0.34:
            number = f"{self._random.randint(1, 400)}{self._random.choice(('', '', '', 'A', 'b'))}"
            street = f"{number} {self._name_of_street()} {self._random.choice(STREETS.split())}"
            return street + (f"{line}{source.city()}" if self._random.random() < 0.6 else "")
        return str(source.address()).replace("\n", line)

    def _name_of_street(self) -> str:
        return str(
            self._random.choice(
                (
                    *[
                        "Mill",
                        "Oak",
                        "High",
                        "Station",
                        "Park",
                        "Queen",
                        "King",
                        "Church",
                        "Baker",
                        "Elm",
                        "Maple",
                        "Hill",
                        "Lake",
                        "Bridge",
                    ],
                    self._made_up(),
                    self._last_name(),
                )
            )
        )

    def _indian(self, line: str) -> str:
        one = self._random
        front = one.choice(("H.No. {}/{}", "Flat {}", "Plot No. {}", "#{}, {} Cross", "Door No {}-{}", "{}, MG Road", "B-{}"))
        middle = one.choice(
            ("Sector {}", "Phase {}", "{} Nagar", "{} Colony", "{} Layout", "{} Enclave", "Near {} Temple", "{} Marg")
        )
        parts = [
            front.format(one.randint(1, 900), one.randint(1, 40)),
            middle.format(one.randint(1, 90) if middle[-1] == "}" else self._made_up()),
            str(one.choice(("Kochi", "Pune", "Chennai", "Noida", "Jaipur", "Indore", "Mysuru", "Bengaluru", "Mumbai", "Delhi"))),
            f"{one.randint(110000, 799999)}",
        ]
        return line.join(parts)

    def _company(self) -> str:
        if self._random.random() < 0.5:
            return f"{self._made_up()} {self._random.choice(FORMS.split())}"
        return str(
            self._random.choice(
                (
                    "Acme",
                    "Google",
                    "Siemens",
                    "Infosys",
                    "Tata",
                    "Nestlé",
                    "Renault",
                    "Globex",
                    "Initech",
                    "Vodafone",
                    "Allianz",
                    "Airtel",
                )
            )
        )

    def _number(self) -> str:
        one = self._random
        return one.choice(
            (
                str(one.randint(1, 99)),
                str(one.randint(100, 9999)),
                f"{one.randint(1, 99)}.{one.randint(0, 99):02d}",
                f"ORD-{one.randint(1000, 99999999)}",
                f"{one.randint(1, 9)}.{one.randint(0, 30)}.{one.randint(0, 30)}",
            )
        )

    def _identifier(self) -> str:
        one = self._random
        shapes = (
            "###-##-####",
            "#### #### ####",
            "@@@@@####@",
            "@@@@0######",
            "############",
            "@#######",
            "## ## ## ##",
            "#### #### #### ####",
            "@@#########",
        )
        letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
        return "".join(
            one.choice("0123456789") if sign == "#" else one.choice(letters) if sign == "@" else sign for sign in one.choice(shapes)
        )

    def _date(self) -> str:
        one = self._random
        day, month, year = one.randint(1, 28), one.randint(1, 12), one.randint(1940, 2026)
        return one.choice(
            (
                f"{year}-{month:02d}-{day:02d}",
                f"{day:02d}/{month:02d}/{year}",
                f"{day}.{month}.{year}",
                f"{day} {MONTHS.split()[month - 1]} {year}",
            )
        )


def _lines(file: str) -> list[str]:
    written = (HERE / file).read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in written if line and not line.startswith("#")]


def _cased(text: str, change: Callable[[str], str]) -> str:
    changed = change(text)
    return changed if len(changed) == len(text) else text


def _joined(one: Sentence, other: Sentence) -> Sentence:
    front = one.text + (" " if one.text[-1:] in ".!?" else ". ")
    moved = len(front)
    return Sentence(
        text=front + other.text,
        person=one.person + tuple((a + moved, b + moved) for a, b in other.person),
        address=one.address + tuple((a + moved, b + moved) for a, b in other.address),
    )
