"""Network addresses are held only coarsely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Coarsen, Redact, Remedy
from kept.base.conditions import Everything, Uncoarse
from kept.base.names import Column, Table
from kept.base.questions import Answers, CountRows, Look, Looked, Question, ReadSchema, Schema
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_tables, count, listed

__all__ = ["Coarse", "NoAddresses", "Terms"]

KINDS = ("ip", "user-agent")
CONTENT = (Category(key="user.content"),)
"""What people write themselves may speak of addresses; it is not the company that holds those coarsely or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No full network address and no raw User-Agent is held.

    IPv4 addresses are held as their /24, IPv6 addresses as their /48, and a User-Agent as the families of browser and system.
    Fields that the map marks `coarse` are looked at value by value, every row; other mapped fields, content that people write
    aside, are sampled. The promise is broken by a single full value.

    Remedy: coarsens the column in place, or redacts the addresses found inside longer texts.
    """

    code: ClassVar[str] = "coarse-network"
    title: ClassVar[str] = "Network addresses are held only coarsely"
    law: ClassVar[str] = "GDPR Art. 5(1)(c)"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[Coarse | NoAddresses]:
        """Yield one promise for each field promised coarse, and one a table for its other fields."""
        for mapped in chosen_tables(scope.policy, stores=self.stores):
            sample = scope.policy.settings.stores[mapped.table.store].sample or None
            others = []
            for column, entry in mapped.columns():
                if entry.coarse:
                    yield Coarse(column=column, kind=entry.coarse)
                elif not any(entry.category.within(content) for content in CONTENT):
                    others.append(column)
            if others:
                yield NoAddresses(table=mapped.table, columns=tuple(others), sample=sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coarse:
    """That every value of one field is coarse."""

    column: Column
    kind: str

    @property
    def about(self) -> str:
        """The column."""
        return str(self.column)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for one number: the values that are not coarse."""
        return [self._full()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single full value."""
        match answers.of(self._full()):
            case Unknown() as unknown:
                return unknown
            case 0:
                return Kept(evidence=f"every value of {self.column} is coarse")
            case rows:
                change = Coarsen(table=self.column.table, column=self.column.name, kind=self.kind, where=Everything(), rows=rows)
                return Broken(
                    reason=f"{count(rows, 'value')} of {self.column} {'is' if rows == 1 else 'are'} not coarse", remedies=(change,)
                )

    def _full(self) -> CountRows:
        return CountRows(table=self.column.table, where=Uncoarse(column=self.column.name, kind=self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAddresses:
    """That the other fields of one table hold no address and no raw User-Agent."""

    table: Table
    columns: tuple[Column, ...]
    sample: int | None

    @property
    def about(self) -> str:
        """The table."""
        return str(self.table)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for the schema, then for a look at each field that can hold text."""
        schema = ReadSchema(of=self.table.store)
        return [schema, *self._looks(answers)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single address."""
        if isinstance(read := answers.of(ReadSchema(of=self.table.store)), Unknown):
            return read
        found: list[str] = []
        remedies: list[Remedy] = []
        unseen: list[Unknown] = []
        seen = 0
        for look in self._looks(answers):
            match answers.of(look):
                case Unknown() as unknown:
                    unseen.append(unknown)
                    continue
                case Looked() as looked:
                    seen += looked.looked
                    hits = tuple(kind for kind in KINDS if looked.count(kind))
            if hits:
                found.append(f"{' and '.join(count(looked.count(kind), *NAMES[kind]) for kind in hits)} in {look.column}")
                remedies.append(Redact(table=self.table, column=look.column.name, kinds=hits, where=Everything(), rows=looked.rows))
        if found:
            return Broken(reason=f"{listed(found)}, of {count(seen, 'value')} looked at", remedies=tuple(remedies))
        if unseen:
            return unseen[0]
        return Kept(evidence=f"no address in {count(seen, 'value')} looked at in {self.table}")

    def _looks(self, answers: Answers) -> list[Look]:
        match answers.of(ReadSchema(of=self.table.store)):
            case Unknown():
                return []
            case Schema() as schema:
                info = schema.table(self.table)
        return [
            Look(column=column, kinds=KINDS, sample=self.sample)
            for column in self.columns
            if info is None or (described := info.column(column.name)) is None or described.type not in NUMBERS
        ]


NAMES = {"ip": ("full address", "full addresses"), "user-agent": ("raw User-Agent", "raw User-Agents")}
NUMBERS = ("integer", "decimal", "boolean", "date", "timestamp", "time", "uuid")
