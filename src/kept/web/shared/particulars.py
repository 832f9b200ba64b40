"""What a request can be about in particular: which purposes, which columns, which grounds. The same for pages and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop

from kept.base.errors import Refused
from kept.policy.datamap import FieldMap, MappedTable
from kept.policy.policy import Policy
from kept.policy.purposes import Basis, Purpose
from kept.policy.taxonomy import Category

from .categories import category_words

__all__ = [
    "LONGEST_VALUE",
    "RESTRICTION_GROUNDS",
    "Correctable",
    "checked_changes",
    "checked_purposes",
    "correctable",
    "purposes_for",
]

LONGEST_VALUE: Final = 1_000
OPPOSED: Final[Mapping[str, tuple[Basis, ...]]] = {
    "objection": ("legitimate-interests", "public-task"),
    "withdrawal": ("consent",),
}
"""On which bases a purpose rests that a right is against (GDPR Art. 21(1), Art. 7(3))."""
NOT_CORRECTED: Final = tuple(Category(key=f"user.{one}") for one in ("unique_id", "authorization", "device", "telemetry"))
"""What nobody corrects: numbers that tie rows together, what signs people in, what was measured."""

RESTRICTION_GROUNDS: Final[Mapping[str, str]] = {
    "accuracy": _noop("What is held about me is wrong, and you have not checked it yet"),
    "unlawful": _noop("You may not use it, and I do not want it deleted"),
    "claims": _noop("You no longer need it, and I need it for a legal claim"),
    "objection": _noop("I objected, and it is not settled yet whose interests weigh more"),
}
"""The four cases of GDPR Art. 18(1), (a) to (d)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """A column whose value a person can have put right: its full name, what it is in plain words, and in which table."""

    column: str
    title: str
    what: str


def purposes_for(right: str, policy: Policy, jurisdictions: Sequence[str] = ()) -> Mapping[str, Purpose]:
    """Return the purposes that an objection, or a withdrawal of consent, can be about where the person lives; by short name."""
    wanted = set(OPPOSED.get(right, ()))
    return {name: one for name, one in policy.purposes.items() if wanted & set(_bases(one, jurisdictions))}


def correctable(policy: Policy, subject: str) -> tuple[Correctable, ...]:
    """Return the columns of the person's own rows that can be put right; nothing for somebody who is nobody in the stores."""
    kind = subject.partition(":")[0]
    own = [mapped for mapped in policy.tables() if mapped.map.subject and mapped.map.subject.kind == kind]
    return tuple(found for mapped in own for found in _columns(mapped))


def checked_purposes(right: str, purposes: Sequence[str], policy: Policy, jurisdictions: Sequence[str] = ()) -> list[str]:
    """Return purposes without repeats, in their order. Raises Refused for one that the right is not about."""
    known = purposes_for(right, policy, jurisdictions)
    if not set(purposes) <= known.keys():
        raise Refused("Some of these purposes cannot be chosen here", todo=f"Choose of {', '.join(known) or 'none'}.")
    return list(dict.fromkeys(purposes))


def checked_changes(changes: Mapping[str, str], policy: Policy, subject: str) -> list[dict[str, str]]:
    """Return new values as a request says them, column by column. Raises Refused for a column that cannot be put right, or a value
    that is none; never repeats a value.
    """
    known = {one.column for one in correctable(policy, subject)}
    if not changes.keys() <= known:
        raise Refused("Some of these columns cannot be put right here", todo="Say in words what is wrong, and what would be right.")
    for column, value in changes.items():
        if len(value) > LONGEST_VALUE or "\0" in value or not value.strip():
            raise Refused(f"The new value of {column} is none", todo=f"Give at most {LONGEST_VALUE:,} characters.")
    return [{"column": column, "value": value.strip()} for column, value in changes.items()]


def _bases(purpose: Purpose, jurisdictions: Sequence[str]) -> Iterator[Basis]:
    """Yield the bases of a purpose wherever the person may live; everywhere where that is not known."""
    for where in jurisdictions or ("", *purpose.bases_in):
        yield from purpose.bases_in.get(where, purpose.bases)


def _columns(mapped: MappedTable) -> Iterator[Correctable]:
    for name, entry in mapped.map.fields.items():
        if mapped.map.subject and name != mapped.map.subject.key and _is_said(entry):
            title = gettext("%(what)s (%(name)s)") % {"what": _capital(category_words(entry.category)), "name": name}
            yield Correctable(column=str(mapped.table.column(name)), title=title, what=mapped.map.what)


def _is_said(entry: FieldMap) -> bool:
    return not any(entry.category.within(one) for one in NOT_CORRECTED)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
