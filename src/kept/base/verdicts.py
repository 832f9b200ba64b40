"""What a promise comes to: kept, broken or unknown. Unknown never counts as kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from .changes import Remedy

__all__ = ["Broken", "Kept", "Mark", "Unknown", "Verdict", "worst"]


class Mark(Enum):
    """A verdict in one word."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The promise is kept; `evidence` says in one sentence what was seen, with numbers."""

    evidence: str = ""

    @property
    def mark(self) -> Mark:
        """Kept."""
        return Mark.KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The promise is broken; `reason` says in one sentence what was seen, `remedies` what would mend it."""

    reason: str
    remedies: tuple[Remedy, ...] = ()

    @property
    def mark(self) -> Mark:
        """Broken."""
        return Mark.BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It could not be seen; `reason` says why, `todo` what would let it be seen."""

    reason: str
    todo: str = ""

    @property
    def mark(self) -> Mark:
        """Unknown."""
        return Mark.UNKNOWN


Verdict: TypeAlias = Kept | Broken | Unknown


def worst(marks: Iterable[Mark]) -> Mark:
    """Return broken if any is, else unknown if any is, else kept; nothing at all is unknown."""
    seen = set(marks)
    if Mark.BROKEN in seen:
        return Mark.BROKEN
    return Mark.KEPT if seen == {Mark.KEPT} else Mark.UNKNOWN
