"""The prose of the policy, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kept.base.errors import Place

__all__ = ["Bound", "Clause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A paragraph of the policy that can be pointed to; `id` is what people see behind the § sign."""

    id: str
    title: str
    version: int
    effective: date
    text: str
    place: Place
    material: bool = True
    """Whether this wording changes what is promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A clause bound to one promise: the terms as written, who answers for it, and where that is written.

    `terms` is an instance of the `Terms` class of a file in `kept.promises`.
    """

    clause: str
    code: str
    terms: Any
    owner: str
    place: Place
