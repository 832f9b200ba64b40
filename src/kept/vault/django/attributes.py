"""What stands in an instance: the stored value under `email_sealed`, and what it says under `email`.

Django reads and writes instances by a field's `attname` and lets programs use its `name`; for a foreign key the two differ, and for
a sealed field they do too. So what Django moves about by itself (loading, refreshing, deferring, dumping) stays sealed, and only a
program that asks for the value opens it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NoReturn, final

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from kept.base.errors import Refused
from kept.vault.orm_values import Stored

if TYPE_CHECKING:
    from .values import SealedValueField

__all__ = ["InitialValue", "OpenedAttribute", "StoredAttribute", "Unsealed"]


@final
class Unsealed:
    """A value that was assigned and is not written yet. It does not show, and does not pickle."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        """Take the value."""
        self.value = value

    def __repr__(self) -> str:
        return "<not sealed yet>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Unsealed:
        return Unsealed(copy.deepcopy(self.value, memo))

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled. Raises Refused."""
        raise Refused("an instance holds a value that is not sealed yet, and would be pickled in the clear", todo="Save it first.")


class StoredAttribute(DeferredAttribute):
    """The attribute by which Django moves a value: as it stands in the column, or as it was assigned and not written yet."""

    field: SealedValueField

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        """Return the value, loaded where it is deferred."""
        value = super().__get__(instance, cls)
        return value.value if isinstance(value, Unsealed) else value

    def __set__(self, instance: models.Model, value: Any) -> None:
        """Take a value. Raises Refused for an expression, which only the database could work out."""
        if hasattr(value, "resolve_expression"):
            raise Refused(
                f"{self.field} is sealed and cannot be set to what the database works out", todo="Assign the value itself."
            )
        kept = value is None or isinstance(value, Stored)
        instance.__dict__[self.field.attname] = value if kept else Unsealed(value)


class OpenedAttribute(StoredAttribute):
    """The attribute that programs use: it opens what it gives."""

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        """Return the value, opened; on the class, the attribute. Raises as `Field.open` does."""
        value = super().__get__(instance, cls)
        return self.field.opened(instance, value) if isinstance(value, Stored) and instance is not None else value


@final
class InitialValue(str):
    """A stored value for a form: it is the text of the column, and opens when a form calls it, as forms call what is callable."""

    __slots__ = ("_field", "_instance")

    _field: SealedValueField
    _instance: models.Model

    def __new__(cls, stored: Stored, field: SealedValueField, instance: models.Model) -> InitialValue:
        """Take the stored value and where it stands."""
        made = super().__new__(cls, stored)
        made._field = field
        made._instance = instance
        return made

    def __call__(self) -> Any:
        """Return the value, opened. Raises as `Field.open` does."""
        return getattr(self._instance, self._field.name)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the text of the column."""
        return (str, (str(self),))
