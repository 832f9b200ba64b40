"""What a step of a request comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

__all__ = ["Closed", "Done", "Outcome", "Wait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The step is done; `told` are counts and names for the record, no values of people. `then` is when the next one begins."""

    told: Mapping[str, Any] = field(default_factory=dict)
    then: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Somebody else must act first; the step is run again when the request is woken, or at `until`."""

    on: Literal["person", "staff", "store", "processor", "time"]
    what: str
    until: datetime
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The request has ended: it was answered or refused, and `outcome` is what the person was told."""

    state: Literal["answered", "refused"]
    outcome: str = field(repr=False)
    ground: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


Outcome: TypeAlias = Done | Wait | Closed
