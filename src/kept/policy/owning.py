"""Whose rows are: which tables the map ties to people, and which rows of such a table belong to nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kept.base.changes import PLACEHOLDER
from kept.base.conditions import Condition, Everything, Missing, Not, OneOf, StartsWith, Through
from kept.base.names import Table
from kept.base.questions import ColumnInfo, Schema, TableInfo

from .datamap import Link, MappedTable
from .keeping import all_of, any_of
from .policy import Policy

__all__ = ["is_tied", "unowned"]

EMAIL = "user.contact.email"
EMPTY_JSON = "{}"


def is_tied(policy: Policy, mapped: MappedTable, path: tuple[Table, ...] = ()) -> bool:
    """Return whether rows of a table are people, or links by which rows go lead from them to people."""
    if mapped.map.subject is not None:
        return True
    above = [policy.table(link.to.table) for link in owning(mapped)]
    path = (*path, mapped.table)
    return any(there is not None and there.table not in path and is_tied(policy, there, path) for there in above)


def owning(mapped: MappedTable) -> list[Link]:
    """Return the links by which rows have an owner."""
    return [link for link in mapped.map.links if link.kind != "accessed"]


def unowned(policy: Policy, schema: Schema, mapped: MappedTable) -> Condition | None:
    """Return which rows of a table have no owner, and something personal in them; None where the map or the store rules that out.

    A row has an owner while one of its links leads to a row, whoever that belongs to in its turn: then it is that row which is
    asked about. Rows for which no link holds (`when`) are not people's. A row whose values were masked is nobody's rightly.
    """
    info, links = schema.table(mapped.table), owning(mapped)
    if info is None or mapped.map.subject is not None or mapped.map.erasure == "keep" or not is_tied(policy, mapped):
        return None
    parts: list[Condition] = []
    for link in links:
        column = info.column(link.column)
        empty = list(_empty(policy, schema, mapped, link, column)) if column is not None else []
        loose = [Not(what=_holds(link))] if link.when else []
        if not empty and not loose:
            return None
        parts.append(any_of(*loose, *empty))
    if all(link.when for link in links):
        parts.append(any_of(*(_holds(link) for link in links)))
    personal = _personal(mapped, info)
    if personal is None:
        return None
    return all_of(*parts) if isinstance(personal, Everything) else all_of(*parts, personal)


def _empty(policy: Policy, schema: Schema, mapped: MappedTable, link: Link, column: ColumnInfo) -> Iterator[Condition]:
    """Yield in which rows a link leads to nobody: it is empty, or points to what is not there, or to who stands for all who left.

    What an enforced foreign key points to is there. Addresses are compared in any letter case and sealed values not at all, so such
    a link counts as leading somewhere unless it is empty; so does one into another store.
    """
    if column.nullable:
        yield Missing(column=link.column)
    if column.type == "text":
        yield OneOf(column=link.column, keys=("",))
    there = policy.table(link.to.table)
    own = there.map.subject if there is not None else None
    if own is not None and own.key == link.to.name and own.pseudo:
        yield OneOf(column=link.column, keys=(own.pseudo,))
    if _comparable(policy, schema, mapped, link):
        yield Not(what=Through(column=link.column, to=link.to.table, key=link.to.name, where=Everything()))


def _comparable(policy: Policy, schema: Schema, mapped: MappedTable, link: Link) -> bool:
    """Return whether the store can say by itself whether a link leads to a row, and does not see to it anyway."""
    here, there = schema.table(mapped.table), schema.table(link.to.table)
    if here is None or there is None or there.column(link.to.name) is None or link.to.table.store != mapped.table.store:
        return False
    above = policy.table(link.to.table)
    for entry in (mapped.map.fields.get(link.column), above.map.fields.get(link.to.name) if above is not None else None):
        if entry is not None and (entry.sealed is not None or entry.category.key == EMAIL):
            return False
    return not any(
        key.columns == (link.column,) and key.to == link.to.table and key.to_columns in ((), (link.to.name,))
        for key in here.foreign_keys
    )


def _holds(link: Link) -> Condition:
    return all_of(*(OneOf(column=column, keys=values) for column, values in link.when.items()))


def _personal(mapped: MappedTable, info: TableInfo) -> Condition | None:
    """Return which rows hold a value that an erasure would mask; everything where rows go as a whole, None where none can."""
    tied = {*info.key, *(name for link in mapped.map.links for name in (link.column, *link.when))}
    parts: list[Condition] = []
    for name in mapped.map.fields:
        column = info.column(name)
        if column is None or name in tied or mapped.erasure_of(name) == "keep":
            continue
        masked: list[Condition] = [Missing(column=name)] if column.nullable else []
        if column.type == "text":
            masked += [OneOf(column=name, keys=("",)), StartsWith(column=name, prefix=PLACEHOLDER)]
        elif column.type == "json":
            masked.append(StartsWith(column=name, prefix=EMPTY_JSON))
        if not masked:
            return Everything()
        parts.append(Not(what=any_of(*masked)))
    if parts:
        return any_of(*parts)
    return Everything() if mapped.map.erasure == "delete" else None
