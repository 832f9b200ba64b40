"""An answer, drafted: every item that a law wants in it, each filled from the facts, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from kept.base.errors import Refused
from kept.jurisdictions import Law
from kept.rights.right import Right

from .acting import action
from .asked import Asked, complaint
from .facts import Facts, Letterhead
from .fillers import filler
from .saying import Saying, saying

__all__ = ["Draft", "Item", "closing", "draft", "joined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a law wants in an answer, and what is said for it; nothing where it could not be filled."""

    law: str
    id: str
    citation: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter: its subject, its text with line ends, and the items of the laws that it holds."""

    subject: str
    text: str = field(repr=False)
    items: tuple[Item, ...] = ()


def draft(right: Right, laws: Sequence[Law], facts: Facts, language: str, on: date) -> Draft:
    """Return the answer to a request of this right, as the law files of that day want it.

    `laws` are those that apply, whether they give the right or not. What is said for several items is said once. Raises Refused,
    which names the items, where a law wants what the facts do not say.
    """
    say = saying(language)
    items = tuple(_items(right, laws, facts, say, on))
    done = action(facts, Asked(right=right, law=None, on=on, say=say))
    missing = dict.fromkeys(f"{one.id} ({one.law}, {one.citation})" for one in items if not one.text)
    missing |= {name: None for name, said in (("what was done", done), ("the contact", facts.contact.strip())) if not said}
    if missing:
        raise Refused(
            f"The answer lacks what the law wants in it: {', '.join(missing)}",
            todo="Say it in the map, in processors.yaml, or under [answers] in kept.toml; it is then drafted again.",
        )
    parts = [
        say("answer.opening", right=say.known(f"right.{right.code}", right.title), day=say.day(facts.received), ref=facts.ref),
        done,
        *(one.text for one in items),
        *closing(laws, facts, say, on),
    ]
    return Draft(subject=say("subject.answer"), text=joined(parts), items=items)


def closing(laws: Sequence[Law], facts: Letterhead, say: Saying, on: date) -> list[str]:
    """Return how every answer ends: how to complain to which authority, the contact, and whose letter it is."""
    complaints = [said for one in laws if (said := complaint(one, on, say))]
    return [*(complaints or [say("complaint.any")]), say("contact", contact=facts.contact), facts.company]


def _items(right: Right, laws: Sequence[Law], facts: Facts, say: Saying, on: date) -> Iterator[Item]:
    for law in laws:
        given = law.right(right.law, on)
        for wanted in given.answer_contents if given else ():
            fill = filler(given.id if given else "", wanted.id)
            text = fill(facts, Asked(right=right, law=law, on=on, say=say)) if fill else ""
            yield Item(law=law.id, id=wanted.id, citation=wanted.citation, text=text)


def joined(parts: Sequence[str]) -> str:
    """Return the parts as paragraphs; what was said is not said again, as a whole or as a paragraph of it."""
    paragraphs = (paragraph for part in parts for paragraph in part.split("\n\n"))
    return "\n\n".join(dict.fromkeys(one.strip() for one in paragraphs if one.strip())) + "\n"
