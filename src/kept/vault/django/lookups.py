"""Looking sealed values up: equality, through the blind index beside the column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Col, Value
from django.db.models.lookups import Exact, In, IsNull, Lookup
from django.db.models.sql.where import AND, OR, WhereNode

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from .values import SealedValueField

    AnyLookup = Lookup[Any]
else:
    AnyLookup = Lookup

__all__ = ["FOLDED", "LOOKUPS"]

FOLDED: Final = ("email", "text")
"""Ways of making values equal that do not mind upper and lower case."""


class _Found(AnyLookup):
    """A row's value equals one of those asked for; true or false for every row that has a value, so that it can be negated."""

    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Any) -> None:
        """Take the column and what is asked for, and keep no value that the database is not to see."""
        if not isinstance(lhs, Col):
            raise FieldError("A sealed value cannot be looked up behind a function or a transform.")
        self.column: SealedValueField = lhs.target  # type: ignore[assignment]  # whose lookup this is
        self.plain: list[str] = []
        super().__init__(lhs, rhs if rhs is None else self._blinds(rhs))
        self._constructor_args: tuple[Any, ...] = ((lhs, self.rhs), {})

    def _blinds(self, rhs: Any) -> list[str]:
        """Return the blind indexes of what is asked for; beside it, keep what rows in the clear are asked for by."""
        values = self.column.values
        texts = [str(value) for value in self.asked(rhs) if value is not None]
        if values.use.clear_rows:
            self.plain += [spelling for text in texts if text for spelling in values.written(text)]
        self.plain += [text for text in texts if not text][:1]
        return [blind for text in texts if (blind := values.blind(text)) is not None]

    def asked(self, rhs: Any) -> Iterable[Any]:
        """Return the values asked for. Raises FieldError for an expression."""
        if isinstance(rhs, Value):
            return [rhs.value]
        if hasattr(rhs, "resolve_expression"):
            raise FieldError(f"{self.column} is sealed and cannot be compared with another column or expression.")
        return [rhs]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002 - Django's shape
        """Return the condition on the index, and on the column itself where texts may be in the clear."""
        alias = self.lhs.alias
        beside: Any = Col(alias, self.column.beside)  # type: ignore[arg-type]  # there is one: see `get_lookup`
        found = _joined(AND, IsNull(beside, False), In(beside, self.rhs))
        if self.plain:
            stands = Col(alias, self.column, models.TextField())
            found = _joined(OR, found, _joined(AND, IsNull(beside, True), In(stands, self.plain)))
        return compiler.compile(found)


def _joined(by: str, *conditions: Any) -> Any:
    return WhereNode(list(conditions), by)


class SealedExact(_Found):
    """Equal to one value."""

    lookup_name = "exact"
    can_use_none_as_rhs = Exact.can_use_none_as_rhs


class SealedIn(_Found):
    """Equal to one of several values."""

    lookup_name = "in"

    def asked(self, rhs: Any) -> Iterable[Any]:
        """Return the values asked for. Raises FieldError for a subquery or an expression."""
        if hasattr(rhs, "resolve_expression") or hasattr(rhs, "query"):
            raise FieldError(f"{self.column} is sealed and cannot be compared with another column or expression.")
        return [one for value in rhs for one in super(SealedIn, self).asked(value)]


LOOKUPS: Final[Mapping[str, type[_Found]]] = {"exact": SealedExact, "iexact": SealedExact, "in": SealedIn}
