"""Finding rows by what a column holds, sealed columns by their blind index. Values pass through and are never kept or told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from kept.base.conditions import AnyOf, Condition, Folded, Key, OneOf
from kept.base.errors import CannotAnswer, KeptError, SourceError
from kept.base.names import Column
from kept.base.personal import Personal
from kept.base.ports import Connector, Selection
from kept.policy.policy import Policy
from kept.policy.sealing import sealed_columns
from kept.vault.blind import made_equal
from kept.vault.vault import Vault

from .stores import opened, with_vault
from .vaults import opened_vault

__all__ = ["MOST_CARRIED", "Stores", "opened_stores"]

LISTED = 500
"""How many addresses are looked for in one question."""
MOST_CARRIED = 10_000
"""How many values are carried from one column to another; one person has no more addresses than that."""
EMAIL = "user.contact.email"
NAME_INDEX = "Name its `index` in the map."
OPEN_VAULT = "Open the vault; `kept vault status` says what stands in the way."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The stores of a policy, open, and the vault where there is one."""

    policy: Policy
    connectors: Mapping[str, Connector]
    vault: Vault | None

    def holding(self, column: Column, values: Iterable[Personal[Any]]) -> Condition:
        """Return which rows hold one of these values in a column.

        A sealed one is looked up by its blind index, and by itself as well, for rows that are not sealed yet. Raises CannotAnswer
        where there is no index, or no vault to make its values with.
        """
        plain = [value.reveal() for value in values]
        as_it_is = OneOf(column=column.name, keys=_each([*plain, *self._forms(column, plain)]))
        by = sealed_columns(self.policy).get(column)
        if by is None:
            return as_it_is
        if not by.index:
            raise CannotAnswer(f"{column} has no blind index to find values by", store=column.table.store, todo=NAME_INDEX)
        if self.vault is None:
            raise CannotAnswer(f"{column} cannot be searched without the vault", store=column.table.store, todo=OPEN_VAULT)
        index = self.vault.index(by.place, by.match)
        return AnyOf(parts=(OneOf(column=by.index, keys=_each(index.of(str(one)) for one in plain)), as_it_is))

    def carry(self, here: Column, there: Column, where: Condition) -> Condition:
        """Return which rows hold, in `here`, what `there` holds in the rows that meet `where`; see `planning.belonging.Carry`."""
        rows = self.read(Selection(table=there.table, columns=(there.name,), where=where))
        found = [row[there.name] for row in islice(rows, MOST_CARRIED + 1)]
        if len(found) > MOST_CARRIED:
            happened = f"{there} holds more than {MOST_CARRIED:,} values of one person"
            raise CannotAnswer(happened, store=there.table.store, todo="Let the map link the rows by the person's key.")
        return self.holding(here, [value for value in found if value.reveal() not in (None, "")])

    def read(self, selection: Selection) -> Iterator[Mapping[str, Personal[Any]]]:
        """Yield rows. Raises SourceError."""
        connector = self.connectors.get(selection.table.store)
        if connector is None:
            happened = f'there is no store "{selection.table.store}" in kept.toml'
            raise SourceError(happened, store=selection.table.store, todo="Add it there.")
        return connector.read(selection)

    def _forms(self, column: Column, values: Sequence[Key]) -> Iterator[Key]:
        """Yield how addresses stand in a column, in whichever letter case; nothing for other columns.

        The store is asked once which it has, so that rows are then found by what they hold, with an index and without.
        """
        mapped = self.policy.table(column.table)
        entry = mapped.map.fields.get(column.name) if mapped else None
        if entry is None or entry.category.key != EMAIL:
            return
        alike = _each(form for one in values if isinstance(one, str) for form in (one.lower(), made_equal("email", one)))
        yield from alike
        for at in range(0, len(alike), LISTED):
            where = Folded(column=column.name, keys=tuple(str(one) for one in alike[at : at + LISTED]))
            for row in self.read(Selection(table=column.table, columns=(column.name,), where=where)):
                if isinstance(held := row[column.name].reveal(), str):
                    yield held


def _each(keys: Iterable[Key]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(keys))


@contextmanager
def opened_stores(policy: Policy, folder: Path, actor: str) -> Iterator[Stores]:
    """Yield the stores with the vault, or without it where it cannot be opened; close them afterwards."""
    try:
        vault = opened_vault(folder, actor=actor)
    except KeptError:
        with opened(policy, folder, actor) as connectors:
            yield Stores(policy=policy, connectors=connectors, vault=None)
        return
    with with_vault(policy, vault) as connectors:
        yield Stores(policy=policy, connectors=connectors, vault=vault)
