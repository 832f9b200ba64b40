"""Special-category data is held only where a person gave it explicitly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation, Redact, Remedy
from kept.base.conditions import AllOf, AnyOf, Condition, Equals, Everything, Finds, Missing
from kept.base.names import Column
from kept.base.questions import Answers, CountRows, Look, Looked, Question, ReadSchema, Schema
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.detectors.registry import detectors
from kept.policy.datamap import FieldMap
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_tables, count, in_days

__all__ = ["SpecialCategories", "Terms"]

SPECIAL = tuple(Category(key=key) for key in ("user.health_and_medical", "user.biometric", "user.genetic", "user.criminal_history"))
NOT_PROSE = tuple(
    Category(key=key)
    for key in (
        "user.account",
        "user.authorization",
        "user.contact",
        "user.device",
        "user.financial",
        "user.government_id",
        "user.location",
        "user.name",
        "user.payment",
        "user.telemetry",
        "user.unique_id",
        "system",
    )
)
"""Categories whose values are names, codes and numbers, in which no confession of faith or illness is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Special-category data (GDPR Art. 9) is held only where an enabled feature needs it and the person gave it explicitly.

    Fields in which people write prose are looked at for words on health, religion, politics, union membership, sexuality,
    biometrics, genetics, race or ethnicity, and criminal matters. A field that may hold them says so in the map (`special`: the
    feature, and the column that records the grant); the promise is broken by a row with such content and no grant, and by a
    field of such a category that the map does not declare `special`.

    The detectors work by words and their context: they miss what is only implied and can take a harmless sentence for a
    confession, which is why the remedy shows masked samples before anything is redacted.

    Remedy: redacts the passages.
    """

    code: ClassVar[str] = "special-categories"
    title: ClassVar[str] = "Special-category data is held only by explicit grant"
    law: ClassVar[str] = "GDPR Art. 9"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[SpecialCategories]:
        """Yield one promise a field in which people write, or whose category is special by itself."""
        for mapped in chosen_tables(scope.policy, stores=self.stores):
            sample = scope.policy.settings.stores[mapped.table.store].sample or None
            for column, entry in mapped.columns():
                if not any(entry.category.within(plain) for plain in NOT_PROSE):
                    yield SpecialCategories(column=column, entry=entry, sample=sample, owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialCategories:
    """That one field holds no special category without a grant."""

    column: Column
    entry: FieldMap
    sample: int | None
    owner: str

    @property
    def about(self) -> str:
        """The column."""
        return str(self.column)

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for a look, or, where a grant is recorded, for every row with a finding and no grant."""
        if self.entry.special is None:
            return [self._look()]
        schema = ReadSchema(of=self.column.table.store)
        return [schema] if self._ungranted(answers) is None else [schema, self._count(answers)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single finding without a grant."""
        if self.entry.special is not None:
            return self._judge_granted(answers)
        if any(self.entry.category.within(special) for special in SPECIAL):
            title = f"Declare in the map which feature needs {self.column} and what records the grant"
            todo = Obligation(title=title, owner=self.owner, due=in_days(now, 14), evidence="the map's entry")
            return Broken(reason=f"{self.column} is of a special category and declares no grant", remedies=(todo,))
        match answers.of(self._look()):
            case Unknown() as unknown:
                return unknown
            case Looked() as looked:
                return self._judge_look(looked)

    def _judge_look(self, looked: Looked) -> Verdict:
        found = tuple(kind for kind in kinds() if looked.count(kind))
        if not found:
            seen = count(looked.looked, "value")
            return Kept(evidence=f"nothing special in {seen} of {self.column} looked at, of {looked.rows:,} rows")
        hits = ", ".join(f"{kind} in {looked.count(kind):,}" for kind in found)
        change: Remedy = self._redact(found, Everything(), looked.rows)
        return Broken(reason=f"{hits} of {count(looked.looked, 'value')} of {self.column} looked at", remedies=(change,))

    def _judge_granted(self, answers: Answers) -> Verdict:
        where = self._ungranted(answers)
        match answers.of(self._count(answers)):
            case Unknown() as unknown:
                return unknown
            case 0:
                return Kept(evidence=f"every special value of {self.column} has a grant")
            case rows:
                assert where is not None
                reason = f"{count(rows, 'row')} of {self.column} with special content and no grant"
                return Broken(reason=reason, remedies=(self._redact(kinds(), where, rows),))

    def _redact(self, found: tuple[str, ...], where: Condition, rows: int) -> Redact:
        return Redact(table=self.column.table, column=self.column.name, kinds=found, where=where, rows=rows)

    def _look(self) -> Look:
        return Look(column=self.column, kinds=kinds(), sample=self.sample)

    def _count(self, answers: Answers) -> CountRows:
        found = Finds(column=self.column.name, kinds=kinds())
        return CountRows(table=self.column.table, where=AllOf(parts=(self._ungranted(answers) or Everything(), found)))

    def _ungranted(self, answers: Answers) -> Condition | None:
        """Return which rows have no grant (missing, or not a yes); None until the schema is known."""
        assert self.entry.special is not None
        grant = self.entry.special.grant
        match answers.of(ReadSchema(of=self.column.table.store)):
            case Schema() as schema:
                info = schema.table(self.column.table)
                column = info.column(grant) if info else None
            case Unknown():
                return None
        missing = Missing(column=grant)
        if column is not None and column.type in ("boolean", "integer"):
            return AnyOf(parts=(missing, Equals(column=grant, value=0 if column.type == "integer" else False)))
        return missing


def kinds() -> tuple[str, ...]:
    """Return the detectors of special categories."""
    return tuple(kind for kind, detector in detectors().items() if detector.special)
