"""Network addresses are held only coarsely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Coarsen, Redact, Remedy
from kept.base.conditions import Everything, Uncoarse
from kept.base.names import Column
from kept.base.questions import Answers, CountRows, Look, Looked, Question
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import FieldMap
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_tables, count

__all__ = ["CoarseNetwork", "Terms"]

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

    def bind(self, scope: Scope) -> Iterator[CoarseNetwork]:
        """Yield one promise a field that may hold an address."""
        for mapped in chosen_tables(scope.policy, stores=self.stores):
            sample = scope.policy.settings.stores[mapped.table.store].sample or None
            for column, entry in mapped.columns():
                if not any(entry.category.within(content) for content in CONTENT):
                    yield CoarseNetwork(column=column, entry=entry, sample=sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseNetwork:
    """That one field holds no full address."""

    column: Column
    entry: FieldMap
    sample: int | None

    @property
    def about(self) -> str:
        """The column."""
        return str(self.column)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for every full value where coarseness was promised, for a look elsewhere."""
        return [self._full()] if self.entry.coarse else [self._look()]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single full value."""
        if self.entry.coarse:
            return self._judge_coarse(answers)
        match answers.of(self._look()):
            case Unknown() as unknown:
                return unknown
            case Looked() as looked:
                return self._judge_look(looked)

    def _judge_coarse(self, answers: Answers) -> Verdict:
        match answers.of(self._full()):
            case Unknown() as unknown:
                return unknown
            case 0:
                return Kept(evidence=f"every value of {self.column} is coarse")
            case rows:
                change = Coarsen(
                    table=self.column.table, column=self.column.name, kind=self.entry.coarse, where=Everything(), rows=rows
                )
                return Broken(reason=f"{count(rows, 'value')} of {self.column} are not coarse", remedies=(change,))

    def _judge_look(self, looked: Looked) -> Verdict:
        found = tuple(kind for kind in KINDS if looked.count(kind))
        if not found:
            return Kept(
                evidence=f"no address in {count(looked.looked, 'value')} of {self.column} looked at, of {looked.rows:,} rows"
            )
        hits = " and ".join(f"{count(looked.count(kind), 'value')} with {NAMES[kind]}" for kind in found)
        change: Remedy = Redact(table=self.column.table, column=self.column.name, kinds=found, where=Everything(), rows=looked.rows)
        return Broken(reason=f"{hits} in {looked.looked:,} of {self.column} looked at", remedies=(change,))

    def _full(self) -> CountRows:
        return CountRows(table=self.column.table, where=Uncoarse(column=self.column.name, kind=self.entry.coarse))

    def _look(self) -> Look:
        return Look(column=self.column, kinds=KINDS, sample=self.sample)


NAMES = {"ip": "a full network address", "user-agent": "a raw User-Agent"}
