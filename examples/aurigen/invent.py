"""Invented people, companies, addresses and machines. Nobody here exists; every number passes the checks of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

__all__ = ["Person", "agent", "company", "iban", "network", "person", "phone", "raw_agent", "raw_network", "address"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Culture:
    """Given and family names that go together, and the country they are most often met in here."""

    country: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    family_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone invented."""

    name: str
    email: str
    organisation: str
    job_title: str
    country: str


def _culture(country: str, given: str, family: str, *, family_first: bool = False) -> Culture:
    return Culture(country=country, given=tuple(given.split()), family=tuple(family.split("/")), family_first=family_first)


CULTURES = (
    _culture(
        "IE", "Aoife Cian Saoirse Oisín Niamh Declan Róisín Fergal", "Byrne/O’Sullivan/O'Leary/Kavanagh/Doyle/Mac Cárthaigh/Nolan"
    ),
    _culture("DE", "Lena Jonas Greta Matthias Anke Florian Jürgen Frieda", "Müller/Schäfer/Vogt/von Hagen/Brandt/Köhler/Lindner"),
    _culture("FR", "Camille Théo Inès Baptiste Élodie Mathis Solène", "Lefèvre/Moreau/d’Aubigny/Garnier/Rousseau/Chevalier"),
    _culture("ES", "Lucía Álvaro Marta Íñigo Noelia Sergio", "García Vidal/Fernández Ortiz/Muñoz Rey/Iglesias/Navarro Soto"),
    _culture("PL", "Agnieszka Paweł Zofia Krzysztof Małgorzata Łukasz", "Wójcik/Zielińska/Kowalczyk/Dąbrowski/Szymańska"),
    _culture("NL", "Sanne Daan Fleur Bram Maaike Joost", "de Vries/van den Berg/Jansen/Hoekstra/ter Horst"),
    _culture("GB", "Imogen Callum Harriet Alistair Priya Reuben", "Whitlock/Ashworth/Penhaligon/Okonkwo/Fairbairn"),
    _culture("IN", "Ananya Rohan Lakshmi Vikram Meera Arjun Farhan", "Iyer/Deshpande/Banerjee/Reddy/Khan/Chatterjee/Nair"),
    _culture("US", "Maya Jordan Elena Marcus Tyrell Hannah", "Castellano/Washington/Nguyen/Brooks/Petersen/Delgado"),
    _culture("BR", "Thiago Juliana Caetano Beatriz Rafael", "Silveira/Cavalcanti/dos Santos/Figueiredo/Moura"),
    _culture("JP", "陽菜 蓮 美咲 大翔 結衣", "佐藤/鈴木/高橋/渡辺", family_first=True),
    _culture("CN", "伟 秀英 子轩 雨桐 浩然", "王/李/张/欧阳", family_first=True),
    _culture("NG", "Chiamaka Tunde Ngozi Emeka Adaeze", "Adeyemi/Okafor/Balogun/Eze"),
    _culture("AE", "Layla Omar Yasmin Khalid Noor", "al-Rashid/Haddad/Mansour/Farouk"),
    _culture("IS", "Guðrún Björn Sigríður Ægir", "Jónsdóttir/Þórsson/Einarsson"),
)
WEIGHTS = (9, 12, 8, 8, 7, 6, 9, 11, 9, 4, 3, 3, 3, 3, 1)
STEMS = (
    "Harbor",
    "Quill",
    "Lumen",
    "Tern",
    "Cobalt",
    "Maple",
    "Orbit",
    "Fjord",
    "Saffron",
    "Granite",
    "Nimbus",
    "Kestrel",
    "Larch",
    "Copper",
    "Delta",
    "Mosaic",
    "Pebble",
    "Thistle",
)
TRADES = (
    "Logistics",
    "Analytics",
    "Robotics",
    "Foods",
    "Press",
    "Shipping",
    "Textiles",
    "Optics",
    "Games",
    "Energy",
    "Studio",
    "Freight",
    "Tools",
    "Mapping",
)
FORMS = {
    "DE": "GmbH",
    "FR": "SAS",
    "ES": "S.L.",
    "NL": "B.V.",
    "PL": "sp. z o.o.",
    "IN": "Pvt Ltd",
    "US": "Inc",
    "BR": "Ltda",
    "JP": "KK",
}
JOBS = (
    "Engineer",
    "Data analyst",
    "Head of product",
    "Researcher",
    "Support lead",
    "Founder",
    "Translator",
    "Procurement officer",
    "Designer",
    "Teacher",
)
MAIL = ("example.com", "example.org", "example.net", "mail.example", "post.example")
LATIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "ß": "ss",
        "’": "",
        " ": "",
        "ö": "o",
        "ü": "u",
        "ä": "a",
        "é": "e",
        "è": "e",
    }
    | dict(zip("íóúáñçãąńóśÍÁÉ", "iouancaanosiae", strict=True))
)

STREETS = {
    "IE": ("{n} Quay Lane", "{n} Foxglove Terrace"),
    "DE": ("Lindenweg {n}", "Am Alten Markt {n}", "Hafenstraße {n}"),
    "FR": ("{n} rue des Tilleuls", "{n} avenue du Moulin"),
    "ES": ("Calle del Olivo {n}", "Avenida del Puerto {n}"),
    "PL": ("ul. Lipowa {n}", "ul. Ogrodowa {n}/4"),
    "NL": ("Molenstraat {n}", "Prinsengracht {n}"),
    "GB": ("{n} Orchard Row", "{n} Mill Lane"),
    "IN": ("{n}, 3rd Cross, Jayanagar", "Flat {n}, Palm Grove Road"),
    "US": ("{n} Juniper Avenue", "{n} W Lakeview Dr Apt 3"),
}
CITIES = {
    "IE": (("Dublin", "D02 X285"), ("Cork", "T12 W8KP")),
    "DE": (("Leipzig", "04109"), ("Bremen", "28195"), ("Köln", "50667")),
    "FR": (("Nantes", "44000"), ("Lyon", "69002")),
    "ES": (("Valencia", "46001"), ("Bilbao", "48005")),
    "PL": (("Gdańsk", "80-831"), ("Poznań", "61-772")),
    "NL": (("Utrecht", "3511 LX"), ("Groningen", "9712 HM")),
    "GB": (("Bristol", "BS1 4DJ"), ("Leeds", "LS1 5HD")),
    "IN": (("Bengaluru", "560011"), ("Pune", "411001")),
    "US": (("Portland", "97205"), ("Austin", "78701")),
}

DOCUMENTATION_V4 = ("192.0.2", "198.51.100", "203.0.113")
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
AGENT_PARTS = (
    ("Firefox on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"),
    ("Chrome on Windows", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Safari/537.36"),
    ("Chrome on Android", f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Mobile Safari/537.36"),
    ("Safari on iOS", f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {APPLE} Version/17.5 Mobile/15E148 Safari/604.1"),
    ("Safari on macOS", f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/17.4 Safari/605.1.15"),
    ("Edge on Windows", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Safari/537.36 Edg/{{v}}.0.0.0"),
    ("Firefox on Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"),
)


def person(chance: Random, number: int) -> Person:
    """Return someone; `number` makes the address theirs alone."""
    culture = chance.choices(CULTURES, WEIGHTS)[0]
    given, family = chance.choice(culture.given), chance.choice(culture.family)
    name = f"{family}{given}" if culture.family_first else f"{given} {family}"
    organisation = company(chance, culture.country)
    local = _ascii(given)[:1] + "." + _ascii(family) if _ascii(given) and _ascii(family) else "member"
    host = chance.choice((*MAIL, _ascii(organisation.split(" ")[0]) + ".example"))
    email = f"{local}{number}@{host}"
    return Person(name=name, email=email, organisation=organisation, job_title=chance.choice(JOBS), country=culture.country)


def company(chance: Random, country: str) -> str:
    """Return a company's name."""
    return f"{chance.choice(STEMS)} {chance.choice(TRADES)} {FORMS.get(country, 'Ltd')}"


def address(chance: Random, country: str) -> tuple[str, str, str, str]:
    """Return street, postal code, city and country; people of countries without streets here live in Ireland."""
    where = country if country in STREETS else "IE"
    city, code = chance.choice(CITIES[where])
    return chance.choice(STREETS[where]).format(n=chance.randrange(1, 180)), code, city, where


def network(chance: Random) -> str:
    """Return a network as it may be kept: IPv4 to /24, IPv6 to /48."""
    if chance.random() < 0.25:
        return _v6_prefix(chance) + "::"
    return _v4_prefix(chance) + ".0"


def raw_network(chance: Random) -> str:
    """Return a full address, which may not be kept; it is never the first of its /24 or /48."""
    if chance.random() < 0.25:
        return f"{_v6_prefix(chance)}:{chance.randrange(1, 0xFFFF):x}::{chance.randrange(1, 0xFFFF):x}"
    return f"{_v4_prefix(chance)}.{chance.randrange(1, 255)}"


def agent(chance: Random) -> str:
    """Return a browser and system as they may be kept."""
    return chance.choice(AGENT_PARTS)[0]


def raw_agent(chance: Random) -> str:
    """Return a User-Agent as browsers send it, which may not be kept."""
    return chance.choice(AGENT_PARTS)[1].format(v=chance.randrange(110, 140))


def phone(chance: Random) -> str:
    """Return a telephone number of a range that its country's plan knows."""
    return chance.choice(
        (
            f"+44 20 7946 0{chance.randrange(1000):03}",
            f"+1 212-555-01{chance.randrange(100):02}",
            f"+33 1 99 00 {chance.randrange(100):02} {chance.randrange(100):02}",
            f"+49 30 23125 {chance.randrange(1000):03}",
            f"+61 2 5550 {chance.randrange(10_000):04}",
        )
    )


def iban(chance: Random) -> str:
    """Return an account number with a right check digit (ISO 13616, modulo 97)."""
    country, basic = chance.choice(
        (
            ("DE", f"{chance.randrange(10**8):08}{chance.randrange(10**10):010}"),
            ("NL", f"{chance.choice(('INGB', 'RABO', 'ABNA'))}{chance.randrange(10**10):010}"),
            ("IE", f"AIBK{chance.randrange(10**6):06}{chance.randrange(10**8):08}"),
            ("GB", f"NWBK{chance.randrange(10**6):06}{chance.randrange(10**8):08}"),
        )
    )
    digits = "".join(str(int(letter, 36)) for letter in f"{basic}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{basic}"


def _v4_prefix(chance: Random) -> str:
    if chance.random() < 0.3:
        return chance.choice(DOCUMENTATION_V4)
    return (
        f"{chance.choice((31, 62, 77, 81, 88, 91, 109, 178, 185, 193, 212))}.{chance.randrange(1, 250)}.{chance.randrange(1, 250)}"
    )


def _v6_prefix(chance: Random) -> str:
    if chance.random() < 0.5:
        return f"2001:db8:{chance.randrange(1, 0xFFFF):x}"
    return f"2a0{chance.randrange(1, 9)}:{chance.randrange(0x100, 0xFFFF):x}:{chance.randrange(1, 0xFFFF):x}"


def _ascii(text: str) -> str:
    plain = text.lower().translate(LATIN)
    return "".join(letter for letter in plain if letter.isascii() and (letter.isalnum() or letter == "-"))
