"""How rows are rewritten one by one: what is fetched of each, and what is written for it.

In a plain column the old text is fetched and the new one written. In a sealed column the value is opened, changed, and sealed
again; plain text is never written where it was not plain before, except by `UnsealColumn`, which is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kept.base.changes import SealColumn, UnsealColumn
from kept.base.seals import Sealing, Written

from .assigning import RowChange, columns_of, rule_of
from .forms import as_text
from .sealing import SealedColumn, fits, sealed_column, the_sealed_column
from .shape import Shape
from .where import Where

__all__ = ["Rewriting", "rewriting"]

Make = Callable[[Sequence[Sequence[Any]]], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rewriting:
    """What to fetch of each row, which columns to write, and how the one becomes the other, many rows at a time.

    `sealed` is set where writing takes people's keys.
    """

    selected: tuple[sa.ColumnElement[Any], ...]
    columns: tuple[str, ...]
    make: Make
    sealed: SealedColumn | None = None


def rewriting(where: Where, shape: Shape, change: RowChange) -> Rewriting | None:
    """Return how a change rewrites rows, None for a change that needs no look at the old value. Raises CannotAnswer."""
    rule = rule_of(change, shape)
    if rule is None:
        return None
    name = columns_of(change)[0]
    match change:
        case SealColumn():
            sealed: SealedColumn | None = the_sealed_column(where, shape, name)
        case UnsealColumn():
            return _opening(the_sealed_column(where, shape, name))
        case _:
            sealed = sealed_column(where, shape, name)
    if sealed is None:
        old = where.native.readable(shape.column(name), shape.described(name))
        return Rewriting(selected=(old,), columns=(name,), make=lambda rows: [(rule(as_text(row[0])),) for row in rows])
    fits(where, shape, sealed)
    same = isinstance(change, SealColumn)
    return _sealing(sealed, (lambda value: value) if same else lambda value: _changed(rule, value))


def _changed(rule: Callable[[str], str], value: Sealing) -> Sealing:
    text = rule(as_text(value))
    return text.encode("utf-8") if isinstance(value, bytes) else text


def _sealing(sealed: SealedColumn, change: Callable[[Sealing], Sealing]) -> Rewriting:
    def make(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        cells = [sealed.cell(row) for row in rows]
        opened = sealed.opened(cells)
        news = [
            cell._replace(value=cell.value if value is None else change(value)) for cell, value in zip(cells, opened, strict=True)
        ]
        return [sealed.values(written) for written in sealed.seals.seal(sealed.by, news)]

    return Rewriting(selected=sealed.selected, columns=sealed.written, make=make, sealed=sealed)


def _opening(sealed: SealedColumn) -> Rewriting:
    def make(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        cells = [sealed.cell(row) for row in rows]
        opened = sealed.opened(cells)
        return [
            sealed.values(Written(cell.value if value is None else value, None)) for cell, value in zip(cells, opened, strict=True)
        ]

    return Rewriting(selected=sealed.selected, columns=sealed.written, make=make)
