"""How rows are rewritten one by one: what is fetched of each, and what is written for it.

In a plain column the old text is fetched and the new one written. In a sealed column the value is opened, changed, and sealed
again; plain text is never written where it was not plain before, except by `UnsealColumn`, which is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kept.base.changes import Forget, Rectify, SealColumn, UnsealColumn
from kept.base.errors import StoreRefused
from kept.base.seals import Sealing, SealState, Written

from .assigning import TableChange, columns_of, rule_of
from .forms import as_text
from .sealing import SealedColumn, fits, sealed_column, the_sealed_column
from .shape import Shape
from .values import fitted
from .where import Where

__all__ = ["Rewriting", "rewriting"]

Make = Callable[[Sequence[Sequence[Any]]], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rewriting:
    """What to fetch of each row, which columns to write, and how the one becomes the other, many rows at a time.

    `sealed` is set where writing takes people's keys, `done` where what was fetched may turn out to be right already.
    """

    selected: tuple[sa.ColumnElement[Any], ...]
    columns: tuple[str, ...]
    make: Make
    sealed: SealedColumn | None = None
    done: Callable[[Sequence[Sequence[Any]]], list[bool]] | None = None


def rewriting(where: Where, shape: Shape, change: TableChange) -> Rewriting | None:
    """Return how a change rewrites rows, None for a change that needs no look at the old value. Raises CannotAnswer."""
    if isinstance(change, Forget):
        return _forgetting(where, shape, change)
    if isinstance(change, Rectify):
        return _rectifying(where, shape, change)
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


def _forgetting(where: Where, shape: Shape, change: Forget) -> Rewriting:
    """No value becomes longer than its column takes: where there is no room for the mark, the words go without one."""
    info, words = shape.described(change.column), where.words(change.words)
    sealed, room = sealed_column(where, shape, change.column), where.native.room(info)
    if sealed is None:
        old = where.native.readable(shape.column(change.column), info)
        return Rewriting(
            selected=(old,),
            columns=(change.column,),
            make=lambda rows: [(_bytewise(lambda text: words.forget(text, room), row[0]),) for row in rows],
        )
    seals, text = sealed.seals, info.type != "binary"

    def forgotten(value: Sealing) -> Sealing:
        new = _bytewise(words.forget, value)
        if room is not None and seals.length(_octets(new), text=text) > room:
            new = _bytewise(lambda text: words.forget(text, 0), value)
        if room is not None and seals.length(_octets(new), text=text) > room:
            raise _no_room(shape, change.column, room)
        return new

    return _sealing(sealed, forgotten)


def _rectifying(where: Where, shape: Shape, change: Rectify) -> Rewriting | None:
    """In a sealed column, each row's value is sealed under its own person's key; None where a plain statement does it."""
    sealed = sealed_column(where, shape, change.column)
    right = fitted(where.native, shape, change.column, change.value.reveal())
    if sealed is None or not isinstance(right, str | bytes):
        return None
    info = shape.described(change.column)
    room = where.native.room(info)
    if room is not None and sealed.seals.length(_octets(right), text=info.type != "binary") > room:
        raise _no_room(shape, change.column, room)

    def done(rows: Sequence[Sequence[Any]]) -> list[bool]:
        cells = [sealed.cell(row) for row in rows]
        held = [cell for cell in cells if cell.value]
        intact = {cell for cell, state in zip(held, sealed.seals.states(sealed.by, held), strict=True) if state is SealState.SEALED}
        opened = iter(sealed.opened([cell for cell in cells if cell in intact]))
        return [cell in intact and next(opened) == right for cell in cells]

    def make(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        news = [sealed.cell(row)._replace(value=right) for row in rows]
        return [sealed.values(written) for written in sealed.seals.seal(sealed.by, news)]

    return Rewriting(selected=sealed.selected, columns=sealed.written, make=make, sealed=sealed, done=done)


def _bytewise(rule: Callable[[str], str], value: Any) -> Sealing:
    """Apply a rule for texts; bytes that are no text stay what they are."""
    if isinstance(value, bytes | bytearray | memoryview):
        return rule(bytes(value).decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return rule(as_text(value))


def _octets(value: Sealing) -> int:
    return len(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))


def _no_room(shape: Shape, name: str, room: int) -> StoreRefused:
    happened = f"{shape.table.column(name)} takes {room} characters, and the value would be longer once sealed"
    todo = "Widen the column first; a text type without an end is best."
    return StoreRefused(happened, store=shape.table.store, todo=todo)


def _opening(sealed: SealedColumn) -> Rewriting:
    def make(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        cells = [sealed.cell(row) for row in rows]
        opened = sealed.opened(cells)
        return [
            sealed.values(Written(cell.value if value is None else value, None)) for cell, value in zip(cells, opened, strict=True)
        ]

    return Rewriting(selected=sealed.selected, columns=sealed.written, make=make)
