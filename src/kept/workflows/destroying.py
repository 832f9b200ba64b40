"""Destroy people's keys, so that nothing sealed for them opens again, backups included.

Or bring them back while a window is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kept.base.changes import Null
from kept.base.conditions import OneOf
from kept.base.errors import KeptError, Refused
from kept.base.names import Column
from kept.base.ports import Connector
from kept.base.questions import CountRows
from kept.base.seals import SealedBy
from kept.base.verdicts import Unknown
from kept.db import actions
from kept.policy.policy import Policy
from kept.policy.sealing import holds_over, kept_by_law, sealed_columns
from kept.vault import destruction
from kept.vault.destruction import Destroyed

from .check import policy_in_force
from .stores import with_vault
from .vaults import opened_vault

__all__ = ["Ended", "bring_back", "destroy", "kinds_of_people"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What was destroyed, in how many rows the blind index was emptied, and which indexes could not be (column and reason)."""

    destroyed: Destroyed
    unindexed: int
    left: Mapping[str, str]


def kinds_of_people(policy: Policy) -> tuple[str, ...]:
    """Return the kinds of people under whose keys something is sealed: account, contact."""
    return tuple(dict.fromkeys(by.kind for by in sealed_columns(policy).values()))


def destroy(folder: Path, subjects: Sequence[str], *, actor: str, now_and_for_good: bool = False) -> Ended:
    """Destroy the keys of these people (`account:42`), and empty the blind indexes of their rows.

    kept.toml's window, if there is one, lets them be brought back until it closes, unless `now_and_for_good`. Running it again is
    safe. Raises Refused for a kind of person that the map does not seal anything for, for people under a hold, and for those of
    whom a law keeps rows that would close with the key; KeysUnreachable, ProviderUnreachable.
    """
    policy = policy_in_force(folder)
    _refuse_unknown_kinds(policy, subjects)
    vault = opened_vault(folder, actor=actor)
    window = None if now_and_for_good else _window(policy)
    with with_vault(policy, vault) as stores:
        _refuse_kept(policy, stores, subjects)
        actions.record_vault_intent(what="destroy", people=len(set(subjects)), at=datetime.now(UTC), actor=actor)
        destroyed = destruction.destroy(vault, subjects, window=window, provider=policy.settings.vault.provider)
        actions.record_destroyed(
            keys=destroyed.ids,
            people=destroyed.people,
            why="asked",
            at=datetime.now(UTC),
            actor=actor,
            until=destroyed.until.date() if destroyed.until else None,
        )
        unindexed, left = 0, {}
        for column, change in _index_changes(sealed_columns(policy), subjects):
            try:
                unindexed += _emptied(stores[column.table.store], change)
            except KeptError as error:
                left[f"{change.table}.{change.columns[0]}"] = error.happened
    return Ended(destroyed=destroyed, unindexed=unindexed, left=left)


def bring_back(folder: Path, subjects: Sequence[str], *, actor: str) -> int:
    """Bring back people's keys whose window is still open; return how many.

    Their blind indexes come back with `kept vault seal`.
    """
    vault = opened_vault(folder, actor=actor)
    try:
        actions.record_vault_intent(what="restore", people=len(set(subjects)), at=datetime.now(UTC), actor=actor)
        keys = destruction.restore(vault, subjects)
        actions.record_restored(keys=keys, people=len(set(subjects)), at=datetime.now(UTC), actor=actor)
    finally:
        vault.close()
    return len(keys)


def _window(policy: Policy) -> timedelta | None:
    said = policy.settings.vault.window
    if said is None:
        return None
    now = datetime.now(UTC)
    return said.after(now) - now


def _refuse_unknown_kinds(policy: Policy, subjects: Iterable[str]) -> None:
    known = kinds_of_people(policy)
    for subject in subjects:
        kind, found, key = subject.partition(":")
        if not found or not key or kind not in known:
            people = " or ".join(f"{one}:KEY" for one in known) or "nobody: the map seals nothing"
            raise Refused("that does not name a person", todo=f"Write {people}, with the key from the table of people.")


def _refuse_kept(policy: Policy, stores: Mapping[str, Connector], subjects: Iterable[str]) -> None:
    """Refuse to close what must stay readable: rows under a hold, and rows that outlive their person because a law says so."""
    for kind, keys in _by_kind(subjects).items():
        held = holds_over(policy, kind, keys, datetime.now(UTC).date())
        if held:
            raise Refused(
                f"somebody of those named is under a hold: {', '.join(held)}",
                todo="Destroy the others, and these when the hold is lifted in holds.yaml.",
            )
        for column, by in kept_by_law(policy, kind).items():
            question = CountRows(table=column.table, where=OneOf(column=by.person, keys=tuple(keys)))
            rows = stores[column.table.store].answer([question]).of(question)
            if rows == 0:
                continue
            why = rows.reason if isinstance(rows, Unknown) else f"{rows:,} rows of {column.table} must stay readable"
            raise Refused(
                f"{why}, and {column} would close with the key",
                todo="Unseal that column, or have it sealed for a person of its own (`person` in the map), such as the invoice's.",
            )


def _by_kind(subjects: Iterable[str]) -> dict[str, list[str]]:
    by_kind: dict[str, list[str]] = {}
    for subject in subjects:
        kind, _, key = subject.partition(":")
        by_kind.setdefault(kind, []).append(key)
    return by_kind


def _index_changes(columns: Mapping[Column, SealedBy], subjects: Sequence[str]) -> Iterator[tuple[Column, Null]]:
    """Yield, for each blind index, the change that empties it for these people."""
    by_kind = _by_kind(subjects)
    for column, by in columns.items():
        if by.index and by.kind in by_kind:
            keys = tuple(by_kind[by.kind])
            where = OneOf(column=by.person, keys=keys)
            yield column, Null(table=column.table, columns=(by.index,), where=where, rows=MANY)


MANY = 2**31
"""More rows than a person has: how many go is counted, not planned."""


def _emptied(connector: Connector, change: Null) -> int:
    return connector.perform(change).rows
