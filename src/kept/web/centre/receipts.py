"""Receipts to keep. A choice: in terms of the Kantara Consent Receipt 1.1, its event in those of ISO/IEC TS 27560:2023."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kept.db.access.choices import KnownChoice
from kept.db.access.requests import KnownRequest
from kept.policy.policy import Policy
from kept.policy.settings import Company

from .notices import Notice

__all__ = ["record_of_request", "receipt_of_choice"]

VERSION = "KI-CR-v1.1.0"
METHODS: Mapping[str, str] = {
    "centre": "privacy centre, one button for this purpose alone",
    "api": "program of the person's, with a key of theirs",
    "gpc": "Global Privacy Control, sent by the person's browser",
}


def receipt_of_choice(
    choice: KnownChoice, notice: Notice | None, *, policy: Policy, company: Company, site: str, person: str, language: str
) -> Mapping[str, Any]:
    """Return the receipt as JSON has it. The words are in it where they are still, to the letter, those that were shown."""
    shown = notice if notice is not None and notice.digest == choice.notice else None
    purpose = policy.purposes.get(choice.purpose)
    title = purpose.title if purpose else choice.purpose
    return {
        "version": VERSION,
        "jurisdiction": ", ".join(company.jurisdictions),
        "consentTimestamp": int(choice.at.timestamp()),
        "collectionMethod": METHODS.get(choice.channel, choice.channel),
        "consentReceiptID": choice.ref,
        "language": language,
        "piiPrincipalId": person,
        "piiControllers": [{"piiController": company.name, "contact": company.contact, "email": company.contact}],
        "policyUrl": site,
        "services": [{"service": company.name, "purposes": [_purpose(title, shown)]}],
        "sensitive": False,
        "spiCat": [],
        "event": {
            "event_time": choice.at.isoformat(timespec="seconds"),
            "event_type": "given" if choice.granted else "withdrawn or refused",
            "event_state": "consent given" if choice.granted else "no consent",
            "privacy_notice": {"edition": choice.edition, "sha256": choice.notice, "words": shown.text if shown else None},
        },
    }


def _purpose(title: str, shown: Notice | None) -> Mapping[str, Any]:
    return {
        "purpose": title,
        "purposeCategory": [],
        "consentType": "EXPLICIT",
        "piiCategory": list(shown.uses) if shown else [],
        "primaryPurpose": False,
        "termination": "when the person says so",
        "thirdPartyDisclosure": False,
    }


def record_of_request(request: KnownRequest, *, company: Company, person: str) -> Mapping[str, Any]:
    """Return a request's record as JSON has it: what was asked, when, and how it stands."""
    return {
        "request": request.ref,
        "person": person,
        "company": {"name": company.name, "contact": company.contact},
        "right": request.right,
        "channel": request.channel,
        "note": request.note,
        "received_at": request.received_at.isoformat(timespec="seconds"),
        "state": request.state,
        "changed_at": request.changed_at.isoformat(timespec="seconds"),
        "stage": request.stage,
        "verified": request.verified,
        "dates": [
            {"which": one.which, "on": one.on.isoformat(), "law": one.law, "rule": one.rule, "version": one.version}
            for one in request.dates.values()
        ],
        "extended": request.extended,
        "ground": request.ground,
        "steps": [
            {"step": one.name, "state": one.state, "ended_at": one.ended_at.isoformat(timespec="seconds") if one.ended_at else None}
            for one in request.facts.steps
        ],
        "processors": [{"processor": one.processor, "state": one.state} for one in request.facts.orders],
        "stays": [
            {
                "table": one.table,
                "rows": one.rows,
                "why": one.why,
                "rule": one.rule,
                "until": one.until.date().isoformat() if one.until else None,
                "gone": one.gone_at is not None,
            }
            for one in request.facts.remainders
        ],
        "closed_at": request.closed_at.isoformat(timespec="seconds") if request.closed_at else None,
        "answer": request.outcome,
    }
