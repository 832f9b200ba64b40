"""Typed fields for SQLAlchemy: sealed when they are written, opened when they are read, found through a blind index.

    from kept.vault import open_vault
    from kept.vault.sqlalchemy import Sealed, sealed, use_vault

    use_vault(Base, open_vault("privacy"), store="app")

    class Account(Base):
        __tablename__ = "accounts"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Sealed[str] = sealed(kind="account", person="id", index="email")
        profile: Sealed[dict[str, str] | None] = sealed(kind="account", person="id", json=True)

`account.email` is the opened text. `Account.email == "Ada@Example.org"`, `!=`, `in_()`, `not_in()` and `is_(None)` work in queries;
what else would compare sealed text raises Refused. A query for columns (`select(Account.email)`) gives the sealed text: only an
instance knows whose it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapper, registry

from kept.vault.orm_values import InUse, Stored, warm_values
from kept.vault.vault import Vault

from .columns import USE, How, SealedText
from .events import fields_of, listen_to_sessions, sealed_rows
from .mapping import Sealed, SealedColumn

__all__ = ["Sealed", "SealedText", "seal_rows", "sealed", "use_vault", "warm"]


def sealed(
    name: str = "",
    *,
    kind: str,
    person: str,
    index: str = "",
    unique: bool = False,
    json: bool = False,
    row: str = "",
    place: str = "",
) -> Sealed[Any]:
    """Declare a sealed column, called as its attribute where no `name` is given.

    `kind` is the kind of person and `person` the attribute with that person's key, both as Kept's map has them. `index` adds the
    column `<name>_index` and says how values are made equal: email, phone, text or exact; with `unique`, no two rows hold equal
    values. `json` seals anything that JSON can say instead of a text. `row` names an attribute whose value is bound too, as a rule
    the row's own key. `place` is the name that values are bound to, where it is not `store.table.column`. Raises Refused where that
    does not go together.
    """
    how = How(kind=kind, person=person, row=row, place=place, match=index, json=json, unique=unique)
    return SealedColumn(how, name)


def use_vault(base: type[DeclarativeBase] | registry | sa.MetaData, vault: Vault, *, store: str, clear_rows: bool = False) -> None:
    """Seal the models of a declarative base under a vault; `store` is the name of their database in Kept's map.

    With `clear_rows`, equality also finds rows that are still in the clear, before `kept vault seal` has run: the searched value
    then goes to the database as it is, beside its blind index.
    """
    metadata = base if isinstance(base, sa.MetaData) else base.metadata
    metadata.info[USE] = InUse(vault=vault, store=store, clear_rows=clear_rows)
    listen_to_sessions()


def seal_rows(model: type[Any], rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows, given by their attributes' names, as a statement of SQLAlchemy Core takes them: sealed, blind indexes beside.

    Raises Refused for a row that does not name its person, and as `Field.seal` does.
    """
    mapper: Mapper[Any] = sa.inspect(model)
    return sealed_rows(mapper, list(rows), strict=True)


def warm(instances: Iterable[object]) -> None:
    """Fetch, in one round, the keys that opening the loaded values of these instances will need."""
    warm_values(
        (field.values, stored, field.whose_at_hand(state))
        for state in map(sa.inspect, instances)
        for field in fields_of(state.mapper)
        if isinstance(stored := state.dict.get(field.key), Stored)
    )
