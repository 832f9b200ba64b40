"""Every personal column is in the map, every map entry has its column, and no row is nobody's for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.names import Column, split_name
from kept.base.questions import Answers, ColumnInfo, CountRows, Look, Question, ReadSchema, Schema, TableInfo
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.detectors.evidence import LIKELY, Guess, judge_column
from kept.policy.datamap import MappedTable, StoreMap, TableMap, table_of
from kept.policy.owning import is_tied, unowned
from kept.policy.policy import Policy

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
    """No personal column lies outside the map, no map entry lacks its column, and no row is nobody's for good.

    Every table and column of the live store is compared with the map. A column that the map does not name is judged by its name
    and by a sample of its values, which are looked at inside the connector. The promise is broken while a column looks personal
    and is not mapped, and while the map names a table or column (a field, a link, a clock, a grant) that is not there.

    Where the map's links tie a table to people, rows that belong to nobody are counted: an order without an account, a group
    whose last member is gone. No request reaches them. The promise is broken while there are any in a table without a
    retention rule; where one ends them, and where no link ties a whole table to people, the evidence says so.

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
            yield Documented(policy=scope.policy, map=scope.policy.stores[store], owner=scope.owner)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What a look at one store brought: texts that name columns and entries, and rows that are nobody's, by table."""

    personal: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    lasting: dict[str, int] = field(default_factory=dict)
    ending: dict[str, int] = field(default_factory=dict)
    uncounted: list[str] = field(default_factory=list)
    unmapped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Documented:
    """That the map of one store says all of it."""

    policy: Policy
    map: StoreMap
    owner: str

    @property
    def about(self) -> str:
        """The store."""
        return self.map.store

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask for the schema, then for a look at each column the map does not name, and for rows that are nobody's."""
        schema = ReadSchema(of=self.map.store)
        match answers.of(schema):
            case Unknown():
                return [schema]
            case Schema() as found:
                looks = [_look(info.table.column(column.name)) for info, column in self._unmapped(found)]
                return [schema, *looks, *(question for _, question in self._unowned(found))]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a personal column outside the map, a map entry without its column, or a row that is nobody's for good."""
        match answers.of(ReadSchema(of=self.map.store)):
            case Unknown() as unknown:
                return unknown
            case Schema() as schema:
                pass
        found = _Found(missing=list(self._missing(schema)))
        for info, column in self._unmapped(schema):
            found.unmapped += 1
            guess, seen = self._guess(info, column, answers)
            if guess is not None and guess.confidence >= LIKELY:
                found.personal.append(f"{info.table.column(column.name)} ({guess.kind or guess.category})")
            elif not seen:
                found.unseen.append(str(info.table.column(column.name)))
        for mapped, question in self._unowned(schema):
            match answers.of(question):
                case Unknown():
                    found.uncounted.append(str(mapped.table))
                case 0:
                    pass
                case rows:
                    (found.ending if mapped.map.retention else found.lasting)[str(mapped.table)] = rows
        return self._verdict(now, found)

    def _verdict(self, now: datetime, found: _Found) -> Verdict:
        todo = [*self._to_map(now, found), *self._to_tie(now, found)]
        if todo:
            return Broken(reason="; ".join(reason for reason, _ in todo), remedies=tuple(remedy for _, remedy in todo))
        if found.unseen:
            return Unknown(
                reason=f"{count(len(found.unseen), 'column')} could not be looked at: {listed(found.unseen)}",
                todo="Grant SELECT on them.",
            )
        if found.uncounted:
            reason = f"rows that belong to nobody could not be counted: {listed(found.uncounted)}"
            return Unknown(reason=reason, todo="Grant SELECT on these tables and those they link to.")
        return Kept(evidence=self._evidence(found))

    def _to_map(self, now: datetime, found: _Found) -> Iterator[tuple[str, Obligation]]:
        """Yield what the map does not say, or says of nothing, with what is to be done about it."""
        faults = []
        if found.personal:
            look = "looks" if len(found.personal) == 1 else "look"
            faults.append(f"{count(len(found.personal), 'column')} outside the map {look} personal: {listed(found.personal)}")
        if found.missing:
            faults.append(f"{count(len(found.missing), 'map entry', 'map entries')} without a column: {listed(found.missing)}")
        if faults:
            said = "; ".join(faults)
            title = f"Bring the map of {self.map.store} up to date: {said}"
            evidence = f"kept scan {self.map.store} shows nothing new"
            yield said, Obligation(title=title, owner=self.owner, due=in_days(now, 14), evidence=evidence)

    def _to_tie(self, now: datetime, found: _Found) -> Iterator[tuple[str, Obligation]]:
        """Yield the rows that no request reaches and no retention rule ends."""
        if found.lasting:
            rows = _rows(found.lasting)
            title = f"Tie {rows} to their people or delete them, or give the table a retention rule"
            todo = Obligation(title=title, owner=self.owner, due=in_days(now, 30), evidence="the promise is kept")
            yield f"no request reaches {rows}, and no retention rule ends them: they belong to nobody", todo

    def _evidence(self, found: _Found) -> str:
        fields = count(sum(len(table.fields) for table in self.map.tables.values()), "field")
        parts = [f"the map's {fields} found, no personal data in {count(found.unmapped, 'other column')}"]
        if found.ending:
            parts.append(f"no request reaches {_rows(found.ending)}, which belong to nobody and end by their retention rule")
        loose = [str(mapped.table) for mapped in self._mapped() if not is_tied(self.policy, mapped)]
        if loose:
            parts.append(f"no link ties {listed(loose)} to people")
        return "; ".join(parts)

    def _mapped(self) -> Iterator[MappedTable]:
        return self.policy.tables(self.map.store)

    def _unowned(self, schema: Schema) -> Iterator[tuple[MappedTable, CountRows]]:
        """Yield, for each table that may have some, the question how many of its rows are nobody's."""
        for mapped in self._mapped():
            where = unowned(self.policy, schema, mapped)
            if where is not None:
                yield mapped, CountRows(table=mapped.table, where=where)

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


def _rows(of: Mapping[str, int]) -> str:
    return listed(f"{count(rows, 'row')} of {table}" for table, rows in of.items())
