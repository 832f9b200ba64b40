"""Only the declared categories are held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.questions import Answers, Question
from kept.base.verdicts import Broken, Kept, Verdict
from kept.policy.datamap import MappedTable
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_stores, count, in_days, listed

__all__ = ["Categories", "Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Only the categories of personal data that the clause names are held.

    Every mapped field carries a Fideslang data category. The promise is broken while a field's category is none of the allowed
    ones and lies below none of them. Columns that the map does not name are the business of `documented`.

    Remedy: an obligation to drop or coarsen the field, or to change the policy before holding more.
    """

    code: ClassVar[str] = "categories"
    title: ClassVar[str] = "Only the declared categories are held"
    law: ClassVar[str] = "GDPR Art. 5(1)(c), Art. 13(1)"

    allowed: Annotated[tuple[Category, ...], Doc("The allowed Fideslang categories; each allows everything below it.")]
    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[Categories]:
        """Yield one promise a store."""
        for store in chosen_stores(scope.policy, self.stores):
            yield Categories(of=store, tables=tuple(scope.policy.tables(store)), allowed=self.allowed, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """That one store's map stays within the allowed categories."""

    of: str
    tables: tuple[MappedTable, ...]
    allowed: tuple[Category, ...]
    owner: str

    @property
    def about(self) -> str:
        """The store."""
        return self.of

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask nothing: the map knows."""
        return []

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a field outside the allowed categories."""
        fields = [(column, entry.category) for mapped in self.tables for column, entry in mapped.columns()]
        outside = [f"{column} ({category})" for column, category in fields if not self._allows(category)]
        if not outside:
            within = count(len(self.allowed), "allowed category", "allowed categories")
            return Kept(evidence=f"{count(len(fields), 'field')} of {self.of} lie within {within}")
        reason = f"{count(len(outside), 'field')} outside the allowed categories: {listed(outside)}"
        todo = Obligation(
            title=f"Drop, coarsen or declare {listed(outside)}",
            owner=self.owner,
            due=in_days(now, 30),
            evidence="the promise is kept",
        )
        return Broken(reason=reason, remedies=(todo,))

    def _allows(self, category: Category) -> bool:
        return any(category.within(allowed) for allowed in self.allowed) or category.key.split(".")[0] == "system"
