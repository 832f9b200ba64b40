"""Fields for Django models: sealed when they are written, opened when they are read, found through a blind index.

    from kept.vault.django import SealedFileField, SealedJSONField, SealedTextField

    class Account(models.Model):
        email = SealedTextField(kind="account", person="id", index="email", unique=True)
        profile = SealedJSONField(kind="account", person="id", null=True)
        passport = SealedFileField(kind="account", person="id", upload_to="passports", null=True)

and in the settings `KEPT = {"folder": BASE_DIR / "privacy", "store": "app"}`.

`account.email` is the opened text, `account.email_sealed` what stands in the column. `filter(email="Ada@Example.org")`, `exclude`,
`email__in` and `email__isnull` work; what else would compare sealed text raises FieldError. `values()` and dumps give the sealed
text: only an instance knows whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import signals

from kept.base.errors import Refused
from kept.vault.blind import INDEX_LENGTH, made_equal
from kept.vault.orm_values import Stored, warm_values

from .files import SealedFileField
from .saving import prepare
from .use import use_vault
from .values import GetT_co, SealedValueField, SetT_contra

__all__ = ["BlindIndexField", "SealedFileField", "SealedJSONField", "SealedTextField", "use_vault", "warm"]

signals.class_prepared.connect(prepare, dispatch_uid="kept.vault")


if TYPE_CHECKING:

    class TextField(models.TextField[SetT_contra, GetT_co]):
        """Django's text field with the types of its values."""

    class JSONField(models.JSONField[SetT_contra, GetT_co]):
        """Django's JSON field with the types of its values."""

    IndexColumn = models.CharField[str | None, str | None]
else:

    class TextField(models.TextField, Generic[SetT_contra, GetT_co]):
        """Django's text field; the types of its values are for type checkers only."""

    class JSONField(models.JSONField, Generic[SetT_contra, GetT_co]):
        """Django's JSON field; the types of its values are for type checkers only."""

    IndexColumn = models.CharField


class BlindIndexField(IndexColumn):
    """The column of a blind index, `<name>_index`, which a sealed field with `index` brings along; nothing is assigned to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take nothing, or `unique=True`."""
        said = {"max_length": INDEX_LENGTH, "null": True, "blank": True, "editable": False, "db_index": not kwargs.get("unique")}
        super().__init__(*args, **{**said, **kwargs})

    def deconstruct(self) -> Any:
        """Return what the field is made from, for migrations."""
        name, path, args, kwargs = super().deconstruct()
        for said in ("max_length", "null", "blank", "editable", "db_index"):
            kwargs.pop(said, None)
        return name, path, args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        """Join a model, in the place of the one that the sealed field has brought already."""
        fields = cls._meta.local_fields
        fields[:] = [field for field in fields if not (field.name == name and isinstance(field, BlindIndexField))]
        super().contribute_to_class(cls, name, *args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:  # noqa: ARG002 - Django's shape
        """Work out the index of the value that is saved beside it."""
        sealed = self.model._meta.get_field(self.name.removesuffix("_index"))
        now: str | None = getattr(model_instance, self.attname)
        blind = sealed.blind(model_instance, now) if isinstance(sealed, SealedValueField) else now
        setattr(model_instance, self.attname, blind)
        return blind


class _AsText:
    """Whatever is assigned to a text field, as its text."""

    def dump(self, value: Any) -> str:
        return str(value)

    def load(self, text: str) -> str:
        return text


class _AsJson:
    """Whatever JSON can say, with the encoder and decoder of the field."""

    def __init__(self, encoder: Any, decoder: Any) -> None:
        self._encoder = encoder
        self._decoder = decoder

    def dump(self, value: Any) -> str:
        return json.dumps(value, cls=self._encoder, ensure_ascii=False)

    def load(self, text: str) -> Any:
        return json.loads(text, cls=self._decoder)


class SealedTextField(SealedValueField[SetT_contra, GetT_co], TextField[SetT_contra, GetT_co]):
    """A text field whose texts are sealed.

    `kind` is the kind of person and `person` the field with that person's key, both as Kept's map has them. `index` adds the column
    `<name>_index` and says how values are made equal: email, phone, text or exact; with `unique`, no two rows hold equal values.
    `row` names a field whose value is bound too, as a rule the row's own key. `place` is the name that values are bound to, where
    it is not `store.table.column`: name the old one when table or column are renamed. Raises Refused for an unknown `index`.
    """

    form = _AsText()

    def __init__(self, *args: Any, index: str = "", unique: bool = False, **kwargs: Any) -> None:
        """Take whose the texts are and how they are found; the rest is TextField's."""
        if index:
            made_equal(index, "")
        elif unique:
            raise Refused("a sealed field without a blind index cannot be unique", todo="Say `index=` as well.")
        self.index = index
        self.told_apart = unique
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what the field is made from, for migrations."""
        name, path, args, kwargs = super().deconstruct()
        said = {"index": self.index, "unique": self.told_apart}
        return name, path, args, {**kwargs, **{key: value for key, value in said.items() if value}}

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        """Join a model, and bring the column of the blind index along; a migration's models have it, or not yet, by themselves."""
        super().contribute_to_class(cls, name, *args, **kwargs)
        if self.index and not cls._meta.abstract and cls.__module__ != "__fake__" and self.beside is None:
            BlindIndexField(unique=self.told_apart).contribute_to_class(cls, f"{name}_index")

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """See, beyond what a text field sees, that no other row holds an equal value where none may."""
        super().validate(value, model_instance)
        if not self.told_apart or model_instance is None or value in self.empty_values:
            return
        model = type(model_instance)
        others = model._default_manager.filter(**{self.name: value})
        if model_instance.pk is not None and not model_instance._state.adding:
            others = others.exclude(pk=model_instance.pk)
        if others.exists():
            raise ValidationError(model_instance.unique_error_message(model, (self.name,)), code="unique")


class SealedJSONField(SealedValueField[SetT_contra, GetT_co], JSONField[SetT_contra, GetT_co]):
    """A JSON field whose values are sealed, in a text column; see `SealedTextField`. It has no blind index and no key lookups."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take whose the values are; the rest is JSONField's."""
        super().__init__(*args, **kwargs)
        self.form = _AsJson(self.encoder, self.decoder)


def warm(instances: Iterable[models.Model]) -> None:
    """Fetch, in one round, the keys that opening the loaded values of these instances will need."""
    warm_values(
        (field.values, stored, field.whose_at_hand(instance))
        for instance in instances
        for field in instance._meta.concrete_fields
        if isinstance(field, SealedValueField) and isinstance(stored := instance.__dict__.get(field.attname), Stored)
    )
