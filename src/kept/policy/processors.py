"""`processors.yaml`: the companies that process personal data on this one's behalf (GDPR Art. 28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from typing_extensions import Doc

from .taxonomy import Category

__all__ = ["Processor", "ProcessorsFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """A company that is given personal data to do something for this one, and nothing else."""

    name: Annotated[str, Doc("The company's full name.")]
    what: Annotated[str, Doc("What it does, in a sentence that people understand.")]
    purposes: Annotated[tuple[str, ...], Doc("What for: short names from purposes.yaml.")]
    categories: Annotated[tuple[Category, ...], Doc("Which data it is given, as Fideslang data categories.")]
    region: Annotated[str, Doc("Where it processes the data: eu, us, in, or a cloud's own region name.")]
    since: Annotated[date, Doc("The day from which it is given data; a day to come announces it.")]
    until: Annotated[date | None, Doc("The day from which it is given none any more.")] = None
    safeguard: Annotated[str, Doc("Under which safeguard data leaves the region it comes from, where it does.")] = ""
    agreement: Annotated[str, Doc("Where the agreement can be read: an address.")] = ""

    def in_use(self, today: date) -> bool:
        """Return whether it is given data on a day."""
        return self.since <= today and (self.until is None or today < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorsFile:
    """`processors.yaml` as a whole; the file may be missing."""

    processors: Annotated[Mapping[str, Processor], Doc("Companies by a short name.")]
