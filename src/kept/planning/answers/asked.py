"""What a filler is given beside the facts: the right, the law that gives it, the day, and a language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from kept.jurisdictions import Law
from kept.rights.right import Right

from .facts import Facts
from .saying import Saying

__all__ = ["Asked", "Filler", "complaint", "points"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One law's item of one answer; `law` is None for what is said whichever law applies."""

    right: Right
    law: Law | None
    on: date
    say: Saying


Filler: TypeAlias = Callable[[Facts, Asked], str]
"""Returns what the answer says for an item; an empty text where the facts do not say it."""


def points(heading: str, lines: list[str]) -> str:
    """Return a heading with its lines below; an empty text where there are none."""
    return "\n".join([heading, *(f"- {line}" for line in lines)]) if lines else ""


def complaint(law: Law | None, on: date, say: Saying) -> str:
    """Return how a person complains under a law, to which authority; an empty text where the file does not say."""
    found = law.complaint(on) if law else None
    if law is None or found is None:
        return ""
    return say("complaint", text=found.text, authority=law.authority, link=found.link).strip()
