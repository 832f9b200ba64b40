"""On which grounds a request may be refused: those of the laws that give the right, and two that are the house's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kept.jurisdictions import LawRight, law
from kept.planning.answers import grounds, saying
from kept.rights.registry import right as right_of

__all__ = ["Ground", "grounds_for", "rights_given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground: `id` is the law's and the ground's own (`eu-gdpr.legal_claims`), or the house's (`identity`)."""

    id: str
    text: str
    citation: str = ""
    law: str = ""


def rights_given(laws: Sequence[str], right: str, on: date) -> tuple[tuple[str, LawRight], ...]:
    """Return the right as each of these laws gives it on a day, with the law's name; laws that do not give it are left out."""
    wanted = right_of(right).law
    found = ((law(id).name, law(id).right(wanted, on)) for id in laws)
    return tuple((name, given) for name, given in found if given is not None)


def grounds_for(laws: Sequence[str], right: str, on: date) -> Mapping[str, Ground]:
    """Return by id the grounds on which a request of this right may be refused by these laws, on the day that it came.

    The house's need no law: nobody answers somebody they do not know (GDPR Art. 11(2), 12(2)), or about what is not there.
    """
    found: dict[str, Ground] = {}
    for id, item in grounds(right_of(right), [law(one) for one in laws], on).items():
        if item is None:
            found[id] = Ground(id=id, text=saying("")(f"ground.{id}"))
        else:
            named = law(id.removesuffix(f".{item.id}")).name
            found[id] = Ground(id=id, text=item.text, citation=item.citation, law=named)
    return found
