"""Find out who an account is in the stores: by the addresses that proved to be its owner's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from kept.base.errors import Refused
from kept.base.names import Column
from kept.base.personal import Personal
from kept.base.ports import Progress, Selection
from kept.base.seals import subject_of
from kept.db.access.addresses import addressed
from kept.db.actions.accounts import link_subject
from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy
from kept.policy.taxonomy import Category
from kept.workflows.check import clock, load_policy
from kept.workflows.finding import Stores, opened_stores

__all__ = ["run"]

EMAIL = Category(key="user.contact.email")
ENOUGH = 2
"""Two people are several; nobody needs to know how many more there are."""


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return what came of it as `found`: one (and the account is that person now), none, several, taken, or no-address.

    `wanted` is `{"account": "the account's reference"}`. Tables whose people have no other table's row behind them are looked
    through first; only where nobody is there, those whose rows are tied to such people (a newsletter, customer relations).
    Raises what stands in the way of looking: who could not be looked for everywhere is not taken to be nobody.
    """
    account = addressed(str(wanted.get("account", "")))
    if account.subject:
        return {"found": "one", "columns": 0}
    if not account.addresses:
        return {"found": "no-address", "columns": 0}
    policy = load_policy(folder)
    looked = 0
    with opened_stores(policy, folder, actor) as stores:
        for tables in _ranks(policy):
            people: set[str] = set()
            for mapped, column in _columns(tables):
                progress(str(column.table), looked, None)
                people |= set(_people(stores, mapped, column, account.addresses))
                looked += 1
            if people:
                return {"found": _linked(account.account, people), "columns": looked}
    return {"found": "none", "columns": looked}


def _linked(account: int, people: set[str]) -> str:
    if len(people) > 1:
        return "several"
    try:
        link_subject(account=account, subject=next(iter(people)), how="address", at=clock())
    except Refused:
        return "taken"
    return "one"


def _ranks(policy: Policy) -> Iterator[list[MappedTable]]:
    """Yield the tables of people: those that stand by themselves, then those whose rows are tied to people of another table."""
    homes = [mapped for mapped in policy.tables() if mapped.map.subject is not None]
    tables = {mapped.table for mapped in homes}
    tied = [mapped for mapped in homes if any(link.to.table in tables - {mapped.table} for link in mapped.map.links)]
    yield [mapped for mapped in homes if mapped not in tied]
    yield tied


def _columns(tables: list[MappedTable]) -> Iterator[tuple[MappedTable, Column]]:
    for mapped in tables:
        for column, entry in mapped.columns():
            if entry.category.within(EMAIL):
                yield mapped, column


def _people(stores: Stores, mapped: MappedTable, column: Column, addresses: tuple[Personal[str], ...]) -> Iterator[str]:
    own = mapped.map.subject
    if own is None:
        return
    where = stores.holding(column, addresses)
    for row in islice(stores.read(Selection(table=mapped.table, columns=(own.key,), where=where)), ENOUGH):
        yield subject_of(own.kind, row[own.key].reveal())
