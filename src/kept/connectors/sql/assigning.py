"""What a change writes into the rows it touches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import sqlalchemy as sa

from kept.base.changes import (
    PLACEHOLDER,
    Anonymise,
    Coarsen,
    DeleteRows,
    Forget,
    Null,
    Rectify,
    Redact,
    Repoint,
    SealColumn,
    UnsealColumn,
)
from kept.base.errors import CannotAnswer
from kept.base.questions import ColumnInfo

from .native import Native
from .residual import coarsener, panel
from .shape import Shape
from .values import differs, expression, fitted, key_expression, nullable

__all__ = ["RowChange", "TableChange", "columns_of", "follows", "rule_of", "statement_of"]

RowChange: TypeAlias = DeleteRows | Null | Anonymise | Coarsen | Redact | SealColumn | UnsealColumn
TableChange: TypeAlias = RowChange | Repoint | Forget | Rectify
DIGITS = 16
"""How many digits tell masked texts apart."""


def columns_of(change: TableChange) -> tuple[str, ...]:
    """Return the columns a change writes; none for a delete."""
    match change:
        case DeleteRows():
            return ()
        case Null() | Anonymise():
            return change.columns
        case Coarsen() | Redact() | SealColumn() | UnsealColumn() | Repoint() | Forget() | Rectify():
            return (change.column,)


def rule_of(change: TableChange, shape: Shape) -> Callable[[str], str] | None:
    """Return how the change makes a new text from an old one, None when it does not look at the old one.

    What is sealed or opened says the same afterwards; how it stands in the column is `rewriting`'s business, as is what is
    forgotten, for which the column's room matters.
    """
    match change:
        case Coarsen():
            return coarsener(change.kind, shape)
        case Redact():
            return panel(change.kinds, shape).redact
        case SealColumn() | UnsealColumn():
            return str
        case _:
            return None


def statement_of(native: Native, change: TableChange, shape: Shape) -> Any:
    """Return the delete or update, without its rows. Raises StoreRefused or CannotAnswer when a column cannot take the value."""
    match change:
        case DeleteRows():
            return sa.delete(shape.source)
        case Null():
            for name in change.columns:
                nullable(shape, name)
            return sa.update(shape.source).values({shape.column(name): sa.null() for name in _writable(shape, change)})
        case Anonymise(unique=unique):
            texts = {shape.column(name): _erased(native, shape, name, unique) for name in _writable(shape, change)}
            return sa.update(shape.source).values(texts)
        case Repoint(column=name, to=key):
            return sa.update(shape.source).values({shape.column(name): key_expression(native, shape, name, key)})
        case Rectify(column=name, value=value):
            right = fitted(native, shape, name, value.reveal())
            new = expression(native, shape.described(name), right)
            return sa.update(shape.source).values({shape.column(name): new}).where(differs(native, shape, name, new))
        case Coarsen() | Redact() | Forget() | SealColumn() | UnsealColumn():
            raise TypeError("these are written row by row")


def follows(change: TableChange, shape: Shape) -> bool:
    """Return whether the store itself does all that the change asks for: it derives the columns from others, which go before."""
    return isinstance(change, Null | Anonymise) and shape.computed.issuperset(change.columns)


def _writable(shape: Shape, change: Null | Anonymise) -> list[str]:
    """Return the columns that can be written; those that the store derives follow. Raises CannotAnswer where there is no other."""
    if follows(change, shape):
        happened = f"{shape.table.column(change.columns[0])} is derived from other columns, and nothing can be written into it"
        raise CannotAnswer(happened, store=shape.table.store, todo="Name in the map what it is derived from.")
    return [name for name in change.columns if name not in shape.computed]


def _erased(native: Native, shape: Shape, name: str, unique: bool) -> sa.ColumnElement[Any]:
    info, column = shape.described(name), shape.column(name)
    if info.type not in ("text", "other"):
        happened = f"{shape.table.column(name)} holds {info.type}, not text, and cannot be anonymised"
        raise CannotAnswer(happened, store=shape.table.store, todo="Null the column instead.")
    written = sa.literal(PLACEHOLDER) + _digits(native, info) if unique else sa.literal(PLACEHOLDER)
    return sa.case(
        (column.is_(None), sa.null()),
        (native.readable(column, info) == sa.literal(""), column),
        (native.starts_with(native.readable(column, info), PLACEHOLDER), column),
        else_=written,
    )


def _digits(native: Native, info: ColumnInfo) -> sa.ColumnElement[str]:
    """Return random digits, as many as there is room for behind the placeholder."""
    room = native.room(info)
    left = DIGITS if room is None else room - len(PLACEHOLDER)
    return sa.func.substr(native.random_hex(), 1, left) if 0 < left < DIGITS else native.random_hex()
