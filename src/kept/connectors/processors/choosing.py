"""Choosing what of a person a processor is told: what it knows people by, in the form it knows it, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from kept.base.errors import Refused
from kept.base.personal import Personal
from kept.policy.processors import Asking, KnownBy

from .orders import Identifier, Order

__all__ = ["Told", "hashed", "may_be_asked", "morning_after", "next_look", "told"]

DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=30)
NO_WORDS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An identifier as a processor gets it: the processor's word for the kind, and for its form, and the value."""

    kind: str
    form: str
    value: Personal[str]


def hashed(value: Personal[str]) -> Personal[str]:
    """Return the SHA-256 (hex) over the value without white space at its ends and in small letters, UTF-8.

    That is how advertising and analytics companies write hashed addresses. It hides nothing from whoever can guess the value.
    """
    plain = value.reveal().strip().lower().encode("utf-8", "surrogatepass")
    return Personal(hashlib.sha256(plain).hexdigest())


def told(
    name: str,
    asking: Asking,
    order: Order,
    *,
    words: Mapping[str, str] = NO_WORDS,
    takes: Mapping[tuple[str, str], str] | None = None,
) -> tuple[Told, ...]:
    """Return what the processor is told, in the order of `knows`, once each.

    `words` are the way's own words for kinds; what processors.yaml says counts more. `takes` are the kinds (its word) and forms
    (ours) that the processor says it takes, each with its word for the form; None where it does not say.

    Raises Refused where nothing is left, because then the processor cannot find the person.
    """
    found: dict[tuple[str, str, str], Told] = {}
    for known in asking.knows:
        kind = known.theirs or words.get(known.kind, known.kind)
        form = known.form if takes is None else takes.get((kind, known.form))
        for identifier in order.identifiers if form else ():
            if form and identifier.kind == known.kind and identifier.value.reveal():
                value = _as(known, identifier)
                found.setdefault((kind, form, value.reveal()), Told(kind=kind, form=form, value=value))
    if not found:
        kinds = ", ".join(f"{one.kind} ({one.form})" for one in asking.knows)
        raise Refused(
            f"processor:{name} knows people by {kinds}, and the order has nothing of it that the processor takes",
            todo="Ask the processor by hand, or name in processors.yaml what else it knows people by.",
        )
    return tuple(found.values())


def _as(known: KnownBy, identifier: Identifier) -> Personal[str]:
    return hashed(identifier.value) if known.form == "sha-256" else identifier.value


def may_be_asked(name: str, asking: Asking, order: Order, *, able: Collection[str] | None = None) -> None:
    """Raise Refused for a right that the processor is not told of, or that the way of asking has no word for (`able`)."""
    if order.right not in asking.rights:
        raise Refused(
            f"processor:{name} is not told of the right {order.right}",
            todo="Add it to `rights` in processors.yaml, if the processor can do it.",
        )
    if able is not None and order.right not in able:
        raise Refused(
            f"processor:{name} is asked by {asking.way}, which has no word for the right {order.right}",
            todo="Ask the processor by hand, or use another way in processors.yaml.",
        )


def next_look(at: datetime, told_by_them: object = None) -> datetime:
    """Return when to look again: when the processor says, if that is a time with a zone within thirty days, else in a day."""
    if isinstance(told_by_them, str):
        try:
            said = datetime.fromisoformat(told_by_them)
        except ValueError:
            return at + DAY
        if said.tzinfo is not None and at < said <= at + LONGEST:
            return said
    return at + DAY


def morning_after(order: Order) -> datetime:
    """Return the beginning, in UTC, of the day after the last: by then there should be an answer."""
    return datetime.combine(order.by + timedelta(days=1), time(), UTC)
