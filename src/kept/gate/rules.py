"""What the policy says about uses, compiled once: every answer is made beforehand, so that deciding is looking it up.

Legal bases are bits. Whatever a person asked for takes bits away and nothing adds any, which is why a wish can never allow more,
and why the order of wishes does not matter to whether a use is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from kept.policy.policy import Policy
from kept.policy.purposes import Basis, Purpose

from .decisions import CODES, Code, Decision

__all__ = ["ALL", "BITS", "CONSENT", "LEGAL_OBLIGATION", "NEEDED", "UNOPPOSED", "Rule", "Rules"]

BITS: Final[Mapping[Basis, int]] = MappingProxyType(
    {
        "consent": 1,
        "contract": 2,
        "legal-obligation": 4,
        "vital-interests": 8,
        "public-task": 16,
        "legitimate-interests": 32,
    }
)
ALL: Final = 63
CONSENT: Final = BITS["consent"]
LEGAL_OBLIGATION: Final = BITS["legal-obligation"]
UNOPPOSED: Final = ALL & ~BITS["public-task"] & ~BITS["legitimate-interests"]
"""The bases that an objection leaves alone (GDPR Art. 21(1): it is against Art. 6(1)(e) and (f))."""
NEEDED: Final = BITS["contract"] | LEGAL_OBLIGATION | BITS["vital-interests"]
"""The bases of what the person's service, safety or the law needs (Cal. Civ. Code §1798.121(a))."""
GENERAL: Final = "purpose-and-basis"
"""The promise whose clause speaks of every purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for one purpose. `granted` has the answer for every set of bases that may be left, `denied` one for every code."""

    bases: int
    marketing: bool
    despite_restriction: bool
    granted: tuple[Decision, ...]
    denied: Mapping[Code, Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a policy says about uses. `everywhere` and each map of `within` (by jurisdiction) hold a rule a purpose."""

    everywhere: Mapping[str, Rule]
    within: Mapping[str, Mapping[str, Rule]]
    processors: frozenset[str]
    unknown: Decision = field(default_factory=lambda: Decision(allowed=False, code="unknown-purpose"))

    @classmethod
    def of(cls, policy: Policy) -> Rules:
        """Compile a policy: its purposes, which of them are direct marketing, and which go on under restriction."""
        clauses = {name: _clause(policy, name) for name in policy.purposes}

        def compiled(where: str) -> Mapping[str, Rule]:
            return MappingProxyType(
                {
                    name: _rule(_bases(purpose, where), clauses[name], marketing=purpose.marketing, despite=bool(purpose.despite))
                    for name, purpose in policy.purposes.items()
                }
            )

        places = sorted({where for purpose in policy.purposes.values() for where in purpose.bases_in})
        return cls(
            everywhere=compiled(""),
            within=MappingProxyType({where: compiled(where) for where in places}),
            processors=frozenset(policy.processors),
        )

    def rule(self, purpose: str, jurisdiction: str) -> Rule | None:
        """Return the rule of a purpose for people of a jurisdiction; None where the policy has no such purpose."""
        return self.within.get(jurisdiction, self.everywhere).get(purpose)


def _bases(purpose: Purpose, where: str) -> tuple[Basis, ...]:
    return purpose.bases_in.get(where, purpose.bases)


def _rule(bases: tuple[Basis, ...], clause: str, *, marketing: bool, despite: bool) -> Rule:
    denied: dict[Code, Decision] = {code: Decision(allowed=False, code=code, clause=clause) for code in CODES[1:]}
    resting = {basis: Decision(allowed=True, code="allowed", basis=basis, clause=clause) for basis in bases}

    def granted(left: int) -> Decision:
        """Rest on the first basis, as the policy has them in order, that is left."""
        return next((resting[basis] for basis in bases if BITS[basis] & left), denied["no-basis"])

    return Rule(
        bases=sum({BITS[basis] for basis in bases}),
        marketing=marketing,
        despite_restriction=despite,
        granted=tuple(granted(left) for left in range(ALL + 1)),
        denied=MappingProxyType(denied),
    )


def _clause(policy: Policy, purpose: str) -> str:
    """Return the clause that speaks of a purpose: one whose promise names it, else the one on purposes and bases in general."""
    return next(_speaking(policy, purpose), "")


def _speaking(policy: Policy, purpose: str) -> Iterator[str]:
    yield from (bound.clause for bound in policy.bound if purpose in getattr(bound.terms, "purposes", ()))
    yield from (bound.clause for bound in policy.bound if bound.code == GENERAL)
