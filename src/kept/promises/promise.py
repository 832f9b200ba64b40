"""What every kind of promise is made of.

A file of this folder holds two things. `Terms` is what a clause may say in `promises.yaml`: a dataclass whose fields are the keys
of the file and whose docstring is the manual page that `kept explain` prints. `Terms.bind` turns it, with the policy at hand, into
promises: each about one thing, each asking its own questions and judging its own answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Protocol

from kept.base.erased import ErasedList
from kept.base.names import Column, Table
from kept.base.questions import Answers, Question
from kept.base.verdicts import Unknown, Verdict
from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy

__all__ = ["Nothing", "Promise", "Scope", "TermsOf", "chosen_stores", "chosen_tables", "count", "in_days", "listed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a promise may know beside its own terms: the policy, who answers for it, and who was erased."""

    policy: Policy
    owner: str
    erased: Mapping[Column, ErasedList] = field(default_factory=dict)


class Promise(Protocol):
    """A promise about one thing."""

    @property
    def about(self) -> str:
        """What it is about: `app.events`, `app.accounts.email`, a store, a purpose."""

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Return what it wants to know, given what is known; it is asked again until it wants nothing new."""

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Return kept, broken or unknown. Pure: the same answers give the same verdict."""


class TermsOf(Protocol):
    """The terms of a kind of promise, as a clause states them."""

    code: ClassVar[str]
    title: ClassVar[str]
    law: ClassVar[str]

    def bind(self, scope: Scope) -> Iterable[Promise]:
        """Yield one promise for each thing the clause speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """What a clause promises when nothing in the map is meant by it: no table, no store, no person. Never kept."""

    about: str = "nothing"

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask nothing."""
        return []

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Unknown: a promise that is about nothing cannot be seen to be kept."""
        todo = "Correct the stores, tables or purposes that the clause names, or the map."
        return Unknown(reason="nothing in the map is meant by this promise", todo=todo)


def chosen_stores(policy: Policy, stores: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stores a clause names, or every mapped store where it names none."""
    return stores or tuple(policy.stores)


def chosen_tables(
    policy: Policy, *, tables: tuple[Table, ...] = (), purposes: tuple[str, ...] = (), stores: tuple[str, ...] = ()
) -> Iterator[MappedTable]:
    """Yield the mapped tables a clause speaks of: those named, those that serve a named purpose, else all of its stores."""
    for mapped in policy.tables():
        served = {purpose for name in mapped.map.fields for purpose in mapped.purposes_of(name)} | set(mapped.map.purposes)
        wanted = mapped.table in tables if tables else (not purposes or bool(served & set(purposes)))
        if wanted and mapped.table.store in chosen_stores(policy, stores):
            yield mapped


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 row`, `2 rows`, `12,034 rows`.

    >>> count(12034, "row"), count(1, "row"), count(2, "entry", "entries")
    ('12,034 rows', '1 row', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return names in one phrase, the first few in full: `a, b and 7 more`."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"


def in_days(now: datetime, days: int) -> date:
    """Return the day that many days from now."""
    return (now + timedelta(days=days)).date()
