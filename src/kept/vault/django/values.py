"""What Django's sealed fields have in common: whose a value is, and how it is written and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Generic

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from typing_extensions import TypeVar

from kept.base.errors import Refused
from kept.base.names import Table
from kept.vault.orm_values import TEXT, Form, SealedValues, Stored, Whose, as_stored

from .attributes import InitialValue, OpenedAttribute, StoredAttribute, Unsealed
from .lookups import FOLDED, LOOKUPS
from .use import in_use

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.lookups import Lookup


__all__ = ["GetT_co", "OwnedField", "SealedValueField", "SetT_contra"]

SetT_contra = TypeVar("SetT_contra", contravariant=True, default=Any)
GetT_co = TypeVar("GetT_co", covariant=True, default=Any)
"""What is assigned and what is read, for type checkers: django-stubs fills them in, as it does for Django's own fields."""

MISSING: Final = object()
OWN: Final = ("kind", "person", "row", "place")


if TYPE_CHECKING:

    class TypedField(models.Field[SetT_contra, GetT_co]):
        """Django's field with the types of its values."""
else:

    class TypedField(models.Field, Generic[SetT_contra, GetT_co]):
        """Django's field; the types of its values are for type checkers only."""


class OwnedField(TypedField[SetT_contra, GetT_co]):
    """A field whose values belong to a person: `kind` of person, the field `person` with their key, `row` with the row's own."""

    non_db_attrs = (*models.Field.non_db_attrs, *OWN, "index", "unique")
    index: str = ""
    """How values are made equal for the blind index, empty where there is none."""
    form: Form = TEXT

    def __init__(self, *args: Any, kind: str, person: str, row: str = "", place: str = "", **kwargs: Any) -> None:
        """Take whose the values are; the rest is the plain field's."""
        self.kind = kind
        self.person = person
        self.row = row
        self.place = place
        self._values: SealedValues | None = None
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what the field is made from, for migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **{key: getattr(self, key) for key in OWN if getattr(self, key)}}

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        """Join a model."""
        self._values = None
        super().contribute_to_class(cls, name, *args, **kwargs)

    @property
    def values(self) -> SealedValues:
        """The column's values in the vault in use. Raises Refused where none is."""
        use = in_use()
        if self._values is None or self._values.use is not use:
            table = Table(store=use.store, name=self.model._meta.db_table)
            place = self.place or str(table.column(str(self.column)))
            self._values = SealedValues(use, place=place, kind=self.kind, match=self.index, form=self.form)
        return self._values

    def names(self) -> tuple[models.Field[Any, Any], ...]:
        """Return the fields that hold the person's key and the row's own."""
        meta = self.model._meta
        return tuple(meta.pk if name == "pk" else meta.get_field(name) for name in (self.person, self.row) if name)  # type: ignore[misc]  # fields, see `check`

    @property
    def beside(self) -> models.Field[Any, Any] | None:
        """The field of the blind index, None where there is none, or, in a migration's model, not yet."""
        if not self.index:
            return None
        return next((field for field in self.model._meta.local_fields if field.name == f"{self.name}_index"), None)

    def whose(self, instance: models.Model) -> Whose | None:
        """Return whom a row is about now, loading what is deferred; None while that is not known."""
        return self.values.whose(*(getattr(instance, field.attname) for field in self.names()))

    def whose_at_hand(self, instance: models.Model) -> Whose | None:
        """Return whom a row is about as far as is loaded."""
        return self.values.whose(*(instance.__dict__.get(field.attname) for field in self.names()))

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """See that person and row are fields of the same model, and that nothing is asked of the column that it cannot give."""
        return [*super().check(**kwargs), *self._check_names(), *self._check_column()]

    def _check_names(self) -> list[checks.CheckMessage]:
        found: list[checks.CheckMessage] = []
        for name in filter(None, (self.person, self.row)):
            try:
                concrete = name == "pk" or getattr(self.model._meta.get_field(name), "concrete", False)
            except FieldDoesNotExist:
                concrete = False
            if not concrete:
                said = f"The model has no field {name!r} with a key in it, which '{self.name}' is sealed for."
                found.append(checks.Error(said, hint="Name the field of the person's own key.", obj=self, id="kept.E001"))
        return found

    def _check_column(self) -> list[checks.CheckMessage]:
        wrong = [what for what, is_so in self._asked_of_column() if is_so]
        said = f"'{self.name}' is sealed, and its column cannot be {{}}."
        hint = f"Use '{self.name}_index' where rows are to be told apart or found by their values."
        return [checks.Error(said.format(what), hint=hint, obj=self, id="kept.E002") for what in wrong]

    def _asked_of_column(self) -> Sequence[tuple[str, bool]]:
        meta = self.model._meta
        together = [names for names in meta.unique_together if self.name in names]
        constrained = [one for one in (*meta.constraints, *meta.indexes) if self.name in getattr(one, "fields", ())]
        ordered = [name for name in meta.ordering or () if isinstance(name, str) and name.lstrip("-") == self.name]
        return (
            ("a primary key", bool(self.primary_key)),
            ("given by the database", self.has_db_default()),
            ("part of a constraint or an index", bool(together or constrained)),
            ("ordered by", bool(ordered)),
        )


class SealedValueField(OwnedField[SetT_contra, GetT_co]):
    """A field whose value stands sealed in a text column."""

    descriptor_class = StoredAttribute

    def get_attname(self) -> str:
        """Return the attribute that holds the stored value."""
        return f"{self.name}_sealed"

    def get_attname_column(self) -> tuple[str, str]:
        """Return that attribute, and the column, which is called as the field."""
        return self.get_attname(), self.db_column or self.name

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        """Join a model, with an attribute that opens beside the one that stores."""
        super().contribute_to_class(cls, name, *args, **kwargs)
        setattr(cls, name, OpenedAttribute(self))

    def get_internal_type(self) -> str:
        """Return the kind of column: a text without an end."""
        return "TextField"

    # Reading.

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002 - Django's shape
        """Return what stands in the column; only an instance knows whose it is."""
        return Stored(value) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """Return the lookup: equality through the blind index, and isnull. Raises FieldError for any other."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        if self.beside is not None and (lookup_name in ("exact", "in") or (lookup_name == "iexact" and self.index in FOLDED)):
            return LOOKUPS[lookup_name]
        raise FieldError(
            f"{self} is sealed and cannot be looked up by {lookup_name}. With a blind index it can be asked for by exact and in; "
            "without one, by isnull alone."
        )

    def get_transform(self, lookup_name: str) -> Any:  # noqa: ARG002 - Django's shape
        """Return no transform: what a sealed text would be transformed to says nothing."""
        return None

    def raw(self, instance: models.Model) -> Any:
        """Return what an instance holds, loaded where it is deferred: a `Stored`, an `Unsealed`, or None."""
        if self.attname not in instance.__dict__:
            getattr(instance, self.attname)
        return instance.__dict__[self.attname]

    def opened(self, instance: models.Model, stored: Stored) -> Any:
        """Return what a stored value of an instance says."""
        return self.values.open(stored, None if stored.origin is not None else self.whose(instance))

    def note_origin(self, instance: models.Model) -> None:
        """Note whom a value that was just loaded is sealed for, before anybody changes the row's person."""
        stored = instance.__dict__.get(self.attname)
        if isinstance(stored, Stored) and stored.sealed and stored.origin is None:
            stored.origin = self.whose_at_hand(instance)

    # Writing.

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002 - Django's shape
        """Seal what is to be written. Raises Refused where the row names no person yet, and as `Field.seal` does."""
        value = self.given(model_instance)
        if value is None or (isinstance(value, Stored) and not self._names_are_loaded(model_instance)):
            return value
        if (
            isinstance(value, Stored)
            and value.sealed
            and value.origin is None
            and not (value.waits or model_instance._state.adding)
        ):
            rows = self.model._base_manager.using(model_instance._state.db)
            value = self._fetched(rows.filter(pk=model_instance.pk)) or value
        stored = self.values.for_old(value, self.whose(model_instance))
        model_instance.__dict__[self.attname] = stored
        return stored

    def _names_are_loaded(self, instance: models.Model) -> bool:
        return all(field.attname in instance.__dict__ for field in self.names())

    def moved(self, instance: models.Model, rows: models.QuerySet[Any]) -> Stored | None:
        """Return a row's value sealed for the person whom the row is given to; None where it is theirs already."""
        raw = instance.__dict__.get(self.attname)
        stored = raw if isinstance(raw, Stored) and raw.origin is not None else self._fetched(rows)
        whose = self.whose(instance)
        if stored is None or not stored.sealed or stored.origin == whose:
            return None
        anew = self.values.for_old(stored, whose)
        if isinstance(raw, Stored):
            instance.__dict__[self.attname] = anew
        return anew

    def _fetched(self, rows: models.QuerySet[Any]) -> Stored | None:
        """Return a row's value with whom it is sealed for, both as the database has them."""
        found = rows.values_list(self.name, *(field.attname for field in self.names())).first()
        if found is None or not isinstance(found[0], Stored):
            return None
        found[0].origin = self.values.whose(*found[1:])
        return found[0]

    def given(self, instance: models.Model) -> Any:
        """Return what an instance is saved with: a stored value, or one that was assigned, or changed inside."""
        raw = self.raw(instance)
        if isinstance(raw, Stored) and raw.memory is not None and self.values.changed_inside(raw):
            return raw.memory.value
        return raw.value if isinstance(raw, Unsealed) else raw

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002 - Django's shape
        """Let sealed values through. Raises Refused for one in the clear, and for what the database would work out."""
        return None if value is None else as_stored(value, str(self))

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002 - Django's shape
        """Return the placeholder. Raises Refused for an UPDATE that would leave the blind index behind."""
        written = {field.name for field, *_ in getattr(compiler.query, "values", ())}
        if written and self.beside is not None and self.beside.name not in written:
            raise Refused(
                f"an update of {self} would leave its blind index as it was",
                todo=f"Save the instances one by one, or empty both columns: update({self.name}=None, {self.name}_index=None).",
            )
        return "%s"

    # Waiting for the number of a new person.

    def waits(self, instance: models.Model) -> bool:
        """Whether there is a value, and nobody yet to seal it for."""
        raw = self.raw(instance)
        value = raw.value if isinstance(raw, Unsealed) else raw
        return value not in (None, "") and self.whose(instance) is None

    def hold(self, instance: models.Model) -> Any:
        """Let something stand in for the value; return what was there."""
        before = self.raw(instance)
        instance.__dict__[self.attname] = self.values.for_new(before.value if isinstance(before, Unsealed) else before, None)
        return before

    def put_back(self, instance: models.Model, before: Any) -> None:
        """Take what stood in for the value out again."""
        instance.__dict__[self.attname] = before

    def release(self, instance: models.Model) -> dict[str, Any]:
        """Return what is to be written now that the person is known, by the names of fields."""
        stored = instance.__dict__[self.attname]
        whose = self.whose(instance)
        if whose is None:
            raise self.values.nobody()
        sealed = instance.__dict__[self.attname] = self.values.for_old(stored, whose)
        return {self.name: sealed} if self.beside is None else {self.name: sealed, self.beside.name: self.blind(instance, None)}

    def blind(self, instance: models.Model, otherwise: str | None) -> str | None:
        """Return the blind index of an instance's value; `otherwise` where it is sealed and was not opened, and so not changed."""
        raw = instance.__dict__.get(self.attname, MISSING)
        if isinstance(raw, Unsealed):
            return self.values.blind(raw.value)
        if not isinstance(raw, Stored):
            return otherwise if raw is MISSING else None
        if raw.memory is not None:
            return self.values.blind(raw.memory.value)
        return otherwise if raw.sealed else self.values.blind(str(raw) if raw.worth_sealing else None)

    # Forms, validation and dumps.

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Validate what a stored value says, and return it as it is stored where validation did not change it."""
        if not isinstance(value, Stored) or model_instance is None:
            return super().clean(value, model_instance)
        opened = self.opened(model_instance, value)
        cleaned = super().clean(opened, model_instance)
        return value if cleaned == opened else cleaned

    def value_from_object(self, obj: models.Model) -> Any:
        """Return what forms and dumps are given: the text of the column, which opens when a form calls it."""
        raw = self.raw(obj)
        if isinstance(raw, Stored):
            return InitialValue(raw, self, obj)
        return raw.value if isinstance(raw, Unsealed) else raw

    def value_to_string(self, obj: models.Model) -> str:
        """Return what a dump holds: the text of the column. Raises Refused for a value that is not written yet."""
        raw = self.raw(obj)
        if isinstance(raw, Unsealed):
            raise Refused(f"{self} holds a value that is not sealed yet, and would be dumped in the clear", todo="Save it first.")
        return str(raw)
