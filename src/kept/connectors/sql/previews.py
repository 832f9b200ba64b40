"""What a change would do, with masked samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from kept.base.changes import PLACEHOLDER, Anonymise, DeleteRows, Null, SealColumn, UnsealColumn, selection_of
from kept.base.conditions import Everything
from kept.base.ports import Preview

from .assigning import RowChange, columns_of, rule_of
from .counting import count_rows, streamed
from .forms import as_text
from .masks import masked
from .residual import Residual, split
from .sealing import sealed_column
from .shape import Shape
from .where import Where
from .work import compose

__all__ = ["matching", "opened", "preview_rows"]

SAMPLES = 3
SEALED = "kept1:…"
UNSEALED = "…"


def preview_rows(where: Where, change: RowChange) -> Preview:
    """Return how many rows there are, how many the change would touch, and three of them, masked. Raises as the change would."""
    compose(where, change)
    shape = where.shape(change.table)
    return Preview(
        total=count_rows(where, change.table, Everything()),
        touched=count_rows(where, change.table, selection_of(change)),
        samples=tuple(_samples(where, shape, change)),
    )


def _samples(where: Where, shape: Shape, change: RowChange) -> list[Mapping[str, tuple[str, str]]]:
    names = columns_of(change) or tuple(column.name for column in shape.info.columns)
    readable = {name: where.native.readable(shape.column(name), shape.described(name), None) for name in names}
    rows: list[Mapping[str, tuple[str, str]]] = []
    for row in opened(where, shape, selection_of(change), readable, SAMPLES):
        rows.append({name: _sample(change, shape, name, value) for name, value in zip(names, row, strict=True)})
        if len(rows) == SAMPLES:
            break
    return rows


def _sample(change: RowChange, shape: Shape, name: str, value: Any) -> tuple[str, str]:
    before = masked(value, shape.described(name))
    match change:
        case DeleteRows():
            return before, ""
        case SealColumn():
            return before, SEALED
        case UnsealColumn():
            return SEALED, before
        case _:
            return before, masked(_after(change, shape, value), shape.described(name))


def _after(change: RowChange, shape: Shape, value: Any) -> object:
    rule = rule_of(change, shape)
    if value is None or isinstance(change, Null):
        return None
    if isinstance(change, Anonymise):
        return (
            value
            if as_text(value).startswith(PLACEHOLDER) or not as_text(value)
            else PLACEHOLDER + "0" * (16 if change.unique else 0)
        )
    return rule(as_text(value)) if rule else value


def matching(where: Where, shape: Shape, condition: Any, chosen: Sequence[Any], limit: int | None = None) -> Any:
    """Yield the chosen columns of every row that meets a condition, streaming."""
    parts = split(condition)
    residual = None if parts.rest is None else Residual.of(where, shape, parts.rest)
    labelled = [column.label(f"kept_{at}") for at, column in enumerate([*chosen, *(residual.selected if residual else ())])]
    statement = sa.select(*labelled).select_from(shape.source).where(where.clause(shape, parts.stored))
    width = len(chosen)
    for rows in streamed(where.connection, statement.limit(limit) if residual is None else statement):
        for row in rows if residual is None else residual.chosen(rows, width):
            yield row[:width]


def opened(where: Where, shape: Shape, condition: Any, columns: Mapping[str, Any], limit: int | None = None) -> Any:
    """Yield columns of every row that meets a condition, streaming.

    Each as it is given, but sealed ones opened, one row at a time.
    """
    sealed = {name: column for name in columns if (column := sealed_column(where, shape, name)) is not None}
    chosen: list[Any] = []
    places: list[tuple[int, str]] = []
    for name, plain in columns.items():
        places.append((len(chosen), name))
        chosen += sealed[name].selected if name in sealed else [plain]
    for row in matching(where, shape, condition, chosen, limit):
        yield tuple(sealed[name].opened([sealed[name].cell(row[at:])])[0] if name in sealed else row[at] for at, name in places)
