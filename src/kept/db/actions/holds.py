"""Holds that staff place, review and lift. A hold suspends retention and erasure for its rows, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from kept.base.errors import NotAllowed, NotThere, Refused, Taken
from kept.base.roles import Who
from kept.db.models import PlacedHold
from kept.policy.policy import Policy

from .action import action, named, record
from .sweeps import wake_remainders

__all__ = ["LONGEST_GROUND", "LONGEST_NAME", "NAME", "Placing", "lift_hold", "place_hold", "review_hold"]

NAME: Final = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
LONGEST_NAME, LONGEST_GROUND, LONGEST_OWNER, LONGEST_KEY, MOST_KEYS = 60, 300, 100, 200, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A hold to be placed: its short name, why, the role that answers for it, and when it is to be looked at again.

    `tables` are those it covers, as store.table; `subjects` the keys of the people it covers, by the column that holds them
    (`app.accounts.id`); without any it covers every row of the tables.
    """

    name: str
    ground: str
    owner: str
    review: date
    tables: Sequence[str]
    subjects: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)


@action
def place_hold(hold: Placing, *, policy: Policy, at: datetime, by: Who) -> None:
    """Place a hold: from now on what it covers is neither erased nor deleted by age.

    Raises NotAllowed; Taken where there is one of that name; Refused for what makes no sense: no tables, tables or people that the
    map does not know, a review that is not to come.
    """
    _may(by)
    _check(hold, policy, at.date())
    if hold.name in policy.holds or PlacedHold.objects.filter(name=hold.name).exists():
        raise Taken("There is a hold of that name already", todo="Choose another name.")
    PlacedHold.objects.create(
        name=hold.name,
        ground=hold.ground.strip(),
        owner=hold.owner.strip(),
        tables=list(dict.fromkeys(hold.tables)),
        subjects={column: list(dict.fromkeys(keys)) for column, keys in hold.subjects.items() if keys},
        placed_by=by.actor,
        placed_at=at,
        review=hold.review,
    )
    people = sum(len(set(keys)) for keys in hold.subjects.values())
    tables = list(dict.fromkeys(hold.tables))
    review = hold.review.isoformat()
    record("hold.placed", at=at, actor=by.actor, hold=named(hold.name), tables=tables, people=people, review=review)


@action
def review_hold(*, name: str, review: date, at: datetime, by: Who) -> None:
    """Say that a hold was looked at and is still needed, until it is looked at again. Raises NotAllowed, NotThere, Refused."""
    hold = _inforce(name, by)
    _to_come(review, at.date())
    hold.review = review
    hold.save(update_fields=["review"])
    record("hold.reviewed", at=at, actor=by.actor, hold=named(name), review=review.isoformat())


@action
def lift_hold(*, name: str, at: datetime, by: Who) -> int:
    """End a hold, and let what waited for that go on: return how many erasures are taken up again. Raises NotAllowed, NotThere,
    Refused.
    """
    hold = _inforce(name, by)
    hold.lifted_at = at
    hold.save(update_fields=["lifted_at"])
    woken = wake_remainders(at=at, hold=name)
    record("hold.lifted", at=at, actor=by.actor, hold=named(name), woken=woken)
    return woken


def _may(by: Who) -> None:
    if not by.may("hold.change"):
        raise NotAllowed("You may not change holds", todo="Ask an owner for the role that may.")


def _inforce(name: str, by: Who) -> PlacedHold:
    _may(by)
    hold = PlacedHold.objects.select_for_update().filter(name=name).first()
    if hold is None:
        raise NotThere("No hold of that name was placed here", todo="One of holds.yaml is changed in that file.")
    if hold.lifted_at is not None:
        raise Refused("This hold is lifted already", todo="Place a new one if you need it.")
    return hold


def _check(hold: Placing, policy: Policy, today: date) -> None:
    if not NAME.fullmatch(hold.name) or len(hold.name) > LONGEST_NAME:
        raise Refused("That is no name for a hold", todo=f"Use small letters, digits and hyphens, at most {LONGEST_NAME} of them.")
    _told("ground", hold.ground, LONGEST_GROUND)
    _told("owner", hold.owner, LONGEST_OWNER)
    _to_come(hold.review, today)
    known = {str(mapped.table) for mapped in policy.tables()}
    if not hold.tables or not known.issuperset(hold.tables):
        raise Refused("A hold covers tables that the map knows", todo="Choose them from the map.")
    people = {str(mapped.table.column(mapped.map.subject.key)) for mapped in policy.tables() if mapped.map.subject}
    if not people.issuperset(hold.subjects):
        raise Refused("A hold names people by a column that holds their key", todo=f"Name one of {', '.join(sorted(people))}.")
    keys = [key for several in hold.subjects.values() for key in several]
    if len(keys) > MOST_KEYS or any(not key.strip() or len(key) > LONGEST_KEY or not key.isprintable() for key in keys):
        raise Refused("Some of the people's keys are none", todo="Write one key a line, as the column holds it.")


def _told(what: str, text: str, longest: int) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise Refused(f"A hold needs its {what}", todo=f"Say it in at most {longest} characters.")


def _to_come(review: date, today: date) -> None:
    if review <= today:
        raise Refused("The review is not to come", todo="Choose a later day.")
