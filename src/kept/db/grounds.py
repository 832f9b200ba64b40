"""On which grounds a request may be refused: those of the laws that give the right, and two that are the house's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kept.base.errors import Refused
from kept.jurisdictions import LawRight, law
from kept.rights.registry import right as right_of

__all__ = ["HOUSE", "Ground", "complaints", "grounds_for", "refusal_text", "rights_given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One ground: `id` is the law's and the ground's own (`eu-gdpr.legal_claims`), or the house's (`identity`)."""

    id: str
    text: str
    citation: str = ""
    law: str = ""


HOUSE: Final[Mapping[str, Ground]] = {
    "identity": Ground(id="identity", text="We could not establish that it is you who asks."),
    "nothing": Ground(id="nothing", text="We hold nothing that the request could be about."),
}
"""What needs no law: nobody answers somebody they do not know (GDPR Art. 11(2), 12(2)), or about what is not there."""


def rights_given(laws: Sequence[str], right: str, on: date) -> tuple[tuple[str, LawRight], ...]:
    """Return the right as each of these laws gives it on a day, with the law's name; laws that do not give it are left out."""
    wanted = right_of(right).law
    found = ((law(id).name, law(id).right(wanted, on)) for id in laws)
    return tuple((name, given) for name, given in found if given is not None)


def grounds_for(laws: Sequence[str], right: str, on: date) -> Mapping[str, Ground]:
    """Return by id the grounds on which a request of this right may be refused by these laws, on the day that it came."""
    wanted = right_of(right).law
    found = dict(HOUSE)
    for id in laws:
        given = law(id).right(wanted, on)
        for one in given.exceptions if given else ():
            ground = Ground(id=f"{id}.{one.id}", text=one.text, citation=one.citation, law=law(id).name)
            found[ground.id] = ground
    return found


def complaints(laws: Sequence[str], on: date) -> tuple[str, ...]:
    """Return how a person complains, in a sentence for each law that says so, with its page where one is known."""
    found = [one for id in laws if (one := law(id).complaint(on)) is not None]
    texts = [f"{one.text} {one.link}".strip() for one in found]
    return tuple(dict.fromkeys(texts)) or ("You may complain to the data protection authority where you live.",)


def refusal_text(ground: Ground, words: str, *, laws: Sequence[str], on: date, contact: str) -> str:
    """Return what the person reads: the ground with where it stands, what was written beside it, how to complain, and the contact.

    Raises Refused without a contact: every answer carries one.
    """
    if not contact.strip():
        raise Refused("An answer without a contact is not sent", todo="Give one in kept.toml: [company] contact.")
    cited = f"{ground.text} ({', '.join(part for part in (ground.law, ground.citation) if part)})" if ground.law else ground.text
    parts = [cited, words, "\n".join(complaints(laws, on)), f"Questions: {contact}"]
    return "\n\n".join(part for part in parts if part)
