"""A policy as a whole, once every file of the privacy folder has been read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from kept.base.names import Table

from .clauses import Bound, Clause
from .datamap import MappedTable, StoreMap, table_of
from .holds import Hold
from .processors import Processor
from .purposes import Purpose
from .settings import Settings

__all__ = ["Coverage", "Policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the prose is bound to a promise."""

    clauses: int
    promised: int
    without: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything a privacy folder says. `digest` is the SHA-256 (hex) over its files, which plans are checked against."""

    title: str
    version: str
    effective: date
    clauses: tuple[Clause, ...]
    bound: tuple[Bound, ...]
    purposes: Mapping[str, Purpose]
    stores: Mapping[str, StoreMap]
    settings: Settings
    digest: str
    holds: Mapping[str, Hold] = field(default_factory=dict)
    processors: Mapping[str, Processor] = field(default_factory=dict)
    introduction: str = ""
    """The prose before the first clause."""

    def tables(self, store: str | None = None) -> Iterator[MappedTable]:
        """Yield every mapped table, of one store or of all."""
        for name, mapped in self.stores.items():
            if store in (None, name):
                for local, entry in mapped.tables.items():
                    yield MappedTable(table=table_of(name, local), map=entry, region=mapped.region)

    def table(self, table: Table) -> MappedTable | None:
        """Return the map's entry for a table, or None."""
        return next((found for found in self.tables(table.store) if found.table == table), None)

    def coverage(self) -> Coverage:
        """Count the clauses that are bound to a promise, and name those that are not."""
        bound = {binding.clause for binding in self.bound}
        without = tuple(clause for clause in self.clauses if clause.id not in bound)
        return Coverage(clauses=len(self.clauses), promised=len(self.clauses) - len(without), without=without)
