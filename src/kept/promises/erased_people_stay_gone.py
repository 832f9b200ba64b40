"""People who were erased do not come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.erased import ErasedList
from kept.base.names import Column
from kept.base.questions import Answers, CountReturned
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import MappedTable

from .promise import Scope, chosen_stores, count, in_days

__all__ = ["ErasedPeopleStayGone", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """People who were erased are not in the stores again: not by a restored backup, a late replica or an import.

    Kept remembers each erased person as a keyed hash of their key (it cannot tell who they were) and looks for them in the
    table where they lived and in every table whose rows should have gone with them. `kept apply` adds the people it deletes;
    `kept import erased` adds people who were erased before Kept came.

    Remedy: an obligation to erase them again, because the hashes do not say which rows they are until they are looked for.
    """

    code: ClassVar[str] = "erased-people-stay-gone"
    title: ClassVar[str] = "People who were erased do not come back"
    law: ClassVar[str] = "GDPR Art. 17(1)"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[ErasedPeopleStayGone]:
        """Yield one promise a table of people."""
        for store in chosen_stores(scope.policy, self.stores):
            for mapped in scope.policy.tables(store):
                if mapped.map.subject is not None:
                    home = mapped.table.column(mapped.map.subject.key)
                    erased = scope.erased.get(home) or ErasedList(b"")
                    linked = tuple(_linked(scope.policy.tables(), home))
                    yield ErasedPeopleStayGone(home=home, linked=linked, erased=erased, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPeopleStayGone:
    """That nobody who was erased from one table is in it, or linked to, again."""

    home: Column
    linked: tuple[Column, ...]
    erased: ErasedList
    owner: str

    @property
    def about(self) -> str:
        """The column that holds people's keys."""
        return str(self.home)

    def questions(self, now: datetime, answers: Answers) -> Sequence[CountReturned]:
        """Ask each column that may hold a person's key for the number of rows that carry an erased one."""
        return [CountReturned(column=column, erased=self.erased) for column in (self.home, *self.linked)] if self.erased else []

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single row."""
        returned: list[str] = []
        unseen: list[Unknown] = []
        for question in self.questions(now, answers):
            match answers.of(question):
                case Unknown() as unknown:
                    unseen.append(unknown)
                case 0:
                    pass
                case rows:
                    returned.append(f"{count(rows, 'row')} in {question.column}")
        if returned:
            title = f"Erase again: {', '.join(returned)}"
            todo = Obligation(title=title, owner=self.owner, due=in_days(now, 7), evidence="the promise is kept")
            return Broken(reason=f"erased people are back: {', '.join(returned)}", remedies=(todo,))
        if unseen:
            return unseen[0]
        return Kept(evidence=f"none of {count(len(self.erased), 'erased person', 'erased people')} is in {self.home} again")


def _linked(tables: Iterator[MappedTable], home: Column) -> Iterator[Column]:
    """Yield the columns that tie rows to a person; rows that stay by the map's own word (kept by law, anonymised) are left out."""
    for mapped in tables:
        if mapped.map.erasure == "delete":
            yield from (mapped.table.column(link.column) for link in mapped.map.links if link.to == home and link.kind == "owned")
