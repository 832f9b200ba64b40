"""How a sealed column is mapped: an attribute that opens what it gives, and beside it the column of the blind index."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import (
    ColumnProperty,
    InstanceState,
    InstrumentedAttribute,
    LoaderCallableStatus,
    Mapped,
    MappedColumn,
    Mapper,
    QueryableAttribute,
)

from kept.base.errors import Refused
from kept.vault.blind import INDEX_LENGTH
from kept.vault.orm_values import SealedValues, Stored, Whose

from .columns import GuardedColumn, How, SealedText
from .events import FIELDS, listen_to

__all__ = ["Sealed", "SealedAttribute", "SealedColumn", "SealedProperty"]

T = TypeVar("T")
MISSING: Final = object()


class SealedAttribute(InstrumentedAttribute[Any]):
    """The attribute on the class: what its instances give is opened, and what they are given is sealed when it is written."""

    __slots__ = ("field",)
    inherit_cache = True

    field: SealedProperty

    def __get__(self, instance: object, owner: Any) -> Any:
        """Return the value, opened; on the class, the attribute. Raises as `Field.open` does."""
        stored = super().__get__(instance, owner)
        return self.field.opened(instance, stored) if isinstance(stored, Stored) else stored

    def __set__(self, instance: object, value: Any) -> None:
        """Take a value. Raises TypeError for one that is not a text, where texts are sealed."""
        if value is not None and not self.field.how.json and not isinstance(value, str):
            raise TypeError(f"{self} takes str, not {type(value).__name__}")
        super().__set__(instance, value)


class SealedProperty(ColumnProperty[Any]):
    """The mapping of one sealed column."""

    inherit_cache = True

    def __init__(self, column: GuardedColumn, how: How, **options: Any) -> None:
        """Take the column and how it is sealed."""
        super().__init__(column, **options)
        self.own = column
        self.how = how

    def copy(self) -> SealedProperty:
        """Return the same mapping for a subclass."""
        return SealedProperty(self.own, self.how, deferred=self.deferred, group=self.group)

    def instrument_class(self, mapper: Mapper[Any]) -> None:
        """Put the attribute on the class, and listen to what happens to its instances."""
        attribute = SealedAttribute(mapper.class_, self.key, comparator=self.comparator_factory(self, mapper), parententity=mapper)
        attribute.field = self
        mapper.class_manager.instrument_attribute(self.key, attribute)
        mapper.class_manager.info.setdefault(FIELDS, {})[self.key] = self
        listen_to(mapper)

    def do_init(self) -> None:
        """See that the attributes which name person and row are there. Raises Refused."""
        super().do_init()
        for name in filter(None, (self.how.person, self.how.row)):
            attribute = getattr(self.parent.class_, name, None)
            if not isinstance(attribute, QueryableAttribute) or not isinstance(attribute.property, ColumnProperty):
                raise Refused(
                    f"{self} is sealed for the person or row in {name!r}, and there is no column of that name beside it",
                    todo='Name a mapped attribute of the same class that holds a key: person="id", person="account_id".',
                )

    @property
    def table(self) -> sa.Table:
        """The table of the column."""
        assert isinstance(self.own.table, sa.Table)
        return self.own.table

    @property
    def values(self) -> SealedValues:
        """The column's values in the vault in use."""
        return self.how.values()

    def opened(self, instance: object, stored: Stored) -> Any:
        """Return what a stored value of an instance says."""
        return self.values.open(stored, None if stored.origin is not None else self.whose(sa.inspect(instance)))

    def whose(self, state: InstanceState[Any]) -> Whose | None:
        """Return whom a row is about now, loading what is not loaded; None while that is not known."""
        person, row = (self._current(state, name) for name in (self.how.person, self.how.row))
        return self.values.whose(person, row)

    def whose_at_hand(self, state: InstanceState[Any]) -> Whose | None:
        """Return whom a row is about as far as is loaded."""
        person = state.dict.get(self.how.person)
        return self.values.whose(person, state.dict.get(self.how.row) if self.how.row else "")

    def whose_in_database(self, state: InstanceState[Any]) -> Whose | None:
        """Return whom a row was about when it was loaded, None where that was not loaded."""
        names = (self.how.person, self.how.row)
        found = ["" if not name else state.committed_state.get(name, state.dict.get(name)) for name in names]
        return None if LoaderCallableStatus.NO_VALUE in found else self.values.whose(*found)

    def has_moved(self, state: InstanceState[Any]) -> bool:
        """Whether the row's person, or its own key, was set to another than the database has, as far as is known."""
        before = state.committed_state
        return any(before[name] != state.dict.get(name) for name in (self.how.person, self.how.row) if name in before)

    def index_key(self, mapper: Mapper[Any]) -> str:
        """Return the attribute of the blind index, empty where there is none."""
        if not self.how.match:
            return ""
        return mapper.get_property_by_column(self.table.c[f"{self.own.name}_index"]).key

    def fetched(self, mapper: Mapper[Any], connection: sa.Connection, state: InstanceState[Any]) -> Stored | None:
        """Return a value that is not loaded, with whom it was sealed for, both as the database has them."""
        names = [name for name in (self.how.person, self.how.row) if name]
        columns = [self.own, *(mapper.get_property(name).columns[0] for name in names)]
        own = [column == key for column, key in zip(mapper.primary_key, state.identity or (), strict=True)]
        found = connection.execute(sa.select(*columns).select_from(mapper.persist_selectable).where(*own)).one()
        stored = found[0]
        if isinstance(stored, Stored):
            stored.origin = self.values.whose(*found[1:])
        return stored if isinstance(stored, Stored) else None

    def _current(self, state: InstanceState[Any], name: str) -> Any:
        if not name:
            return ""
        value = state.dict.get(name, MISSING)
        return getattr(state.obj(), name) if value is MISSING and state.key is not None else None if value is MISSING else value


class Sealed(Mapped[T], Generic[T]):
    """The type of a sealed attribute: on an instance the value itself, on the class something to build queries with."""

    __slots__ = ()


class SealedColumn(MappedColumn[Any], Sealed[Any]):
    """What `sealed()` returns: the declaration of a sealed column, and of the column of its blind index."""

    def __init__(self, how: How, name: str) -> None:
        """Take how the column is sealed, and its name where that is not the attribute's."""
        super().__init__(SealedText(how))
        self.how = how
        self.given = name
        self.guarded = GuardedColumn(name, SealedText(how)) if name else GuardedColumn(SealedText(how))
        self.column = how.column = self.guarded
        self.foreign_keys = self.column.foreign_keys

    def _copy(self, **kw: Any) -> SealedColumn:  # noqa: ARG002 - SQLAlchemy's shape
        """Return the declaration for another class, as mixins need it: each table has a column, and a place, of its own."""
        return SealedColumn(self.how.fresh(), self.given)

    @property
    def mapper_property_to_assign(self) -> SealedProperty:
        """The mapping of the column."""
        return SealedProperty(self.guarded, self.how, attribute_options=self._attribute_options)

    @property
    def columns_to_assign(self) -> list[tuple[sa.Column[Any], int]]:
        """The column, and behind it that of the blind index."""
        columns: list[tuple[sa.Column[Any], int]] = [(self.column, 0)]
        if self.how.match:
            name = f"{self.column.name}_index"
            columns.append((sa.Column(name, sa.String(INDEX_LENGTH), index=True, unique=self.how.unique or None), 0))
        return columns
