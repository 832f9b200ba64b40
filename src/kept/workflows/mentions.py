"""People in other people's texts: what they are known by is gathered before their rows go, and looked for afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kept.base.changes import Forget
from kept.base.conditions import Condition, Everything, Mentions, Not
from kept.base.names import Column
from kept.base.personal import Personal
from kept.base.questions import CountRows
from kept.planning.erasing import untouched
from kept.planning.identifiers import searched_columns, telling_columns, worth_searching
from kept.planning.reached import Reached
from kept.policy.datamap import MappedTable
from kept.policy.keeping import Keeping, all_of

from .world import World

__all__ = ["MOST_WORDS", "forget_mentions", "identifiers_of"]

MOST_WORDS: Final = 50_000
"""How many words are looked for at most; a batch of a thousand people has some three thousand."""


def identifiers_of(world: World, found: Reached, before: Sequence[Sequence[str]] | None) -> list[list[str]]:
    """Return what these people are known by, each as kind and text: what is in their rows now, and what was known before.

    Raises SourceError.
    """
    known: dict[tuple[str, str], None] = dict.fromkeys((kind, text) for kind, text in before or ())
    for selection, columns in telling_columns(found):
        for row in world.stores().read(selection):
            for name, kind in columns:
                value = row[name].reveal()
                if isinstance(value, str) and worth_searching(kind, value) and len(known) < MOST_WORDS:
                    known[kind, value.strip()] = None
    return [[kind, text] for kind, text in known]


def forget_mentions(world: World, words: Sequence[Sequence[str]]) -> Mapping[str, Any]:
    """Look for people in the texts of others, and redact them where the map says so; return, by column, how many rows had them.

    What is only to be reported is counted. Raises SourceError where a store does not say.
    """
    wanted = tuple(Personal(text) for _, text in words)
    seen: dict[str, Any] = {}
    columns = list(searched_columns(world.policy)) if wanted else []
    counted = world.counts([_question(column, wanted) for _, column, _ in columns])
    for (mapped, column, rule), rows in zip(columns, counted, strict=True):
        if not rows:
            continue
        where = _free(world, mapped, Mentions(column=column.name, words=wanted)) if rule == "redact" else None
        if where is not None:
            change = Forget(table=column.table, column=column.name, words=wanted, where=where)
            world.change(column.table.store, [change])
            left = world.rows(_question(column, wanted))
            seen[str(column)] = {"rows": rows, "redacted": rows - left, "left": left}
        else:
            seen[str(column)] = {"rows": rows, "redacted": 0, "left": rows}
    return seen


def _free(world: World, mapped: MappedTable, where: Condition) -> Condition | None:
    """Return those of the rows that no hold and no law wants untouched; None where that is none of them."""
    schema = world.schemas()[mapped.table.store]
    stays = untouched(Keeping(policy=world.policy, schema=schema, now=world.now()), mapped)
    if isinstance(stays, Everything):
        return None
    return where if stays is None else all_of(where, Not(what=stays))


def _question(column: Column, words: tuple[Personal[str], ...]) -> CountRows:
    return CountRows(table=column.table, where=Mentions(column=column.name, words=words))
