"""A sealed column in SQLAlchemy's expressions: equality goes through the blind index, everything else is refused.

Two guards, because expressions have two sides. The type's comparator sees `Account.email == x` and turns it into a comparison of
the index column; the column itself refuses to be compiled anywhere but in a list of columns, which catches what no comparator sees:
`literal(x) == Account.email`, ORDER BY, GROUP BY.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import FunctionElement

from kept.base.errors import Refused
from kept.base.names import Table
from kept.vault.blind import made_equal
from kept.vault.orm_values import JSON, TEXT, InUse, SealedValues, Stored, as_stored

__all__ = ["USE", "AsItStands", "GuardedColumn", "How", "SealedText"]

USE: Final = "kept.vault.use"
"""Where a MetaData's `info` holds the vault that its tables use."""


class How:
    """How one column is sealed, as `sealed()` was told; where it stands is known once its table is."""

    def __init__(self, *, kind: str, person: str, row: str, place: str, match: str, unique: bool, json: bool) -> None:
        """Take what `sealed()` was given. Raises Refused where that does not go together."""
        if match:
            made_equal(match, "")
        if json and match:
            raise Refused(
                "a sealed JSON value has no blind index", todo="Leave out `index`, or keep what is searched for as a text."
            )
        if unique and not match:
            raise Refused("a sealed column without a blind index cannot be unique", todo="Say `index=` as well.")
        self.kind = kind
        self.person = person
        self.row = row
        self.place = place
        self.match = match
        self.unique = unique
        self.json = json
        self.column: sa.Column[Any] | None = None
        self._values: SealedValues | None = None

    def fresh(self) -> How:
        """Return the same for another column, as a mixin's needs it."""
        return How(
            kind=self.kind,
            person=self.person,
            row=self.row,
            place=self.place,
            match=self.match,
            unique=self.unique,
            json=self.json,
        )

    @property
    def name(self) -> str:
        """The column, as errors name it."""
        return str(self.column) if self.column is not None else "a sealed column"

    def values(self) -> SealedValues:
        """Return the column's values in the vault that `use_vault` named. Raises Refused before it was called."""
        use = self._use()
        if self._values is None or self._values.use is not use:
            self._values = SealedValues(
                use, place=self.place or self._place(use), kind=self.kind, match=self.match, form=JSON if self.json else TEXT
            )
        return self._values

    def _use(self) -> InUse:
        table = self.column.table if self.column is not None else None
        use = table.metadata.info.get(USE) if isinstance(table, sa.Table) else None
        if not isinstance(use, InUse):
            raise Refused(
                f"no vault is in use for {self.name}", todo="Call use_vault(Base, open_vault(…), store=…) when the program starts."
            )
        return use

    def _place(self, use: InUse) -> str:
        assert self.column is not None
        table = self.column.table
        return str(Table(store=use.store, name=str(table.name), schema=str(table.schema or "")).column(str(self.column.name)))


class AsItStands(FunctionElement[Any]):
    """The column itself, past the guards: for NULL, and for rows that are still in the clear."""

    name = "as_it_stands"
    type = sa.Text()
    inherit_cache = True


@compiles(AsItStands)
def _as_it_stands(element: AsItStands, compiler: Any, **kw: Any) -> str:
    column = next(iter(element.clauses))
    return str(compiler.process(column, **{**kw, "as_it_stands": True}))


class GuardedColumn(sa.Column[Any]):
    """A column that is selected and written, and neither compared nor sorted by."""

    inherit_cache = True


@compiles(GuardedColumn)
def _guarded(column: GuardedColumn, compiler: Any, **kw: Any) -> str:
    allowed = kw.pop("as_it_stands", False) or kw.get("within_columns_clause") or _is_offered(column)
    if not allowed:
        raise _refused(column.name, "compared, sorted or grouped by")
    return str(compiler.visit_column(column, **kw))


def _is_offered(column: GuardedColumn) -> bool:
    """Whether this is the value that an INSERT offered, inside ON CONFLICT DO UPDATE."""
    return isinstance(column.table, sa.Alias) and column.table.name in ("excluded", "new")


class _Comparator(sa.types.TypeEngine.Comparator[Any]):
    """What can be asked of a sealed column."""

    __slots__ = ()

    def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:  # noqa: ARG002 - SQLAlchemy's shape
        """Answer equality and NULL. Raises Refused for everything else."""
        if op in (operators.eq, operators.ne) and isinstance(other[0], sa.ColumnElement) and not _is_null(other[0]):
            return super().operate(
                op, *other
            )  # SQLAlchemy looks columns up in dictionaries; the column's own guard refuses the SQL
        return _asked(self.expr, op, other[0] if other else None)

    def reverse_operate(self, op: operators.OperatorType, other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:  # noqa: ARG002 - as above
        """Answer equality the other way round. Raises Refused for everything else."""
        return _asked(self.expr, op, other)


class SealedText(sa.types.TypeDecorator[Any]):
    """The type of a sealed column: TEXT (LONGTEXT on MySQL and MariaDB) that takes sealed values and nothing else."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, how: How | None = None) -> None:
        """Take how the column is sealed; a migration needs only the type."""
        super().__init__()
        self.how = how

    comparator_factory: Any = _Comparator

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return a text type without a small end: a sealed value is a third longer than its value, and 87 characters."""
        return mysql.LONGTEXT() if dialect.name in ("mysql", "mariadb") else sa.Text()

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's shape
        """Let sealed values through. Raises Refused for one in the clear."""
        return None if value is None else as_stored(value, self.how.name if self.how is not None else "a sealed column")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's shape
        """Return what stands in the column; only an instance knows whose it is, and opens it."""
        return Stored(value) if isinstance(value, str) else value

    def __repr__(self) -> str:
        """What a migration writes."""
        return "SealedText()"


def _asked(expression: Any, op: Any, other: Any) -> sa.ColumnElement[Any]:
    if op in (operators.eq, operators.ne, operators.is_, operators.is_not) and _is_null(other):
        stands = AsItStands(expression)
        return stands.is_(None) if op in (operators.eq, operators.is_) else stands.is_not(None)
    if op not in (operators.eq, operators.ne, operators.in_op, operators.not_in_op):
        raise _refused(_name(expression), f"asked for by {getattr(op, '__name__', op)}")
    several = op in (operators.in_op, operators.not_in_op)
    wanted = _wanted(expression, other if several else [other])
    if op in (operators.eq, operators.in_op):
        return _found(expression, wanted, single=not several)
    return sa.and_(AsItStands(expression).is_not(None), sa.not_(_found(expression, wanted, single=not several, strict=True)))


def _found(expression: Any, wanted: list[Any], *, single: bool, strict: bool = False) -> sa.ColumnElement[bool]:
    """Return the condition that a row's value equals one of these.

    With `strict` it is false, and not unknown, for a row without an index: an empty text, or one that is still in the clear.
    """
    values, index = _index(expression)
    blinds = [values.blind(value) if value else None for value in wanted if value != ""]
    clear = [spelling for value in wanted if value for spelling in values.written(value)] if values.use.clear_rows else []
    clear += [value for value in wanted if value == ""][:1]
    found: sa.ColumnElement[bool] = index == blinds[0] if single and blinds else index.in_(blinds)
    if (strict or clear) and None not in wanted:
        found = sa.and_(index.is_not(None), found)
    return sa.or_(found, sa.and_(index.is_(None), AsItStands(expression).in_(clear))) if clear else found


def _wanted(expression: Any, other: Any) -> list[Any]:
    if isinstance(other, sa.ClauseElement) or hasattr(other, "__clause_element__") or not isinstance(other, Iterable):
        raise _refused(_name(expression), "compared with another column or expression")
    wanted = list(other)
    if not all(value is None or isinstance(value, str) for value in wanted):
        raise _refused(_name(expression), "compared with anything but texts")
    return wanted


def _index(expression: Any) -> tuple[SealedValues, sa.ColumnElement[Any]]:
    """Return the values of a sealed column and the column of its blind index, which must stand in the same table or subquery."""
    how = expression.type.how
    columns: Mapping[str, sa.ColumnElement[Any]] = getattr(getattr(expression, "table", None), "c", {})
    index = columns.get(f"{getattr(expression, 'name', '')}_index")
    if how is None or not how.match or index is None:
        raise _refused(_name(expression), "searched by without its blind index")
    return how.values(), index


def _is_null(other: Any) -> bool:
    return other is None or isinstance(other, sa.Null)


def _name(expression: Any) -> str:
    return str(getattr(expression, "name", None) or "a sealed value")


def _refused(name: str, what: str) -> Refused:
    return Refused(
        f"{name} is sealed and cannot be {what}",
        todo="With a blind index (`index=…`) it can be asked for by ==, !=, in_() and not_in(); without one, by is_(None) alone.",
    )
