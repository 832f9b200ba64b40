"""Rectify: what staff confirmed is written into the person's rows, and read again (GDPR Art. 16)."""

from __future__ import annotations

from typing import Any

from kept.base.changes import Rectify
from kept.base.conditions import Condition
from kept.base.errors import Refused, SourceError
from kept.base.names import Column
from kept.base.personal import Personal
from kept.base.ports import Selection
from kept.db.access.cases import Case
from kept.db.actions.request_steps import Held
from kept.policy.keeping import any_of
from kept.workflows.outcomes import Done, Outcome
from kept.workflows.world import World

__all__ = ["run"]


def run(case: Case, world: World, held: Held) -> Outcome:
    """Write each new value into its column in the person's own rows, one transaction a store; then look at what stands there."""
    changes = case.said.get("changes", [])
    if not case.subject or not changes:
        return Done(told={"rows": 0})
    found = world.follow(case.subject, erasing=False)
    by_store: dict[str, list[Rectify]] = {}
    for one in changes:
        column = Column.parse(str(one["column"]))
        mapped = world.policy.table(column.table)
        ways = [way.where for way in found.ways(mapped, accessed=False)] if mapped is not None else []
        if mapped is None or column.name not in mapped.map.fields or not ways:
            raise Refused(f"{column} is no column of this person's that the map knows", todo="Correct the request, or refuse it.")
        change = Rectify(table=column.table, column=column.name, value=Personal(one["value"]), where=any_of(*ways))
        by_store.setdefault(column.table.store, []).append(change)
    rows = 0
    for store, several in by_store.items():
        rows += world.change(store, several)
        for change in several:
            _look(world, change.table.column(change.column), change.where, change.value.reveal())
    return Done(told={"rows": rows, "columns": len(changes)})


def _look(world: World, column: Column, where: Condition, value: Any) -> None:
    """Read what was written. Raises SourceError where something else stands there."""
    for row in world.stores().read(Selection(table=column.table, columns=(column.name,), where=where)):
        if str(row[column.name].reveal()) != str(value) and (row[column.name].reveal(), value) != (None, None):
            raise SourceError(
                f"{column} does not hold what was written into it",
                store=column.table.store,
                todo="Something writes it back; Kept tries again.",
            )
