"""What people are known by outside their own rows: addresses, numbers, names. Found in their rows, looked for in texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kept.base.names import Column
from kept.base.ports import Selection
from kept.policy.datamap import FieldMap, MappedTable
from kept.policy.policy import Policy
from kept.policy.taxonomy import Category

from .reached import Reached

__all__ = ["kind_of", "searched_columns", "telling_columns", "worth_searching"]

KINDS: Final = {
    "email": Category(key="user.contact.email"),
    "phone": Category(key="user.contact.phone_number"),
    "name": Category(key="user.name"),
}
CONTENT: Final = Category(key="user.content")
SHORTEST: Final = 6


def kind_of(entry: FieldMap) -> str:
    """Return email, phone or name for a column that holds one; an empty text for any other."""
    return next((kind for kind, category in KINDS.items() if entry.category.within(category)), "")


def telling_columns(found: Reached) -> Iterator[tuple[Selection, tuple[tuple[str, str], ...]]]:
    """Yield what to read for people's identifiers, table by table: the selection, and its columns with the kind each holds."""
    for mapped in found.policy.tables():
        going = found.going(mapped)
        columns = tuple((column.name, kind) for column, entry in mapped.columns() if (kind := kind_of(entry)))
        if going is None or not columns:
            continue
        own = mapped.map.subject
        names = tuple(dict.fromkeys((*(name for name, _ in columns), *((own.key,) if own is not None else ()))))
        yield Selection(table=mapped.table, columns=names, where=going), columns


def worth_searching(kind: str, value: str) -> bool:
    """Return whether a text can be looked for: an address, a long number, a name of two words; "Ann" would find half the world."""
    text = value.strip()
    match kind:
        case "email":
            return "@" in text and len(text) >= SHORTEST
        case "phone":
            return sum(character.isdigit() for character in text) >= SHORTEST
        case _:
            return len(text) >= SHORTEST and len(text.split()) > 1


def searched_columns(policy: Policy) -> Iterator[tuple[MappedTable, Column, str]]:
    """Yield the columns in which people may be mentioned by others, with what is done about it: report or redact.

    They are those that the map says so of, and everything that people write.
    """
    for mapped in policy.tables():
        for column, entry in mapped.columns():
            if entry.mentions or entry.category.within(CONTENT):
                yield mapped, column, entry.mentions or "report"
