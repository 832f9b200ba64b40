"""Sealed columns: what must be fetched to open a value, and how the value is opened and sealed again.

A sealed value opens with the key of the person its row is about, so that person's key, and the row's own where values are bound
to it, are fetched beside it. Whoever reads a column through the detectors reads it through here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from kept.base.errors import CannotAnswer, KeptError
from kept.base.seals import SEALED_PREFIX, Cell, SealedBy, Sealing, Seals, SealState, Written

from .shape import Shape
from .where import Where

__all__ = ["SealedColumn", "fits", "sealed_column", "the_sealed_column"]

HOLDS = ("text", "other", "binary")


@dataclass(slots=True, kw_only=True, eq=False)
class SealedColumn:
    """One sealed column of one table. `selected` is what to fetch for each row.

    The value, the person, the row where bound, the index.
    """

    name: str
    by: SealedBy
    seals: Seals
    selected: tuple[sa.ColumnElement[Any], ...]
    judged: bool = False
    """Whether a condition asks what its cells are, and not only what they say."""
    _states: dict[Cell, SealState] = field(default_factory=dict, repr=False)
    _said: dict[Cell, Sealing | None] = field(default_factory=dict, repr=False)

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that sealing writes: its own, and that of the blind index."""
        return (self.name, self.by.index) if self.by.index else (self.name,)

    def cell(self, part: Sequence[Any]) -> Cell:
        """Return the cell of what was fetched for one row."""
        value = bytes(part[0]) if isinstance(part[0], (bytearray, memoryview)) else part[0]
        row = part[2] if self.by.row else None
        return Cell(part[1], row, value, part[3 if self.by.row else 2] if self.by.index else None)

    def prepare(self, cells: Sequence[Cell]) -> None:
        """Fetch the keys of a handful of cells in one round, and open them, or where that is asked, say what each of them is."""
        held = [cell for cell in cells if cell.value]
        if self.judged:
            self._states = dict(zip(held, self.seals.states(self.by, held), strict=True))
            return
        try:
            self._said = dict(zip(held, self.seals.open(self.by, held), strict=True))
        except KeptError:  # one of them is broken, and may be in a row that is not asked about
            self._said = {}

    def state(self, cell: Cell) -> SealState:
        """Say what a cell of the last handful is."""
        return self._states[cell]

    def said(self, cell: Cell) -> Sealing | None:
        """Return what a cell of the last handful says, None where nobody can read it any more."""
        return self._said[cell] if cell in self._said else self.opened([cell])[0]

    def opened(self, cells: Sequence[Cell]) -> list[Sealing | None]:
        """Return what cells say, None where nobody can read it any more; NULLs stay NULLs."""
        held = [cell for cell in cells if cell.value is not None]
        opened = iter(self.seals.open(self.by, held))
        return [None if cell.value is None else next(opened) for cell in cells]

    def values(self, written: Written) -> tuple[Any, ...]:
        """Return what is written into `written`, in its order."""
        return (written.value, written.blind) if self.by.index else (written.value,)


def sealed_column(where: Where, shape: Shape, name: str) -> SealedColumn | None:
    """Return how a column is sealed, None where it is not. Raises CannotAnswer for a column that cannot hold a sealed value."""
    by = where.seals.of(shape.table.column(name))
    if by is None:
        return None
    if (info := shape.described(name)).type not in HOLDS:
        happened = f"{shape.table.column(name)} holds {info.type}, which cannot be sealed in place"
        raise CannotAnswer(happened, store=shape.table.store, todo="Give the column a text or binary type first.")
    value = where.native.readable(shape.column(name), info)
    others = [shape.column(other) for other in (by.person, by.row, by.index) if other]
    return SealedColumn(name=name, by=by, seals=where.seals, selected=(value, *others))


def the_sealed_column(where: Where, shape: Shape, name: str) -> SealedColumn:
    """Return how a column is sealed. Raises CannotAnswer where the map does not say that it is, or there is no vault."""
    found = sealed_column(where, shape, name)
    if found is None:
        happened = f"{shape.table.column(name)} is not sealed by the map, or there is no vault"
        raise CannotAnswer(
            happened, store=shape.table.store, todo="Say `sealed` in the map, and make the vault with `kept vault init`."
        )
    return found


def fits(where: Where, shape: Shape, sealed: SealedColumn) -> None:
    """Raise CannotAnswer where the longest value of the column would not fit into it once sealed."""
    info = shape.described(sealed.name)
    room = where.native.room(info)
    if room is None:
        return
    column = shape.column(sealed.name)
    plain = sa.not_(where.native.starts_with(where.native.readable(column, info), SEALED_PREFIX))
    longest = sa.select(sa.func.max(sa.func.octet_length(column))).select_from(shape.source)
    size = where.connection.execute(longest if info.type == "binary" else longest.where(plain)).scalar_one() or 0
    needed = sealed.seals.length(int(size), text=info.type != "binary")
    if needed > room:
        raise CannotAnswer(
            f"{shape.table.column(sealed.name)} takes {room} characters, and its longest value would have {needed} once sealed",
            store=shape.table.store,
            todo=f"Widen the column first (it is {info.declared}; a text type without an end is best), then plan again.",
        )


def through(sealed: SealedColumn, judge: Callable[[Sealing], bool]) -> Callable[[Cell], bool]:
    """Return a judge of cells that opens each; one that nobody can read any more is judged as holding nothing."""

    def decide(cell: Cell) -> bool:
        opened = sealed.said(cell)
        return opened is not None and judge(opened)

    return decide
