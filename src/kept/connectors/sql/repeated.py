"""Statements that are asked again and again with other values: composed once for each form of a selection.

The form of a selection is its table, its columns, and its condition without the values: which columns are compared, with how many
values of which type. Whatever else a condition can say (a clock, a beginning, a detector) is composed anew each time.
"""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from kept.base.conditions import AllOf, AnyOf, Condition, Equals, Everything, Key, Missing, Not, OneOf, Through
from kept.base.names import Table
from kept.base.ports import Selection
from kept.base.questions import ColumnInfo

from .access import Access
from .forms import forms_of
from .native import Clause, Native, value_name
from .sealing import SealedColumn, sealed_column
from .shape import Shape
from .where import Where

__all__ = ["MOST", "Chosen", "NotLooked", "Repeated", "Statements", "chosen", "tables_of"]

REMEMBERED = 1_000
"""How many statements are remembered; past it all are forgotten."""
MOST, MOST_TEXTS, MOST_FILES = 1_000, 300, 10
"""How many rows are held at once: of short values, of texts without an end, of columns that may hold files."""
LISTED = 128
"""How many keys such a statement lists; with more it is composed anew, and the store takes them as it takes many."""
TYPES: dict[type, sa.types.TypeEngine[Any]] = {int: sa.BigInteger(), bool: sa.Boolean(), uuid.UUID: sa.Uuid()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """What is fetched for the columns of a selection, and where among it each begins; sealed columns need more than themselves."""

    names: tuple[str, ...]
    selected: tuple[sa.ColumnElement[Any], ...]
    places: tuple[int, ...]
    sealed: dict[str, SealedColumn]
    most: int
    """How many of its rows may be held at once: fewer where a single value may be very long, or a file."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repeated:
    """A statement with places for values, named `value_name(0)` and so on, and what it fetches. It holds no value."""

    chosen: Chosen
    statement: sa.Select[Any]


class NotLooked(Exception):
    """A table was not looked at yet, or is not there. It never leaves the connector."""


class _Once(Exception):
    """The condition says something that is composed anew each time. It never leaves this file."""


def tables_of(selection: Selection) -> Iterator[Table]:
    """Yield every table that a selection looks into."""
    yield selection.table
    yield from _linked(selection.where)


def _linked(condition: Condition) -> Iterator[Table]:
    match condition:
        case Through(to=to, where=where):
            yield to
            yield from _linked(where)
        case Not(what=what):
            yield from _linked(what)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _linked(part)
        case _:
            return


def chosen(where: Where, shape: Shape, names: Sequence[str]) -> Chosen:
    """Return what to fetch for some columns. Raises CannotAnswer for a column that is not there or cannot be sealed."""
    sealed = {name: column for name in names if (column := sealed_column(where, shape, name)) is not None}
    selected: list[sa.ColumnElement[Any]] = []
    places: list[int] = []
    for name in names:
        places.append(len(selected))
        selected += sealed[name].selected if name in sealed else [shape.column(name)]
    most = min((_most(where.native, shape.described(name)) for name in names), default=MOST)
    return Chosen(names=tuple(names), selected=tuple(selected), places=tuple(places), sealed=sealed, most=most)


def _most(native: Native, info: ColumnInfo) -> int:
    if info.type in ("binary", "other"):
        return MOST_FILES
    return MOST_TEXTS if info.type in ("text", "json") and native.room(info) is None else MOST


class Statements:
    """The statements of one store that are asked again and again, forgotten when its tables are looked at anew."""

    def __init__(self, access: Access) -> None:
        """Remember nothing yet."""
        self._access = access
        self._round = access.round
        self._known: dict[Hashable, Repeated] = {}

    def of(self, where: Where, selection: Selection) -> tuple[Repeated, list[Any]] | None:
        """Return the statement of a selection with its values in order, None where it is composed anew each time.

        Raises NotLooked for a table that is not known, CannotAnswer for a column that is not there.
        """
        if self._round != self._access.round:
            self._known.clear()
            self._round = self._access.round
        values: list[Any] = []
        shape = _known(where, selection.table)
        try:
            form = (shape, selection.columns, _form(where, shape, selection.where, values))
            found = self._known.get(form)
            if found is None:
                found = _composed(where, shape, selection, len(values))
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[form] = found
        except _Once:
            return None
        return found, values


def _form(where: Where, shape: Shape, condition: Condition, values: list[Any]) -> Hashable:
    """Return a condition without its values, and put those into `values`, in the order in which `_Places` makes places for them."""
    match condition:
        case Equals(column=column, value=value):
            return ("holds", column, _types(_forms(where.native, shape, column, (value,)), values))
        case OneOf(column=column, keys=keys):
            return ("holds", column, _types(_forms(where.native, shape, column, keys), values))
        case AllOf(parts=parts):
            return ("all", *[_form(where, shape, part, values) for part in parts])
        case AnyOf(parts=parts):
            return ("any", *[_form(where, shape, part, values) for part in parts])
        case Through(column=column, to=to, key=key, where=inner):
            there = _known(where, to)
            return ("through", column, there, key, _form(where, there, inner, values))
        case Not(what=what):
            return ("not", _form(where, shape, what, values))
        case Missing(column=column):
            return ("missing", column)
        case Everything():
            return ("everything",)
        case _:
            raise _Once


def _known(where: Where, table: Table) -> Shape:
    found = where.known.get(table)
    if found is None:
        raise NotLooked
    return found


def _types(forms: Sequence[Any], values: list[Any]) -> Hashable:
    values += forms
    types = tuple(map(type, forms))
    return (types[0], len(types)) if len(set(types)) == 1 else types


def _forms(native: Native, shape: Shape, column: str, keys: Sequence[Key | bool]) -> tuple[Any, ...]:
    """Return the values to compare a column with.

    The last is said again until their number is a power of two, so that people with three orders and with four share a statement.
    """
    if len(keys) > LISTED:
        raise _Once
    info = shape.described(column)
    if len(keys) == 1:
        return native.forms(info, keys[0])
    forms = tuple(forms_of(native, info, keys))
    missing = (1 << (len(forms) - 1).bit_length()) - len(forms) if forms else 0
    return forms + forms[-1:] * missing


@dataclass(slots=True, kw_only=True)
class _Places(Where):
    """Composes conditions with places where the values would stand."""

    made: int = 0
    _types: dict[int, sa.types.TypeEngine[Any]] = field(default_factory=dict)

    def _holds(self, shape: Shape, column: str, keys: Sequence[Key | bool]) -> Clause:
        info = shape.described(column)
        held = self.native.comparable(shape.column(column), info)
        places = [self._place(form) for form in _forms(self.native, shape, column, keys)]
        if len(places) == 1:
            return held == places[0]
        return held.in_(places) if places else sa.false()

    def _place(self, form: Any) -> sa.BindParameter[Any]:
        self.made += 1
        return sa.bindparam(value_name(self.made - 1), type_=TYPES.get(type(form), sa.String()))


def _composed(where: Where, shape: Shape, selection: Selection, values: int) -> Repeated:
    places = _Places(native=where.native, connection=where.connection, seals=where.seals, _shapes=where.known)
    clause = places.clause(shape, selection.where)
    if places.made != values:
        raise _Once
    fetched = chosen(where, shape, selection.columns)
    labelled = [column.label(f"kept_{at}") for at, column in enumerate(fetched.selected)]
    return Repeated(chosen=fetched, statement=sa.select(*labelled).select_from(shape.source).where(clause))
