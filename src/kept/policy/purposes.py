"""Why data is processed, and on what legal basis (GDPR Art. 6(1) and its counterparts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal, TypeAlias

from typing_extensions import Doc

__all__ = ["Assessment", "Basis", "Purpose", "PurposesFile"]

Basis: TypeAlias = Literal["consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The recorded balancing of a legitimate interest against the interests of the people concerned."""

    on: Annotated[date, Doc("The day it was made.")]
    by: Annotated[str, Doc("Who made it: a role, not a person.")]
    record: Annotated[str, Doc("Where it can be read: a path or an address.")]
    review: Annotated[date | None, Doc("The day by which it is to be made again.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One reason to process personal data."""

    title: Annotated[str, Doc("What people are told.")]
    bases: Annotated[tuple[Basis, ...], Doc("Legal bases, where no jurisdiction says otherwise.")]
    bases_in: Annotated[
        Mapping[str, tuple[Basis, ...]], Doc("Legal bases where a jurisdiction differs, by its code: in, us-ca, br, eu, uk.")
    ] = field(default_factory=dict)
    assessment: Annotated[Assessment | None, Doc("Needed where a basis is legitimate-interests.")] = None
    optional: Annotated[bool, Doc("People may opt in and out of it by itself.")] = False
    marketing: Annotated[bool, Doc("It is direct marketing, which ends with any objection (GDPR Art. 21(2), 21(3)).")] = False
    despite: Annotated[
        Literal["", "legal-claims", "rights-of-another", "public-interest"],
        Doc("Why it goes on while somebody's data is restricted (GDPR Art. 18(2)); it stops where nothing is said."),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposesFile:
    """`purposes.yaml`: every purpose, by the short name the map uses."""

    purposes: Annotated[Mapping[str, Purpose], Doc("Purposes by short name.")]
