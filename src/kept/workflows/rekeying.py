"""Rekey: one person's data under a new key, and the old key destroyed once nothing stands under it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kept.base.changes import SealColumn
from kept.base.conditions import AllOf, Equals, SealIs
from kept.base.errors import Refused
from kept.base.names import Column
from kept.base.ports import Connector, Progress, silent
from kept.base.questions import CountRows
from kept.base.seals import SealedBy, SealState
from kept.base.verdicts import Unknown
from kept.db import actions
from kept.policy.sealing import sealed_columns
from kept.vault.destruction import end_rekey
from kept.vault.destruction import rekey as begin_rekey
from kept.vault.vault import LOOK_SECONDS

from .applying import alone
from .check import policy_in_force
from .stores import with_vault
from .vaults import opened_vault

__all__ = ["Rekeyed", "rekey"]

BOTH_STAY = "the new key is in use, the old one stays readable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """What was done: rows sealed anew by this call, columns that were looked at, and how many old keys were destroyed."""

    rows: int
    columns: int
    old: int


def rekey(folder: Path, subject: str, *, actor: str, files_done: bool = False, progress: Progress = silent) -> Rekeyed:
    """Seal everything of one person (`account:42`) under a new key, and destroy the old one. Run again, it finishes what is left.

    The old key is destroyed only when every sealed column of the map was asked and nothing stands under it. Raises Refused while a
    store cannot be asked, or where files were sealed under it and `files_done` is not said; then both keys stay.
    """
    policy = policy_in_force(folder)
    kind, _, person = subject.partition(":")
    columns = {column: by for column, by in sealed_columns(policy).items() if by.kind == kind}
    if not columns or not person:
        raise Refused(
            "that does not name a person something is sealed for", todo="Write account:42, with the map's kind of person."
        )
    vault = opened_vault(folder, actor=actor)
    with alone(folder), with_vault(policy, vault) as stores:
        actions.record_vault_intent(what="rekey", people=1, at=datetime.now(UTC), actor=actor)
        begin_rekey(vault, subject)
        time.sleep(2 * LOOK_SECONDS)  # others seal under the new key from then on, and have written what they sealed before
        rows = sum(_sealed_anew(stores[column.table.store], column, by, person, progress) for column, by in columns.items())
        _refuse_left(stores, columns, person)
        old = end_rekey(vault, subject, files_done=files_done)
        at = datetime.now(UTC)
        actions.record_destroyed(keys=old, people=1, why="rekeyed", at=at, actor=actor)
        actions.record_rekeyed(rows=rows, columns=len(columns), old=len(old), at=at, actor=actor)
    return Rekeyed(rows=rows, columns=len(columns), old=len(old))


def _sealed_anew(connector: Connector, column: Column, by: SealedBy, person: str, progress: Progress) -> int:
    of_person = Equals(column=by.person, value=person)
    todo = SealIs(column=column.name, states=(SealState.PLAIN, SealState.OLD))
    counted = _count(connector, CountRows(table=column.table, where=AllOf(parts=(of_person, todo))))
    if not counted:
        connector.make_anew([column.table])  # a call that was killed may have sealed the last value and come no further
        return 0
    change = SealColumn(table=column.table, column=column.name, where=of_person, rows=counted)
    return connector.perform(change, progress=progress).rows


def _refuse_left(stores: Mapping[str, Connector], columns: Mapping[Column, SealedBy], person: str) -> None:
    """Raise Refused while a value stands under the old key."""
    for column, by in columns.items():
        old = SealIs(column=column.name, states=(SealState.PLAIN, SealState.OLD))
        where = AllOf(parts=(Equals(column=by.person, value=person), old))
        if _count(stores[column.table.store], CountRows(table=column.table, where=where)):
            raise Refused(f"values of {column} are still under the old key", changed=BOTH_STAY, todo="Run the command again.")


def _count(connector: Connector, question: CountRows) -> int:
    match connector.answer([question]).of(question):
        case Unknown(reason=reason, todo=todo):
            raise Refused(
                f"not everything of this person can be reached: {reason}", changed=BOTH_STAY, todo=todo or "Then run it again."
            )
        case rows:
            return rows
