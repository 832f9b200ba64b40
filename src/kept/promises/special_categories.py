"""Special-category data is held only where a person gave it explicitly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Null, Obligation, Redact, Remedy
from kept.base.conditions import AllOf, AnyOf, Condition, Equals, Everything, Finds, Missing, Not
from kept.base.names import Column
from kept.base.questions import Answers, CountRows, Look, Looked, Question, ReadSchema, Schema
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.detectors.registry import detectors
from kept.policy.datamap import FieldMap
from kept.policy.taxonomy import Category

from .promise import Scope, chosen_tables, count, in_days

__all__ = ["SpecialCategories", "Terms"]

SPECIAL = tuple(
    Category(key=key)
    for key in (
        "user.authorization.biometric",
        "user.biometric",
        "user.criminal_history",
        "user.demographic.political_opinion",
        "user.demographic.race_ethnicity",
        "user.demographic.religious_belief",
        "user.demographic.sexual_orientation",
        "user.health_and_medical",
    )
)
"""Categories whose every value is special, whatever a detector makes of it (GDPR Art. 9(1), Art. 10)."""

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
    field of such a category that the map does not declare `special`. In a field whose category is special by itself, every
    value is such content.

    The detectors work by words and their context: they miss what is only implied and can take a harmless sentence for a
    confession, which is why the remedy shows masked samples before anything is redacted.

    Remedy: redacts the passages; empties the fields that are special by themselves.
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
                prose = not any(entry.category.within(plain) for plain in NOT_PROSE)
                if prose or entry.special or _special(entry):
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
        """Ask for a look, or, where a grant is recorded, for every row with such content and no grant."""
        if self.entry.special is None:
            return [] if _special(self.entry) else [self._look()]
        schema = ReadSchema(of=self.column.table.store)
        found = answers.of(schema)
        return [schema] if isinstance(found, Unknown) else [schema, self._count(found)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a single finding without a grant."""
        if self.entry.special is not None:
            return self._judge_granted(now, answers)
        if _special(self.entry):
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

    def _judge_granted(self, now: datetime, answers: Answers) -> Verdict:
        schema = answers.of(ReadSchema(of=self.column.table.store))
        if isinstance(schema, Unknown):
            return schema
        match answers.of(self._count(schema)):
            case Unknown() as unknown:
                return unknown
            case 0:
                return Kept(evidence=f"every special value of {self.column} has a grant")
            case rows:
                reason = f"{count(rows, 'row')} of {self.column} with special content and no grant"
                return Broken(reason=reason, remedies=(self._take_out(now, schema, rows),))

    def _take_out(self, now: datetime, schema: Schema, rows: int) -> Remedy:
        where = self._ungranted(schema)
        if not _special(self.entry):
            return self._redact(kinds(), where, rows)
        info = schema.table(self.column.table)
        column = info.column(self.column.name) if info else None
        if column is not None and column.nullable:
            return Null(table=self.column.table, columns=(self.column.name,), where=where, rows=rows)
        title = f"Ask for the grants, or take {count(rows, 'value')} out of {self.column}, which may not be empty"
        return Obligation(title=title, owner=self.owner, due=in_days(now, 14), evidence="the promise is kept")

    def _redact(self, found: tuple[str, ...], where: Condition, rows: int) -> Redact:
        return Redact(table=self.column.table, column=self.column.name, kinds=found, where=where, rows=rows)

    def _look(self) -> Look:
        return Look(column=self.column, kinds=kinds(), sample=self.sample)

    def _count(self, schema: Schema) -> CountRows:
        name = self.column.name
        content = Not(what=Missing(column=name)) if _special(self.entry) else Finds(column=name, kinds=kinds())
        return CountRows(table=self.column.table, where=AllOf(parts=(self._ungranted(schema), content)))

    def _ungranted(self, schema: Schema) -> Condition:
        """Return which rows have no grant: missing, or not a yes."""
        assert self.entry.special is not None
        grant = self.entry.special.grant
        info = schema.table(self.column.table)
        column = info.column(grant) if info else None
        missing = Missing(column=grant)
        if column is not None and column.type in ("boolean", "integer"):
            return AnyOf(parts=(missing, Equals(column=grant, value=0 if column.type == "integer" else False)))
        return missing


def _special(entry: FieldMap) -> bool:
    return any(entry.category.within(special) for special in SPECIAL)


def kinds() -> tuple[str, ...]:
    """Return the detectors of special categories."""
    return tuple(kind for kind, detector in detectors().items() if detector.special)
