"""A store held in memory: it answers, says what a change would do, and does it, and refuses to let a row point to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from kept.base.changes import Change, DropPartition, Revoke, RotateKeys, selection_of
from kept.base.errors import Place
from kept.base.names import Column, Table
from kept.base.ports import Preview
from kept.base.questions import (
    Answers,
    ColumnInfo,
    ColumnType,
    CountRows,
    ForeignKey,
    Partition,
    Question,
    ReadSchema,
    Schema,
    TableInfo,
)
from kept.base.verdicts import Unknown
from kept.planning.judging import Report, bind, judge, still_to_ask
from kept.policy.clauses import Bound, Clause
from kept.policy.datamap import Erasure, FieldMap, Link, RetentionRule, StoreMap, TableMap
from kept.policy.holds import Hold
from kept.policy.policy import Policy
from kept.policy.settings import Company, EnvReference, Settings, StoreSettings
from kept.policy.taxonomy import Category

from .rows import NoSuchColumn, Row, Rows, meets, perform

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OLD = datetime(2020, 1, 1, tzinfo=UTC)
NEW = datetime(2026, 11, 1, tzinfo=UTC)
HERE = Place(file="promises.yaml", line=1, column=1)


def named(name: str) -> Table:
    """Return the table of that name in the store `shop`, or `other.name` as it says."""
    return Table.parse(name if "." in name else f"shop.{name}")


def link(column: str, to: str, kind: Any = "owned") -> Link:
    return Link(column=column, to=Column.parse(to if to.count(".") == 2 else f"shop.{to}"), kind=kind)


def mapped(
    *links: Link, erasure: Erasure = "delete", fields: Mapping[str, Erasure | None] | None = None, rule: RetentionRule | None = None
) -> TableMap:
    entries = {name: FieldMap(category=Category(key="user.content"), erasure=own) for name, own in (fields or {}).items()}
    return TableMap(what="rows of a test", fields=entries, links=links, erasure=erasure, retention=rule)


def policy_of(
    tables: Mapping[str, TableMap], *, holds: Sequence[Hold] = (), bound: Sequence[tuple[str, str, Any]] = (), clauses: str = "12"
) -> Policy:
    """Return a policy over tables of `shop` (or `store.table`); `bound` holds clause, code and terms."""
    stores: dict[str, dict[str, TableMap]] = {"shop": {}}
    for name, entry in tables.items():
        stores.setdefault(named(name).store, {})[named(name).local] = entry
    url = EnvReference(variable="URL")
    return Policy(
        title="Policy",
        version="1",
        effective=date(2026, 1, 1),
        clauses=tuple(Clause(id=id, title=id, version=1, effective=date(2026, 1, 1), text="…", place=HERE) for id in clauses),
        bound=tuple(Bound(clause=clause, code=code, terms=terms, owner="officer", place=HERE) for clause, code, terms in bound),
        purposes={},
        stores={store: StoreMap(store=store, region="eu", tables=entries) for store, entries in stores.items()},
        settings=Settings(company=Company(name="Shop", contact="x"), stores={store: StoreSettings(url=url) for store in stores}),
        digest="0" * 64,
        holds={str(number): hold for number, hold in enumerate(holds)},
    )


def hold(*tables: str, **subjects: tuple[str, ...]) -> Hold:
    """Return a hold in force over tables of `shop`; a subject column is written `accounts__id`."""
    return Hold(
        ground="Case 1",
        owner="counsel",
        placed=date(2026, 1, 1),
        review=date(2027, 1, 1),
        tables=tuple(map(named, tables)),
        subjects={Column.parse("shop." + name.replace("__", ".")): keys for name, keys in subjects.items()},
    )


def described(name: str, columns: str, *keys: ForeignKey, by: str = "", parts: Sequence[Partition] = ()) -> TableInfo:
    """Return a table as a store describes it: `id:integer:key note:text owner:integer:required`."""
    cells = [column.split(":") for column in columns.split()]
    return TableInfo(
        table=named(name),
        columns=tuple(_column(name, cast("ColumnType", kind), *more) for name, kind, *more in cells),
        key=tuple(cell[0] for cell in cells if "key" in cell),
        foreign_keys=keys,
        partitioned_by=by or None,
        partitions=tuple(parts),
    )


def _column(name: str, kind: ColumnType, *more: str) -> ColumnInfo:
    return ColumnInfo(
        name=name,
        type=kind,
        declared=kind,
        nullable=not {"key", "required"} & set(more),
        unique=bool({"key", "unique"} & set(more)),
    )


def points(column: str, to: str, on_delete: str = "NO ACTION") -> ForeignKey:
    table, key = to.rsplit(".", 1)
    return ForeignKey(columns=(column,), to=named(table), to_columns=(key,), on_delete=on_delete)


class Memory:
    """Every store of a test."""

    def __init__(self, rows: Mapping[str, list[Row]], *tables: TableInfo) -> None:
        self.rows: Rows = {named(name): [dict(row) for row in held] for name, held in rows.items()}
        self.silent: set[Table] = set()
        stores = {info.table.store for info in tables}
        self.schemas = {
            store: Schema(tables=tuple(sorted((info for info in tables if info.table.store == store), key=lambda info: info.table)))
            for store in stores
        }

    def check(self, policy: Policy) -> Report:
        """Return what every promise comes to, asked in rounds."""
        promises, answers = bind(policy, {}), Answers()
        while asked := still_to_ask(promises, NOW, answers):
            for question in (question for questions in asked.values() for question in questions):
                answers.put(question, self.answer(question))
        return judge(policy, promises, NOW, answers)

    def answer(self, question: Question[Any]) -> Any:
        match question:
            case ReadSchema(of=store):
                return self.schemas[store]
            case CountRows(table=table, where=where):
                return self._count(table, where)
            case _:
                raise AssertionError(f"nothing here answers {question}")

    def preview(self, change: Change) -> Preview | Unknown:
        if change.table is not None and change.table in self.silent:
            return Unknown(reason=f"{change.table} cannot say")
        match change:
            case Revoke() | RotateKeys():
                return Preview(total=0, touched=0)
            case DropPartition(table=table):
                return Preview(total=len(self.rows[table]), touched=len(self._inside(change)))
            case _:
                touched = self._count(change.table, selection_of(change))
        return touched if isinstance(touched, Unknown) else Preview(total=len(self.rows[change.table]), touched=touched)

    def do(self, change: Change) -> int:
        """Do a change. Fails when it touches more rows than it said, or leaves a row pointing to one that is gone."""
        touched = self._drop(change) if isinstance(change, DropPartition) else perform(change, self.rows)
        assert touched <= change.rows, "the store would stop: the plan said fewer rows"
        dangling = list(self._dangling())
        assert not dangling, f"the store would refuse {change}: {dangling}"
        return touched

    def _inside(self, change: DropPartition) -> list[Row]:
        info = self.schemas[change.table.store].table(change.table)
        assert info
        assert info.partitioned_by
        part = next(part for part in info.partitions if part.name == change.partition)
        moments = [(row, row[info.partitioned_by]) for row in self.rows[change.table]]
        return [row for row, at in moments if at and (not part.lower or part.lower <= at) and (not part.upper or at < part.upper)]

    def _drop(self, change: DropPartition) -> int:
        gone = self._inside(change)
        self.rows[change.table][:] = [row for row in self.rows[change.table] if row not in gone]
        return len(gone)

    def _count(self, table: Table, where: Any) -> int | Unknown:
        try:
            return sum(meets(where, row, self.rows) for row in self.rows[table])
        except NoSuchColumn as missing:
            return Unknown(reason=f"{table} has no {missing}")

    def _dangling(self) -> Any:
        for schema in self.schemas.values():
            for info in schema.tables:
                for key in info.foreign_keys:
                    there = {row[key.to_columns[0]] for row in self.rows[key.to]}
                    yield from (row for row in self.rows[info.table] if row[key.columns[0]] not in {None, *there})
