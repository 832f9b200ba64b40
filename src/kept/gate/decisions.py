"""What the gate answers: allowed and on which basis, or not and why. The codes are stable; programs may depend on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from kept.policy.purposes import Basis

__all__ = ["CODES", "REASONS", "Code", "Decision"]

Code: TypeAlias = Literal[
    "allowed",
    "unknown-purpose",
    "no-basis",
    "no-consent",
    "withdrawn",
    "erased",
    "erasing",
    "objected-marketing",
    "objected",
    "opted-out",
    "limited",
    "restricted",
]
CODES: Final[tuple[Code, ...]] = get_args(Code)
"""`allowed` first, then every denial."""

REASONS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        "allowed": "The purpose has a legal basis, and nothing the person asked for stands in its way (GDPR Art. 6(1)).",
        "unknown-purpose": "The policy knows no purpose of that name, and people were not told of it (GDPR Art. 5(1)(b)).",
        "no-basis": "The policy gives the purpose no legal basis (GDPR Art. 6(1)).",
        "no-consent": "The purpose rests on consent, and the person has not given it (GDPR Art. 6(1)(a)).",
        "withdrawn": "The person withdrew their consent (GDPR Art. 7(3)).",
        "erased": "The person was erased, and no law demands this use (GDPR Art. 17(1), 17(3)(b)).",
        "erasing": "The person is being erased, and no law demands this use (GDPR Art. 17(1), 17(3)(b)).",
        "objected-marketing": "The person objects to direct marketing, which ends it (GDPR Art. 21(2), 21(3)).",
        "objected": "The person objects to the purpose, which rests on no other basis (GDPR Art. 21(1)).",
        "opted-out": "The person opted out of sale and sharing, and the recipient is a third party (Cal. Civ. Code §1798.120).",
        "limited": "The person limited the use of sensitive data to what their service needs (Cal. Civ. Code §1798.121).",
        "restricted": "Processing is restricted, and none of the exceptions holds for the purpose (GDPR Art. 18(2)).",
    }
)
"""By code, a sentence for people. It holds no value of anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a use may happen. `basis` is what it rests on, None where it may not.

    `clause` is the clause of the policy that speaks of the purpose, empty where none does.
    """

    allowed: bool
    code: Code
    basis: Basis | None = None
    clause: str = ""

    @property
    def reason(self) -> str:
        """Return the code as a sentence."""
        return REASONS[self.code]
