"""What ends with an erased person beside their rows: the key that sealed their data, and their coming back unnoticed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from kept.base.changes import DeleteRows
from kept.base.errors import SourceError
from kept.db import actions
from kept.planning.erasing import Erasing
from kept.planning.reached import Reached
from kept.policy.sealing import sealed_columns
from kept.vault import destruction

from .leaving import Staying
from .world import Looks, World

__all__ = ["destroy_keys", "remember_people", "window_of"]


def destroy_keys(world: World, found: Reached, left: Sequence[Staying]) -> dict[str, int | str]:
    """Destroy the keys of everybody who was reached. Keys that rows need which stay for now go with those rows.

    Returns what is told of it: `keys`, how many, and with a window `keys_until`, the day (ISO) until which they can come back.
    Raises SourceError where the vault cannot be opened, KeysUnreachable, ProviderUnreachable.
    """
    kinds = {by.kind for by in sealed_columns(found.policy).values()}
    needed = {one.person for one in left if one.sealed}
    subjects = [person for person, asked in found.people.items() if person.partition(":")[0] in kinds and asked not in needed]
    if not subjects:
        return {"keys": 0}
    vault = world.stores().vault
    if vault is None:
        raise SourceError(
            "the vault cannot be opened, so the keys of people who are erased cannot be destroyed",
            store="vault",
            todo="Open it; `kept vault status` says what stands in the way.",
        )
    now, actor = world.now(), world.actor
    actions.record_vault_intent(what="destroy", people=len(subjects), at=now, actor=actor)
    provider = found.policy.settings.vault.provider
    destroyed = destruction.destroy(vault, subjects, window=window_of(world), provider=provider)
    until = destroyed.until.date() if destroyed.until else None
    actions.record_destroyed(keys=destroyed.ids, people=destroyed.people, why="asked", at=world.now(), actor=actor, until=until)
    told: dict[str, int | str] = {"keys": destroyed.keys}
    return told if until is None or not destroyed.keys else {**told, "keys_until": until.isoformat()}


def window_of(world: World) -> timedelta | None:
    """Return how long destroyed keys can be brought back, None where not at all."""
    said = world.settings.vault.window
    now = world.now()
    return None if said is None else said.after(now) - now


def remember_people(world: World, found: Reached, plan: Erasing) -> None:
    """Before people's own rows go, keep a keyed hash of each key, by which one who comes back is noticed; of rows that stay, none.

    Raises SourceError.
    """
    looks = Looks(stores=world.stores())
    for change in (change for changes in plan.changes.values() for change in changes if isinstance(change, DeleteRows)):
        mapped = found.policy.table(change.table)
        if mapped is None or mapped.map.subject is None:
            continue
        column = mapped.table.column(mapped.map.subject.key)
        if keys := [str(key) for (key,) in looks.values(mapped.table, (column.name,), change.where) if key is not None]:
            actions.add_tombstones(column=column, values=keys, at=world.now(), actor=world.actor)
