"""Where a person can complain outside the company: the authority of each jurisdiction (GDPR Art. 77 and its counterparts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop

__all__ = ["Authority", "authorities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who it is, for whom, and where it is reached; `link` is empty where it is not known here."""

    place: str
    name: str
    link: str


KNOWN: Final[Mapping[str, tuple[str, str, str]]] = {
    "eu": (
        _noop("European Union and European Economic Area"),
        _noop("The supervisory authority where you live, where you work, or where it happened"),
        "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en",
    ),
    "uk": (_noop("United Kingdom"), _noop("Information Commissioner's Office"), "https://ico.org.uk/make-a-complaint/"),
    "in": (_noop("India"), _noop("Data Protection Board of India"), "https://www.dpb.gov.in/"),
    "us-ca": (_noop("California"), _noop("California Privacy Protection Agency"), "https://cppa.ca.gov/webapplications/complaint"),
    "br": (_noop("Brazil"), _noop("Autoridade Nacional de Proteção de Dados"), "https://www.gov.br/anpd/"),
}


def authorities(jurisdictions: Sequence[str]) -> tuple[Authority, ...]:
    """Return an authority for each jurisdiction, in order; one that is not known here is said to be looked up where people live."""
    found = []
    for code in jurisdictions:
        place, name, link = KNOWN.get(code, (code, _noop("The data protection authority there"), ""))
        found.append(Authority(place=gettext(place), name=gettext(name), link=link))
    return tuple(found)
