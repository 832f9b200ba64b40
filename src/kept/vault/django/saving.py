"""When a row is written: values that wait for the number of a new person, and rows that change their person.

A person's number that the database gives is known only once the row is there. Something random then stands in for the value, which
follows in the same transaction. Django has no hook around a single INSERT but `Model._do_insert`, which subclasses may override,
and which is overridden in every model with a sealed field; `_do_update` likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

from django.db import models, transaction
from django.db.models import signals

from kept.base.errors import IntegrityError
from kept.vault.format import looks_sealed
from kept.vault.orm_values import Stored

from .attributes import Unsealed
from .files import SealedFileField
from .values import OwnedField, SealedValueField

__all__ = ["prepare"]

MARK: Final = "kept_seals"
Waiting = SealedValueField | SealedFileField


def prepare(sender: type[models.Model], **_: Any) -> None:
    """Make a model class ready, where it has sealed fields, its parents' included."""
    owned = [field for field in sender._meta.concrete_fields if isinstance(field, OwnedField)]
    if not owned:
        return
    name = f"kept.{sender._meta.label}"
    signals.post_init.connect(_note_origins, sender=sender, dispatch_uid=name)
    signals.pre_save.connect(_before_raw, sender=sender, dispatch_uid=name)
    for method, around in (("_do_insert", _inserting), ("_do_update", _updating)):
        original = getattr(sender, method)
        if not hasattr(original, MARK):
            setattr(sender, method, around(original))


def _sealed(model: type[models.Model]) -> list[Waiting]:
    return [field for field in model._meta.concrete_fields if isinstance(field, Waiting)]


def _note_origins(instance: models.Model, **_: Any) -> None:
    for field in _sealed(type(instance)):
        field.note_origin(instance)


def _before_raw(instance: models.Model, raw: bool, **_: Any) -> None:
    """Prepare what a fixture holds: sealed texts, as a dump has them, or texts in the clear, which are sealed now."""
    if not raw:
        return
    for field in _sealed(type(instance)):
        value = instance.__dict__.get(field.attname)
        if not isinstance(field, SealedValueField) or not isinstance(value, Unsealed):
            continue
        if isinstance(value.value, str) and looks_sealed(value.value):
            instance.__dict__[field.attname] = Stored(value.value)
        elif not field.waits(instance):
            field.pre_save(instance, add=False)
            _index(field, instance)


def _index(field: SealedValueField, instance: models.Model) -> None:
    if field.beside is not None:
        name = field.beside.attname
        setattr(instance, name, field.blind(instance, getattr(instance, name)))


def _inserting(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def _do_insert(
        self: models.Model, manager: Any, using: str, fields: Sequence[Any], returning_fields: Sequence[Any], raw: bool
    ) -> Any:
        waiting = [field for field in fields if isinstance(field, Waiting) and field.waits(self)]
        if not waiting:
            return original(self, manager, using, fields, returning_fields, raw)
        held = [(field, field.hold(self)) for field in waiting]
        numbered = {field.attname: getattr(self, field.attname) for field in returning_fields}
        try:
            with transaction.atomic(using=using):
                for field in waiting:
                    if isinstance(field, SealedValueField):
                        _index(field, self)
                results = original(self, manager, using, fields, returning_fields, raw)
                for row in results[:1]:
                    for value, field in zip(row, returning_fields, strict=True):
                        setattr(self, field.attname, value)
                _follow(self, manager.using(using), waiting)
        except BaseException:
            for field, before in held:
                field.put_back(self, before)
            for name, value in numbered.items():
                setattr(self, name, value)
            raise
        return results

    setattr(_do_insert, MARK, True)
    return _do_insert


def _follow(instance: models.Model, rows: models.QuerySet[Any], waiting: Sequence[Waiting]) -> None:
    """Write the values that waited, into the row that was just made."""
    late: dict[str, Any] = {}
    for field in waiting:
        late |= field.release(instance)
    key = getattr(instance, rows.model._meta.pk.attname)
    if rows.filter(pk=key).update(**late) != 1:
        raise IntegrityError("a new row did not take its sealed values", todo="See which trigger or rule moves new rows.")


def _updating(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def _do_update(
        self: models.Model, base_qs: Any, using: str, pk_val: Any, values: list[Any], update_fields: Any, forced_update: Any
    ) -> Any:
        given = {field for field, *_ in values}
        more = [row for field in _of(base_qs.model) for row in _also(field, self, given, base_qs, pk_val)]
        return original(self, base_qs, using, pk_val, [*values, *more], update_fields, forced_update)

    setattr(_do_update, MARK, True)
    return _do_update


def _of(model: type[models.Model]) -> list[Waiting]:
    return [field for field in model._meta.local_concrete_fields if isinstance(field, Waiting)]


def _also(field: Waiting, instance: models.Model, given: set[Any], rows: Any, key: Any) -> list[Any]:
    """Return what must be written beside what is: a value whose person changes, and the blind index of a value that is written."""
    index = field.beside
    if field in given:
        return [(index, None, index.pre_save(instance, False))] if index is not None and index not in given else []
    if not any(name in given for name in field.names()):
        return []
    if isinstance(field, SealedFileField):
        field.refuse_moved(instance)
        return []
    moved = field.moved(instance, rows.filter(pk=key))
    if moved is None:
        return []
    blind = [(index, None, field.values.blind(field.values.open(moved, None)))] if index is not None else []
    return [(field, None, moved), *blind]
