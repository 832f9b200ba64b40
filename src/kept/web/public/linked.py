"""The policy for machines: JSON-LD in terms of the W3C community group's Data Privacy Vocabulary, version 2. Pure.

`dpv:PersonalDataHandling` of version 1 is on its way out there; `dpv:PersonalDataProcess` is what it became.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from kept.base.periods import Period
from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy
from kept.policy.processors import Processor
from kept.policy.taxonomy import Category, known_categories

from .reading import ReadClause

__all__ = ["linked"]

BASES: Final[Mapping[str, tuple[str, str]]] = {
    "consent": ("dpv:Consent", "eu-gdpr:A6-1-a"),
    "contract": ("dpv:Contract", "eu-gdpr:A6-1-b"),
    "legal-obligation": ("dpv:LegalObligation", "eu-gdpr:A6-1-c"),
    "vital-interests": ("dpv:VitalInterest", "eu-gdpr:A6-1-d"),
    "public-task": ("dpv:PublicInterest", "eu-gdpr:A6-1-e"),
    "legitimate-interests": ("dpv:LegitimateInterest", "eu-gdpr:A6-1-f"),
}
"""A basis in any law, and in the GDPR."""

CATEGORIES: Final[Mapping[str, str]] = {
    "user.name": "pd:Name",
    "user.contact": "pd:Contact",
    "user.contact.email": "pd:EmailAddress",
    "user.contact.address": "pd:PhysicalAddress",
    "user.contact.address.city": "pd:City",
    "user.contact.address.country": "pd:Country",
    "user.contact.address.postal_code": "pd:PostalCode",
    "user.job_title": "pd:Job",
    "user.unique_id": "pd:Identifier",
    "user.authorization": "pd:Authenticating",
    "user.authorization.password": "pd:Password",
    "user.behavior": "pd:Behavioral",
    "user.behavior.browsing_history": "pd:BrowserHistory",
    "user.device": "pd:DeviceBased",
    "user.device.ip_address": "pd:IPAddress",
    "user.financial": "pd:Financial",
    "user.financial.bank_account": "pd:BankAccount",
    "user.financial.credit_card": "pd:PaymentCard",
    "user.location": "pd:Location",
    "user.privacy_preferences": "pd:PrivacyPreference",
}
"""Categories that the vocabulary has a word for; any other is said to be of the nearest one above it that has."""


def linked(policy: Policy, clauses: Sequence[ReadClause], head: Mapping[str, Any], *, base: str, today: date) -> dict[str, Any]:
    """Return the document. `head` holds title, version and effective of the text in force; `base` is where the pages are."""
    gdpr = "eu" in policy.settings.company.jurisdictions
    return {
        "@context": _context(base),
        "@id": f"{base}/",
        "@type": "dpv:PrivacyNotice",
        "dct:title": head["title"],
        "schema:version": head["version"],
        "dct:valid": {"@value": f"{head['effective']:%Y-%m-%d}", "@type": "xsd:date"},
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dpv:hasName": policy.settings.company.name,
            "dpv:hasContact": policy.settings.company.contact,
        },
        "dpv:hasPersonalDataProcess": [_process(policy, name, base, today, gdpr) for name in policy.purposes],
        "dct:hasPart": [_clause(one, base) for one in clauses],
    }


def _context(base: str) -> dict[str, Any]:
    return {
        "dpv": "https://w3id.org/dpv#",
        "pd": "https://w3id.org/dpv/pd#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "dct": "http://purl.org/dc/terms/",
        "schema": "https://schema.org/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "kept": f"{base}/policy.jsonld#",
        "dpv:hasLegalBasis": {"@type": "@id"},
        "dpv:hasDuration": {"@type": "xsd:duration"},
        "kept:since": {"@type": "xsd:dateTime"},
    }


def _process(policy: Policy, name: str, base: str, today: date, gdpr: bool) -> dict[str, Any]:
    purpose = policy.purposes[name]
    tables = [one for one in policy.tables() if name in _purposes(one)]
    categories = {str(entry.category): entry.category for one in tables for entry in _fields(one, name)}
    bases = [term for basis in purpose.bases for term in BASES[basis][: 2 if gdpr else 1]]
    found: dict[str, Any] = {
        "@id": f"{base}/policy.jsonld#purpose-{name}",
        "@type": "dpv:PersonalDataProcess",
        "dpv:hasPurpose": {"@type": "dpv:Purpose", "dct:identifier": name, "dct:title": purpose.title},
        "dpv:hasLegalBasis": bases,
        "dpv:hasPersonalData": [_category(categories[key]) for key in sorted(categories)],
        "dpv:hasStorageCondition": [*_durations(tables), *_places(tables)],
        "dpv:hasRecipient": [_recipient(one) for one in policy.processors.values() if name in one.purposes and one.in_use(today)],
    }
    return {key: value for key, value in found.items() if value}


def _purposes(table: MappedTable) -> set[str]:
    return {purpose for name in table.map.fields for purpose in table.purposes_of(name)}


def _fields(table: MappedTable, purpose: str) -> Iterator[Any]:
    return (entry for name, entry in table.map.fields.items() if purpose in table.purposes_of(name))


def _category(category: Category) -> dict[str, Any]:
    key = str(category)
    near = next((CATEGORIES[above] for above in _upwards(key) if above in CATEGORIES), "")
    kinds = [*([near] if near else []), "dpv:PersonalData"]
    return {"@type": kinds, "dct:identifier": key, "dct:title": known_categories().get(key, key)}


def _upwards(key: str) -> Iterator[str]:
    while key:
        yield key
        key = key.rpartition(".")[0]


def _durations(tables: Sequence[MappedTable]) -> list[dict[str, Any]]:
    periods = dict.fromkeys(_iso(one.map.retention.keep) for one in tables if one.map.retention)
    return [{"@type": "dpv:StorageDuration", "dpv:hasDuration": period} for period in sorted(periods)]


def _iso(period: Period) -> str:
    """Return a period as ISO 8601 has it: P24M, P90D, PT36H."""
    days, hours = divmod(period.hours, 24)
    return "P" + (f"{period.months}M" if period.months else "") + (f"{days}D" if days else "") + (f"T{hours}H" if hours else "")


def _places(tables: Sequence[MappedTable]) -> list[dict[str, Any]]:
    regions = sorted({one.region for one in tables})
    return [
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": {"@type": "dpv:Location", "dct:identifier": region}}
        for region in regions
    ]


def _recipient(one: Processor) -> dict[str, Any]:
    return {
        "@type": "dpv:DataProcessor",
        "dpv:hasName": one.name,
        "dct:description": one.what,
        "dpv:hasLocation": {"@type": "dpv:Location", "dct:identifier": one.region},
    }


def _clause(one: ReadClause, base: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": f"{base}/#{one.anchor}",
        "dct:identifier": one.wording.id,
        "dct:title": one.wording.title,
        "schema:version": one.wording.version,
    }
    if one.mark:
        found["kept:mark"] = one.mark
        found["kept:promise"] = list(one.codes)
    if one.since:
        found["kept:since"] = f"{one.since:%Y-%m-%dT%H:%M:%SZ}"
    return found
