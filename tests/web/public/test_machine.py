"""The policy as programs read it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

from kept.base.verdicts import Mark
from tests.web.site import Site

from .acts import check, published

KNOWN = {
    *("dpv:PrivacyNotice", "dpv:DataController", "dpv:DataProcessor", "dpv:PersonalDataProcess", "dpv:Purpose", "dpv:PersonalData"),
    *("dpv:StorageDuration", "dpv:StorageLocation", "dpv:Location", "dpv:hasDataController", "dpv:hasPersonalDataProcess"),
    *(
        "dpv:hasPurpose",
        "dpv:hasLegalBasis",
        "dpv:hasPersonalData",
        "dpv:hasStorageCondition",
        "dpv:hasRecipient",
        "dpv:hasDuration",
    ),
    *("dpv:hasLocation", "dpv:hasName", "dpv:hasContact", "dpv:Consent", "dpv:Contract", "dpv:LegalObligation"),
    *("dpv:VitalInterest", "dpv:PublicInterest", "dpv:LegitimateInterest", *(f"eu-gdpr:A6-1-{letter}" for letter in "abcdef")),
    *("pd:Name", "pd:Contact", "pd:EmailAddress", "pd:PhysicalAddress", "pd:City", "pd:Country", "pd:PostalCode", "pd:Job"),
    *("pd:Identifier", "pd:Authenticating", "pd:Password", "pd:Behavioral", "pd:BrowserHistory", "pd:DeviceBased", "pd:IPAddress"),
    *("pd:Financial", "pd:BankAccount", "pd:PaymentCard", "pd:Location", "pd:PrivacyPreference"),
}
"""Terms that version 2 of the Data Privacy Vocabulary has, looked up one by one."""
ATOM = "{http://www.w3.org/2005/Atom}"


def read(site: Site, path: str) -> Any:
    answer = site.visitor().get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert not answer.cookies
    return json.loads(answer.content) if "json" in answer["Content-Type"] else answer.content.decode()


def test_the_linked_policy_speaks_of_every_purpose_in_known_terms(site: Site) -> None:
    published()
    check(("1.1", "documented", Mark.BROKEN))
    found = read(site, "/policy.jsonld")
    used = set(re.findall(r'"((?:dpv|pd|eu-gdpr):[^"]+)"', json.dumps({**found, "@context": None})))
    assert used <= KNOWN
    processes = {one["dpv:hasPurpose"]["dct:identifier"]: one for one in found["dpv:hasPersonalDataProcess"]}
    assert processes["telemetry"]["dpv:hasLegalBasis"] == ["dpv:LegitimateInterest", "eu-gdpr:A6-1-f"]
    assert {"@type": "dpv:StorageDuration", "dpv:hasDuration": "P12M"} in processes["telemetry"]["dpv:hasStorageCondition"]
    assert [one["dpv:hasName"] for one in processes["relations"]["dpv:hasRecipient"]] == ["Tillerbase Inc."]
    assert "Quietbell Oy" not in json.dumps(found)  # it is given nothing yet
    clauses = {one["dct:identifier"]: one for one in found["dct:hasPart"]}
    assert (clauses["1.1"]["kept:mark"], clauses["1.1"]["kept:promise"]) == ("broken", ["categories", "documented"])
    assert "kept:mark" not in clauses["2.1"]


def test_the_status_says_what_the_page_says(site: Site) -> None:
    published()
    assert read(site, "/status.json")["checked_at"] is None
    check(("1.1", "documented", Mark.BROKEN), at=datetime(2026, 3, 1, tzinfo=UTC))
    found = read(site, "/status.json")
    clauses = {one["clause"]: one for one in found["clauses"]}
    assert (clauses["1.1"]["mark"], clauses["1.1"]["since"]) == ("broken", "2026-03-01T00:00:00Z")
    assert (clauses["1.2"]["mark"], clauses["1.2"]["since"], clauses["2.1"]["mark"]) == ("unknown", None, None)
    assert found["counts"] == {"kept": 0, "broken": 1, "unknown": 15, "not_checked": 22}


def test_the_feed_has_an_entry_a_change(site: Site) -> None:
    assert ElementTree.fromstring(read(site, "/status.atom")).findall(f"{ATOM}entry") == []
    published()
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for day, mark in enumerate((Mark.KEPT, Mark.KEPT, Mark.BROKEN)):
        check(("1.1", "documented", mark), at=start + timedelta(days=day))
    feed = ElementTree.fromstring(read(site, "/status.atom"))
    entries = feed.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}title") for one in entries] == [
        "§1.1 What we hold: broken, before kept",
        "§1.1 What we hold: kept",
    ]
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2026-03-03T00:00:00+00:00"
    assert len({one.findtext(f"{ATOM}id") for one in entries} | {feed.findtext(f"{ATOM}id")}) == 3
    for one in (feed, *entries):
        assert all(one.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated"))
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None


def test_what_stands_at_well_known_addresses(site: Site) -> None:
    assert read(site, "/.well-known/gpc.json") == {"gpc": True}
    published()
    assert read(site, "/.well-known/gpc.json")["lastUpdate"] == f"{datetime.now(UTC):%Y-%m-%d}"
    fields = dict(line.split(": ", 1) for line in read(site, "/.well-known/security.txt").splitlines())
    assert fields["Contact"] == "mailto:privacy@aurigen.example"
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=90) < left < timedelta(days=365)
    assert site.visitor().get("/.well-known/change-password")["Location"] == "/account/password/change/"
    assert "Disallow: /me/" in read(site, "/robots.txt")
