"""When values are sealed: inside the flush, before a row is written, and for a person whom the database numbers right behind it.

A person's number that the database gives is known only once the row is there. Something random then stands in for the value, which
follows in the same transaction; nothing is ever written in the clear, and a key that cannot be had fails the flush.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session, object_session
from sqlalchemy.orm.attributes import flag_modified

from kept.base.errors import IntegrityError, KeptError, Refused
from kept.vault.orm_values import SealedValues, Stored, Whose, load_keys

if TYPE_CHECKING:
    from .mapping import SealedProperty

__all__ = ["FIELDS", "fields_of", "listen_to", "listen_to_sessions", "sealed_rows"]

FIELDS: Final = "kept.vault.fields"
"""Where a class manager's `info` holds its sealed attributes by their names."""
WAITING: Final = "kept.vault.waiting"
MISSING: Final = object()


def fields_of(mapper: Mapper[Any]) -> Sequence[SealedProperty]:
    """Return the sealed attributes of a mapped class."""
    return tuple(mapper.class_manager.info.get(FIELDS, {}).values())


def listen_to(mapper: Mapper[Any]) -> None:
    """Listen to a mapped class, once."""
    if event.contains(mapper, "before_insert", _before_insert):
        return
    event.listen(mapper, "before_insert", _before_insert)
    event.listen(mapper, "after_insert", _after_insert)
    event.listen(mapper, "before_update", _before_update)
    event.listen(mapper.class_, "load", _loaded)
    event.listen(mapper.class_, "refresh", _loaded)
    event.listen(mapper.class_, "pickle", _before_pickling)


def listen_to_sessions() -> None:
    """Listen to every session and engine of the process, once."""
    if event.contains(Session, "before_flush", _before_flush):
        return
    event.listen(Session, "before_flush", _before_flush)
    event.listen(Session, "after_flush", _after_flush)
    event.listen(Session, "do_orm_execute", _before_bulk)
    event.listen(Engine, "handle_error", _as_it_is)


def _loaded(target: object, *_: Any) -> None:
    """Note whom each value was sealed for, before anybody changes the row's person."""
    state: InstanceState[Any] = sa.inspect(target)
    for field in fields_of(state.mapper):
        stored = state.dict.get(field.key)
        if isinstance(stored, Stored) and stored.sealed and stored.origin is None:
            stored.origin = field.whose_in_database(state)


def _before_pickling(target: object, _: Mapping[str, Any]) -> None:
    state: InstanceState[Any] = sa.inspect(target)
    for field in fields_of(state.mapper):
        if _is_assigned(state, field):
            raise Refused(f"{field} holds a value that is not sealed yet, and would be pickled in the clear", todo="Flush first.")


def _is_assigned(state: InstanceState[Any], field: SealedProperty) -> bool:
    """Whether an attribute holds a value that a program gave it and that is not written yet."""
    value = state.dict.get(field.key)
    return value is not None and not isinstance(value, Stored) and (state.key is None or field.key in state.committed_state)


def _before_insert(mapper: Mapper[Any], _: sa.Connection, target: object) -> None:
    state: InstanceState[Any] = sa.inspect(target)
    for field in fields_of(mapper):
        value = state.dict.get(field.key)
        stored = field.values.for_new(value, field.whose_at_hand(state)) if value is not None else None
        if stored is not None:
            state.dict[field.key] = stored
        _index(field, mapper, target, stored)


def _before_update(mapper: Mapper[Any], connection: sa.Connection, target: object) -> None:
    state: InstanceState[Any] = sa.inspect(target)
    for field in fields_of(mapper):
        given = field.key in state.committed_state
        value = state.dict.get(field.key, MISSING)
        if not given and _is_unknown(value) and field.has_moved(state):
            value = field.fetched(mapper, connection, state)
        if value is MISSING or value is None:
            if given:
                _index(field, mapper, target, None)
        elif given or (isinstance(value, Stored) and _is_anothers(field, value, state)):
            _settle(field, mapper, target, value)


def _is_unknown(value: object) -> bool:
    """Whether a value is not loaded, or was loaded without whom it is sealed for."""
    return value is MISSING or (isinstance(value, Stored) and value.sealed and value.origin is None)


def _is_anothers(field: SealedProperty, stored: Stored, state: InstanceState[Any]) -> bool:
    return field.has_moved(state) and stored.origin != field.whose_at_hand(state)


def _settle(field: SealedProperty, mapper: Mapper[Any], target: object, value: Any) -> None:
    """Put the value that is to be written in the place of the one that was assigned, or of the one that was another's."""
    state: InstanceState[Any] = sa.inspect(target)
    if isinstance(value, Stored) and field.values.changed_inside(value) and value.memory is not None:
        value = value.memory.value
    stored = field.values.for_old(value, field.whose(state))
    if stored is value and field.key not in state.committed_state:
        return
    state.dict[field.key] = stored
    if field.key not in state.committed_state:
        flag_modified(target, field.key)
    _index(field, mapper, target, stored)


def _index(field: SealedProperty, mapper: Mapper[Any], target: object, stored: Stored | None) -> None:
    """Set the blind index that belongs to a value."""
    key = field.index_key(mapper)
    if key:
        value = field.opened(target, stored) if stored is not None else None
        setattr(target, key, field.values.blind(value))


def _after_insert(mapper: Mapper[Any], connection: sa.Connection, target: object) -> None:
    session = object_session(target)
    state: InstanceState[Any] = sa.inspect(target)
    if session is not None and _waiting(state, mapper):
        session.info.setdefault(WAITING, []).append((mapper, connection, state))


def _waiting(state: InstanceState[Any], mapper: Mapper[Any]) -> list[tuple[SealedProperty, Stored]]:
    values = [(field, state.dict.get(field.key)) for field in fields_of(mapper)]
    return [(field, value) for field, value in values if isinstance(value, Stored) and value.waits]


def _before_flush(session: Session, *_: Any) -> None:
    """Fetch or make every key that the flush is known to need, in one round."""
    session.info.pop(WAITING, None)
    load_keys(_owners([*session.new, *session.dirty]))


def _owners(instances: Iterable[object]) -> Iterable[tuple[SealedValues, Whose]]:
    for instance in instances:
        state: InstanceState[Any] = sa.inspect(instance)
        for field in fields_of(state.mapper):
            whose = field.whose_at_hand(state) if _is_assigned(state, field) else None
            if whose is not None and state.dict[field.key] != "":
                yield field.values, whose


def _after_flush(session: Session, *_: Any) -> None:
    """Write the values that waited for the number of their person, in the transaction of the flush."""
    rows = [
        (mapper, connection, state, field, stored)
        for mapper, connection, state in session.info.pop(WAITING, ())
        for field, stored in _waiting(state, mapper)
    ]
    owners = {id(stored): field.whose(state) for _, _, state, field, stored in rows}
    load_keys((field.values, whose) for _, _, _, field, stored in rows if (whose := owners[id(stored)]) is not None)
    late: dict[tuple[sa.Connection, SealedProperty], list[dict[str, Any]]] = defaultdict(list)
    for mapper, connection, state, field, stored in rows:
        sealed = field.values.for_old(stored, owners[id(stored)] or _nobody(field))
        state.dict[field.key] = sealed
        keys = field.table.primary_key.columns
        own = {f"own_{at}": state.dict[mapper.get_property_by_column(key).key] for at, key in enumerate(keys)}
        late[connection, field].append({**own, "late": sealed})
    for (connection, field), parameters in late.items():
        _write(connection, field, parameters)


def _nobody(field: SealedProperty) -> Whose:
    raise field.values.nobody()


def _write(connection: sa.Connection, field: SealedProperty, rows: list[dict[str, Any]]) -> None:
    own = [key == sa.bindparam(f"own_{at}") for at, key in enumerate(field.table.primary_key.columns)]
    result = connection.execute(sa.update(field.table).where(*own).values({field.own: sa.bindparam("late")}), rows)
    dialect = connection.dialect
    if dialect.supports_sane_multi_rowcount and result.rowcount != len(rows):
        raise IntegrityError(
            f"{result.rowcount} of {len(rows)} new rows took their sealed value of {field}",
            todo="See which trigger or rule moves new rows; roll back.",
        )


def _before_bulk(state: ORMExecuteState) -> Any:
    """Seal what a bulk INSERT or UPDATE by key brings along, where its rows name their person; empty an index with its column."""
    mapper = state.bind_mapper
    fields = fields_of(mapper) if mapper is not None and (state.is_insert or state.is_update) else ()
    if mapper is None or not fields:
        return None
    if isinstance(state.statement, sa.Update | sa.Insert) and state.statement._values:
        emptied = _emptied(mapper, fields, state.statement)
        return state.invoke_statement(statement=state.statement.values(emptied)) if emptied else None
    given = state.parameters or ()
    rows: Sequence[Mapping[str, Any]] = [given] if isinstance(given, Mapping) else list(given)
    if not any(field.key in row for field in fields for row in rows):
        return None
    sealed = sealed_rows(mapper, rows, strict=False)
    return state.invoke_statement(params=sealed[0] if isinstance(given, Mapping) else sealed)


def _emptied(mapper: Mapper[Any], fields: Sequence[SealedProperty], statement: sa.Update | sa.Insert) -> dict[str, None]:
    """Return the blind indexes of the columns that a statement sets to NULL: an index must not outlive its value.

    Raises Refused where it sets a sealed column to what the database works out.
    """
    written = {getattr(key, "key", key): value for key, value in (statement._values or {}).items()}
    found: dict[str, None] = {}
    for field in fields:
        value = written.get(field.own.key)
        if isinstance(value, sa.ColumnElement) and not isinstance(value, sa.BindParameter | sa.Null):
            raise Refused(f"{field} is sealed and cannot be set to what the database works out", todo="Assign it to an instance.")
        empty = isinstance(value, sa.Null) or (isinstance(value, sa.BindParameter) and value.value is None and not value.required)
        index = field.index_key(mapper)
        if empty and index:
            found[index] = None
    return found


def _named(fields: Sequence[SealedProperty], rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[SealedValues, Whose]]:
    for row in rows:
        for field in fields:
            whose = _whose(field, row)
            if whose is not None and row.get(field.key) and not isinstance(row[field.key], Stored):
                yield field.values, whose


def _whose(field: SealedProperty, row: Mapping[str, Any]) -> Whose | None:
    return field.values.whose(row.get(field.how.person), row.get(field.how.row) if field.how.row else "")


def sealed_rows(mapper: Mapper[Any], rows: Sequence[Mapping[str, Any]], *, strict: bool) -> list[dict[str, Any]]:
    """Return rows, by their attributes' names, with their values sealed and their blind indexes beside them.

    Where a row does not name its person, its value stays as it is, and the column will not take it; with `strict`, Refused is
    raised.
    """
    fields = fields_of(mapper)
    load_keys(_named(fields, rows))
    return [_sealed_row(mapper, fields, row, strict=strict) for row in rows]


def _sealed_row(mapper: Mapper[Any], fields: Sequence[SealedProperty], row: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    written = dict(row)
    for field in fields:
        if field.key not in row:
            continue
        value, whose, index = row[field.key], _whose(field, row), field.index_key(mapper)
        if value is not None and (whose is not None or strict):
            written[field.key] = field.values.for_old(value, whose)
        if index:
            written[index] = _blind(field, value, whose)
    return written


def _blind(field: SealedProperty, value: Any, whose: Whose | None) -> str | None:
    return field.values.blind(field.values.open(value, whose) if isinstance(value, Stored) else value)


def _as_it_is(context: ExceptionContext) -> KeptError | None:
    """Let an error of Kept through as it is: SQLAlchemy would wrap it in one that prints the statement's parameters."""
    error = context.original_exception
    return error if isinstance(error, KeptError) else None
