"""Every personal column is in the map, and every map entry has its column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.names import Column, split_name
from kept.base.questions import Answers, ColumnInfo, Look, Question, ReadSchema, Schema, TableInfo
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.detectors.evidence import LIKELY, Guess, judge_column
from kept.policy.datamap import StoreMap, TableMap, table_of

from .promise import Scope, chosen_stores, count, in_days, listed

__all__ = ["Documented", "Terms"]

KINDS = (
    "email", "phone", "ip", "mac", "user-agent", "payment-card", "iban",
    "aadhaar", "pan", "gstin", "upi", "ssn", "nhs", "geo", "secret",
)  # fmt: skip
"""The detectors whose hits in an unmapped column are told apart from chance by a pattern or a checksum."""

SAMPLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """No personal column lies outside the map, and no map entry lacks its column.

    Every table and column of the live store is compared with the map. A column that the map does not name is judged by its name
    and by a sample of its values, which are looked at inside the connector. The promise is broken while a column looks personal
    and is not mapped, and while the map names a table or column (a field, a link, a clock, a grant) that is not there.

    Columns and tables that look personal and are not go under `not_personal` in the map. Remedy: an obligation to map them;
    `kept scan` proposes the entries.
    """

    code: ClassVar[str] = "documented"
    title: ClassVar[str] = "Every personal column is in the map"
    law: ClassVar[str] = "GDPR Art. 30(1)(c)"

    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[Documented]:
        """Yield one promise a store."""
        for store in chosen_stores(scope.policy, self.stores):
            yield Documented(map=scope.policy.stores[store], owner=scope.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """That the map of one store says all of it."""

    map: StoreMap
    owner: str

    @property
    def about(self) -> str:
        """The store."""
        return self.map.store

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for the schema, then for a look at each column the map does not name."""
        schema = ReadSchema(of=self.map.store)
        match answers.of(schema):
            case Unknown():
                return [schema]
            case Schema() as found:
                return [schema, *(_look(info.table.column(column.name)) for info, column in self._unmapped(found))]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a personal column outside the map, or a map entry without its column."""
        match answers.of(ReadSchema(of=self.map.store)):
            case Unknown() as unknown:
                return unknown
            case Schema() as schema:
                pass
        missing = list(self._missing(schema))
        personal: list[str] = []
        unseen: list[str] = []
        unmapped = list(self._unmapped(schema))
        for info, column in unmapped:
            guess, seen = self._guess(info, column, answers)
            if guess is not None and guess.confidence >= LIKELY:
                personal.append(f"{info.table.column(column.name)} ({guess.kind or guess.category})")
            elif not seen:
                unseen.append(str(info.table.column(column.name)))
        return self._verdict(now, missing, personal, unseen, len(unmapped))

    def _verdict(self, now: datetime, missing: list[str], personal: list[str], unseen: list[str], unmapped: int) -> Verdict:
        found = []
        if personal:
            look = "looks" if len(personal) == 1 else "look"
            found.append(f"{count(len(personal), 'column')} outside the map {look} personal: {listed(personal)}")
        if missing:
            found.append(f"{count(len(missing), 'map entry', 'map entries')} without a column: {listed(missing)}")
        if found:
            title = f"Bring the map of {self.map.store} up to date: {'; '.join(found)}"
            todo = Obligation(
                title=title, owner=self.owner, due=in_days(now, 14), evidence=f"kept scan {self.map.store} shows nothing new"
            )
            return Broken(reason="; ".join(found), remedies=(todo,))
        if unseen:
            return Unknown(
                reason=f"{count(len(unseen), 'column')} could not be looked at: {listed(unseen)}", todo="Grant SELECT on them."
            )
        mapped = sum(len(table.fields) for table in self.map.tables.values())
        return Kept(evidence=f"the map's {count(mapped, 'field')} found, no personal data in {count(unmapped, 'other column')}")

    def _unmapped(self, schema: Schema) -> Iterator[tuple[TableInfo, ColumnInfo]]:
        for info in schema.tables:
            entry = self._entry(info)
            aside = entry is None and any(fnmatchcase(info.table.local, pattern) for pattern in self.map.not_personal)
            if info.is_view or aside:
                continue
            known = {*_named(entry), *entry.not_personal} if entry else set()
            yield from ((info, column) for column in info.columns if column.name not in known)

    def _entry(self, info: TableInfo) -> TableMap | None:
        tables = self.map.tables.items()
        return next((entry for local, entry in tables if table_of(self.map.store, local) == info.table), None)

    def _missing(self, schema: Schema) -> Iterator[str]:
        for local, entry in self.map.tables.items():
            table = table_of(self.map.store, local)
            info = schema.table(table)
            if info is None:
                yield str(table)
                continue
            yield from (str(table.column(name)) for name in _named(entry) if info.column(name) is None)

    def _guess(self, info: TableInfo, column: ColumnInfo, answers: Answers) -> tuple[Guess | None, bool]:
        match answers.of(_look(info.table.column(column.name))):
            case Unknown():
                return judge_column(column.name, column.type, None, table=info.table.name), False
            case looked:
                return judge_column(column.name, column.type, looked, table=info.table.name), True


def _named(entry: TableMap) -> tuple[str, ...]:
    """Return the columns of the table that its entry counts on, each once: a link or a clock as much as a field."""
    names = [*entry.fields, *(link.column for link in entry.links)]
    names += [entry.subject.key] if entry.subject else []
    names += [entry.region] if entry.region else []
    names += [field.special.grant for field in entry.fields.values() if field.special]
    rule = entry.retention
    if rule is not None:
        names += [split_name(rule.via)[0]] if rule.via else [rule.after, *rule.open_while]
    return tuple(dict.fromkeys(names))


def _look(column: Column) -> Look:
    return Look(column=column, kinds=KINDS, sample=SAMPLE)
