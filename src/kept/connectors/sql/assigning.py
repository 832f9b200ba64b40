"""What a change writes into the rows it touches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import sqlalchemy as sa

from kept.base.changes import PLACEHOLDER, Anonymise, Coarsen, DeleteRows, Null, Redact, SealColumn, UnsealColumn
from kept.base.errors import CannotAnswer, StoreRefused

from .native import Native
from .residual import coarsener, panel
from .shape import Shape

__all__ = ["RowChange", "columns_of", "rule_of", "statement_of"]

RowChange: TypeAlias = DeleteRows | Null | Anonymise | Coarsen | Redact | SealColumn | UnsealColumn


def columns_of(change: RowChange) -> tuple[str, ...]:
    """Return the columns a change writes; none for a delete."""
    match change:
        case DeleteRows():
            return ()
        case Null() | Anonymise():
            return change.columns
        case Coarsen() | Redact() | SealColumn() | UnsealColumn():
            return (change.column,)


def rule_of(change: RowChange, shape: Shape) -> Callable[[str], str] | None:
    """Return how the change makes a new text from an old one, None when it does not look at the old one.

    What is sealed or opened says the same afterwards; how it stands in the column is `rewriting`'s business.
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


def statement_of(native: Native, change: RowChange, shape: Shape) -> Any:
    """Return the delete or update, without its rows. Raises StoreRefused or CannotAnswer when a column cannot take the value."""
    match change:
        case DeleteRows():
            return sa.delete(shape.source)
        case Null(columns=columns):
            for name in columns:
                if not shape.described(name).nullable:
                    happened = f"{shape.table.column(name)} may not be NULL"
                    raise StoreRefused(happened, store=shape.table.store, todo="Anonymise the column or delete the row instead.")
            return sa.update(shape.source).values({shape.column(name): sa.null() for name in columns})
        case Anonymise(columns=columns, unique=unique):
            return sa.update(shape.source).values({shape.column(name): _erased(native, shape, name, unique) for name in columns})
        case Coarsen() | Redact() | SealColumn() | UnsealColumn():
            raise TypeError("these are written row by row")


def _erased(native: Native, shape: Shape, name: str, unique: bool) -> sa.ColumnElement[Any]:
    info, column = shape.described(name), shape.column(name)
    if info.type not in ("text", "other"):
        happened = f"{shape.table.column(name)} holds {info.type}, not text, and cannot be anonymised"
        raise CannotAnswer(happened, store=shape.table.store, todo="Null the column instead.")
    written = sa.literal(PLACEHOLDER) + native.random_hex() if unique else sa.literal(PLACEHOLDER)
    return sa.case(
        (column.is_(None), sa.null()),
        (native.readable(column, info) == sa.literal(""), column),
        (native.starts_with(native.readable(column, info), PLACEHOLDER), column),
        else_=written,
    )
