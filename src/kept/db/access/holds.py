"""Holds: those of `holds.yaml` and those that staff placed, and what waits because of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from kept.base.errors import NotThere
from kept.base.names import Column, Table
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import PlacedHold, Remainder
from kept.policy.holds import Hold

__all__ = ["KnownHold", "known_holds", "placed_holds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHold:
    """A hold with its name; `here` says that staff placed it in the console, so that it can be reviewed and lifted there.

    `waiting` is of how many erasures something stays because of it; `placed_by` is a code, empty for one of the file.
    """

    name: str
    hold: Hold
    here: bool
    waiting: int
    placed_by: str = ""
    lifted_at: datetime | None = None

    def state(self, today: date) -> str:
        """Return where it stands: inforce, due (its review has come), or lifted."""
        if self.hold.lifted is not None and self.hold.lifted <= today:
            return "lifted"
        return "due" if self.hold.review <= today else "inforce"

    @property
    def people(self) -> int:
        """How many people it names; none means everybody."""
        return sum(len(keys) for keys in self.hold.subjects.values())


def placed_holds() -> Mapping[str, Hold]:
    """Return the holds that staff placed, by name, the lifted ones too: as those of the policy folder, so that both count alike."""
    with database_errors():
        return {one.name: _hold(one) for one in PlacedHold.objects.order_by("pk")}


def known_holds(written: Mapping[str, Hold], *, by: Who) -> tuple[KnownHold, ...]:
    """Return the policy folder's holds and those that staff placed, the ones in force first. Two queries.

    Raises NotThere for who may not read holds.
    """
    if not by.may("hold.read"):
        raise NotThere("There are no holds here", todo="Ask an owner for the role that may read them.")
    with database_errors():
        held = Remainder.objects.filter(why="hold", gone_at__isnull=True).order_by()
        waiting = dict(held.values_list("rule").annotate(count=Count("request", distinct=True)))
        placed = list(PlacedHold.objects.order_by("pk"))
    found = [KnownHold(name=name, hold=hold, here=False, waiting=waiting.get(name, 0)) for name, hold in written.items()]
    found += [
        KnownHold(
            name=one.name,
            hold=_hold(one),
            here=True,
            waiting=waiting.get(one.name, 0),
            placed_by=one.placed_by,
            lifted_at=one.lifted_at,
        )
        for one in placed
    ]
    return tuple(sorted(found, key=lambda one: (one.hold.lifted is not None, one.hold.review, one.name)))


def _hold(one: PlacedHold) -> Hold:
    return Hold(
        ground=one.ground,
        owner=one.owner,
        placed=one.placed_at.date(),
        review=one.review,
        tables=tuple(Table.parse(name) for name in one.tables),
        subjects={Column.parse(name): tuple(keys) for name, keys in one.subjects.items()},
        lifted=one.lifted_at.date() if one.lifted_at else None,
    )
