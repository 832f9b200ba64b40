"""What is asked of the gate, and what it must know of the person: values that somebody else looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

__all__ = ["EVERYTHING", "Consent", "Standing", "Use"]

EVERYTHING: Final = "*"
"""Among a person's objections: to every purpose that can be objected to, direct marketing included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of one person's data: what for, when, who is given it (empty: nobody outside), and whether it is sensitive.

    `recipient` is a short name; those of processors.yaml act for the company, every other is a third party. `sensitive` means
    special categories (GDPR Art. 9(1)) and sensitive personal information (Cal. Civ. Code §1798.140(ae)). Raises ValueError for a
    time without a zone.
    """

    purpose: str
    at: datetime
    recipient: str = ""
    sensitive: bool = False

    def __post_init__(self) -> None:
        """Refuse a time that means another moment elsewhere."""
        _aware(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """When a person last agreed to a purpose, and when they last withdrew, if they did (GDPR Art. 7(3)).

    Raises ValueError for a time without a zone.
    """

    given: datetime
    withdrawn: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse times that mean another moment elsewhere."""
        _aware(self.given, self.withdrawn)

    def lives(self, at: datetime) -> bool:
        """Return whether it stands at that moment: given by then, and not withdrawn since it was given."""
        return self.given <= at and not self.taken_back(at)

    def taken_back(self, at: datetime) -> bool:
        """Return whether it had been withdrawn by that moment, and not given again; in one same moment the withdrawal counts."""
        return self.withdrawn is not None and self.given <= self.withdrawn <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one person stands.

    - `restricted`: since when processing is restricted (GDPR Art. 18), None where it is not.
    - `objections`: purposes the person objects to (Art. 21), or EVERYTHING. One that was turned down for compelling grounds is not
      among them; one that is still being weighed is (Art. 18(1)(d)).
    - `consents`: by purpose, for the purposes that were ever agreed to.
    - `erasing`: erasure was asked for and is under way; `erased`: it is done.
    - `opted_out`: of sale and sharing (Cal. Civ. Code §1798.120); `limited`: of sensitive data (§1798.121).
    - `held`: a legal hold covers rows of theirs. It forbids erasing and never allows a use, so that no decision rests on it.
    - `jurisdiction`: whose legal bases hold for them, as the policy's `bases_in` names it (in, us-ca); empty: the general ones.

    Raises ValueError for a time without a zone.
    """

    restricted: datetime | None = None
    objections: frozenset[str] = frozenset()
    consents: Mapping[str, Consent] = field(default_factory=dict)
    erasing: bool = False
    erased: bool = False
    opted_out: bool = False
    limited: bool = False
    held: bool = False
    jurisdiction: str = ""
    narrowed: bool = field(init=False, repr=False, compare=False, default=False)
    """Whether anything stands in the way of some use, apart from consents; made from the others."""

    def __post_init__(self) -> None:
        """Sum up, so that the many people of whom there is nothing to say are decided about quickly."""
        _aware(self.restricted)
        flags = self.erasing or self.erased or self.opted_out or self.limited
        object.__setattr__(self, "narrowed", flags or self.restricted is not None or bool(self.objections))


def _aware(*moments: datetime | None) -> None:
    for moment in moments:
        if moment is not None and moment.utcoffset() is None:
            raise ValueError("a moment needs a time zone")
