"""Ways through other tables, gone beforehand: the keys that lead to a row are fetched, so that an index finds the rows.

A store that changes rows "whose account is one of these" often reads the whole table, or looks into the other one once a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from kept.base.conditions import AllOf, AnyOf, Condition, Equals, Key, Not, OneOf, Through
from kept.base.names import Table
from kept.base.questions import ColumnInfo

from .residual import is_judged
from .shape import Shape
from .where import Where

__all__ = ["Links", "columns_in", "tables_in"]

MOST = 100_000
"""How many keys are fetched; where there are more, the store goes the way itself."""
FOLLOWED = ("text", "integer", "decimal", "uuid")


@dataclass(slots=True, kw_only=True)
class Links:
    """Goes the ways of several changes, each once."""

    where: Where
    _gone: dict[Through, OneOf | None] = field(default_factory=dict)

    def gone(self, shape: Shape, condition: Condition, reached: set[tuple[Table, str]]) -> Condition:
        """Return the condition with its ways replaced by the keys they lead to, but where a column on the way is in `reached`."""
        match condition:
            case AllOf(parts=parts) | AnyOf(parts=parts):
                return replace(condition, parts=tuple(self.gone(shape, part, reached) for part in parts))
            case Through(to=to, where=where) if not self._passes(condition, reached):
                inner = replace(condition, where=self.gone(self.where.shape(to), where, reached))
                return _taken(shape.described(condition.column), self._keys(inner)) or inner
            case _:
                return condition

    def _passes(self, link: Through, reached: set[tuple[Table, str]]) -> bool:
        return any((link.to, name) in reached for name in {link.key, *columns_in(link.where)})

    def _keys(self, link: Through) -> OneOf | None:
        """Return the keys a way leads to, as a condition on its beginning; None where there are too many, or no such keys."""
        far = replace(link, column="")
        if far not in self._gone:
            self._gone[far] = self._fetched(link)
        found = self._gone[far]
        return None if found is None else replace(found, column=link.column)

    def _fetched(self, link: Through) -> OneOf | None:
        if is_judged(link.where) or not _is_by_keys(link.where):
            return None
        there = self.where.shape(link.to)
        info = there.described(link.key)
        if info.type not in FOLLOWED:
            return None
        key = there.column(link.key)
        chosen = sa.select(key).distinct().select_from(there.source).where(self.where.clause(there, link.where), key.is_not(None))
        keys = [_key(value) for value in self.where.connection.scalars(chosen.limit(MOST + 1))]
        known = tuple(one for one in keys if one is not None)
        return OneOf(column="", keys=known) if len(known) == len(keys) <= MOST else None


def _taken(info: ColumnInfo, keys: OneOf | None) -> OneOf | None:
    """Return the keys as the beginning of a way takes them: a number there equals no text that is written otherwise."""
    if keys is None or info.type not in FOLLOWED:
        return None
    if info.type in ("integer", "decimal"):
        return replace(keys, keys=tuple(key for key in keys.keys if not isinstance(key, str) or _is_plain(key)))
    return keys


def _is_plain(key: str) -> bool:
    return key.isascii() and key.removeprefix("-").isdigit() and str(int(key)) == key


def _key(value: object) -> Key | None:
    match value:
        case bool():
            return None
        case int() | str():
            return value
        case UUID():
            return str(value)
        case Decimal() if value == value.to_integral_value():
            return int(value)
        case _:
            return None


def _is_by_keys(condition: Condition) -> bool:
    """Return whether keys say which rows are meant: only then are they few."""
    match condition:
        case OneOf() | Equals():
            return True
        case AllOf(parts=parts):
            return any(map(_is_by_keys, parts))
        case AnyOf(parts=parts):
            return bool(parts) and all(map(_is_by_keys, parts))
        case _:
            return False


def tables_in(condition: Condition) -> set[Table]:
    """Return the other tables that a condition looks into."""
    match condition:
        case Through(to=to, where=where):
            return {to, *tables_in(where)}
        case Not(what=what):
            return tables_in(what)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return _union(map(tables_in, parts))
        case _:
            return set()


def columns_in(condition: Condition) -> set[str]:
    """Return the columns that a condition names, those of other tables too."""
    match condition:
        case Through(column=column, key=key, where=where):
            return {column, key, *columns_in(where)}
        case Not(what=what):
            return columns_in(what)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return {column for part in parts for column in columns_in(part)}
        case _:
            return {str(name) for name in (getattr(condition, "column", None),) if name}


def _union(sets: Iterable[set[Table]]) -> set[Table]:
    return {one for some in sets for one in some}
