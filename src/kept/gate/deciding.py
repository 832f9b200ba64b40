"""The decision itself. Every use is decided; what is not expressly allowed is denied."""

from __future__ import annotations

from datetime import datetime

from .decisions import Decision
from .rules import CONSENT, LEGAL_OBLIGATION, NEEDED, UNOPPOSED, Rule, Rules
from .standing import EVERYTHING, Standing, Use

__all__ = ["decide"]


def decide(use: Use, standing: Standing, rules: Rules) -> Decision:
    """Return whether a use may happen, and the basis it rests on or the first reason against it.

    A denial wins over every permission. A hold never allows anything. Storage is no use to ask about (GDPR Art. 18(2)).

    >>> from datetime import UTC, datetime
    >>> decide(Use(purpose="resale", at=datetime(2026, 1, 1, tzinfo=UTC)), Standing(), Rules(
    ...     everywhere={}, within={}, processors=frozenset())).code
    'unknown-purpose'
    """
    rule = rules.rule(use.purpose, standing.jurisdiction)
    if rule is None:
        return rules.unknown
    left = rule.bases
    if left & CONSENT:
        consent = standing.consents.get(use.purpose)
        if consent is None or not consent.lives(use.at):
            withdrawn = consent is not None and consent.taken_back(use.at)
            # Who withdraws objects as well: consent is not swapped for an interest of the company's (EDPB 05/2020, no. 122).
            left &= UNOPPOSED & ~CONSENT if withdrawn else ~CONSENT
            if not left:
                return rule.denied["withdrawn" if withdrawn else "no-consent"]
    return _narrowed(left, use, standing, rules, rule) if standing.narrowed else rule.granted[left]


def _narrowed(left: int, use: Use, standing: Standing, rules: Rules, rule: Rule) -> Decision:
    """Take away what the person asked for; the first wish that leaves nothing is the reason. Written out, because it is hot."""
    if not left:
        return rule.granted[0]
    if standing.erased or standing.erasing:
        left &= LEGAL_OBLIGATION
        if not left:
            return rule.denied["erased" if standing.erased else "erasing"]
    objections = standing.objections
    if objections and (use.purpose in objections or EVERYTHING in objections):
        if rule.marketing:
            return rule.denied["objected-marketing"]
        left &= UNOPPOSED
        if not left:
            return rule.denied["objected"]
    if standing.opted_out and use.recipient and use.recipient not in rules.processors:
        left &= LEGAL_OBLIGATION
        if not left:
            return rule.denied["opted-out"]
    return _limited(left, use, standing, rule)


def _limited(left: int, use: Use, standing: Standing, rule: Rule) -> Decision:
    """Go on with what is limited to some bases: sensitive data, and everything under restriction."""
    if standing.limited and use.sensitive:
        left &= NEEDED
        if not left:
            return rule.denied["limited"]
    if standing.restricted is not None and not rule.despite_restriction and standing.restricted <= use.at:
        left &= LEGAL_OBLIGATION | (CONSENT if _since(standing, use.purpose, standing.restricted) else 0)
        if not left:
            return rule.denied["restricted"]
    return rule.granted[left]


def _since(standing: Standing, purpose: str, restricted: datetime) -> bool:
    """Return whether consent was given under the restriction; one from before it does not cover it."""
    consent = standing.consents.get(purpose)
    return consent is not None and restricted <= consent.given
