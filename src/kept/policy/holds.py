"""`holds.yaml`: what must not be deleted for now, because a law or a lawsuit says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from typing_extensions import Doc

from kept.base.names import Column, Table

__all__ = ["Hold", "HoldsFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold: suspends retention and erasure for what it covers, and nothing more."""

    ground: Annotated[str, Doc("Why: the law, or the matter's number.")]
    owner: Annotated[str, Doc("The role that answers for it.")]
    placed: Annotated[date, Doc("Since when.")]
    review: Annotated[date, Doc("When it is to be looked at again.")]
    tables: Annotated[tuple[Table, ...], Doc("The tables it covers, as store.table.")]
    subjects: Annotated[
        Mapping[Column, tuple[str, ...]],
        Doc("The people it covers, by the column that holds their key; empty covers every row of the tables."),
    ] = field(default_factory=dict)
    lifted: Annotated[date | None, Doc("The day it ended; what waited then goes on.")] = None

    def covers(self, table: Table, today: date) -> bool:
        """Return whether the hold is in force over rows of this table."""
        return table in self.tables and self.placed <= today and (self.lifted is None or today < self.lifted)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsFile:
    """`holds.yaml` as a whole; the file may be missing."""

    holds: Annotated[Mapping[str, Hold], Doc("Holds by a short name.")]
