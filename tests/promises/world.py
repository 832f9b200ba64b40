"""What the stores of a case hold and answer, and what its remedies would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, cast

from kept.base.changes import (
    Anonymise,
    Change,
    Coarsen,
    DeleteRows,
    DropPartition,
    Null,
    Obligation,
    Redact,
    Remedy,
    Revoke,
    RotateKeys,
    SealColumn,
    UnsealColumn,
)
from kept.base.erased import ErasedList
from kept.base.errors import Place
from kept.base.names import Column, Table
from kept.base.questions import (
    CheckLedger,
    ColumnInfo,
    ColumnType,
    CountReturned,
    CountRows,
    CountSeals,
    Grant,
    Grants,
    KeyEncryptionKey,
    KeysApart,
    KeysState,
    LedgerState,
    Locate,
    Location,
    Look,
    Looked,
    Partition,
    ProbeKeys,
    Question,
    ReadGrants,
    ReadKeys,
    ReadSchema,
    Schema,
    TableInfo,
)
from kept.base.registers import CountSince
from kept.base.seals import SealState
from kept.base.verdicts import Unknown
from kept.policy.clauses import Bound, Clause
from kept.policy.policy import Policy
from kept.policy.settings import Company, EnvReference, RequestSettings, Settings, StoreSettings
from tests.planning.rows import NoSuchColumn, Row, meets, perform

from .reading import Case, Partitioned, Read, Seen
from .registers import SECRET, register_answer

CANNOT = Unknown(reason="the store cannot say")
HERE = Place(file="policy.md", line=1, column=1)


def policy_of(read: Read) -> Policy:
    case = read.case
    clause = Clause(id="1", title="The clause", version=1, effective=date(2026, 1, 1), text="We promise it.", place=HERE)
    url = EnvReference(variable="URL")
    return Policy(
        title="Policy",
        version="1",
        effective=date(2026, 1, 1),
        clauses=(clause,),
        bound=(Bound(clause="1", code=read.code, terms=read.terms, owner="privacy officer", place=HERE),),
        purposes=case.purposes,
        stores=read.stores,
        settings=Settings(
            company=Company(name="Shop", contact="privacy@example.org", jurisdictions=case.jurisdictions),
            stores={store: StoreSettings(url=url, sample=case.sample) for store in read.stores},
            integrations=case.integrations,
            transfers=case.transfers,
            requests=RequestSettings(canary=case.canary),
        ),
        digest="0" * 64,
        holds=case.holds,
    )


def erased_of(case: Case) -> Mapping[Column, ErasedList]:
    one = ErasedList(SECRET)
    return {column: ErasedList(SECRET, [one.digest(key) for key in keys]) for column, keys in case.erased.items()}


def schema_of(case: Case, store: str) -> Schema:
    return Schema(tables=tuple(_table_info(case, table) for table in sorted(case.schema) if table.store == store))


def _table_info(case: Case, table: Table) -> TableInfo:
    columns = case.schema[table]
    cut = case.partitions.get(table, Partitioned(by="", parts=()))
    return TableInfo(
        table=table,
        columns=tuple(_column_info(name, words) for name, words in columns.items()),
        key=tuple(name for name, words in columns.items() if "key" in words.split()),
        partitioned_by=cut.by or None,
        partitions=tuple(
            Partition(name=part.name, rows=part.rows, lower=_moment(part.lower), upper=_moment(part.upper)) for part in cut.parts
        ),
        is_view=table in case.views,
    )


def _column_info(name: str, words: str) -> ColumnInfo:
    kind, *more = words.split()
    return ColumnInfo(
        name=name,
        type=cast("ColumnType", kind),
        declared=kind,
        nullable="required" not in more and "key" not in more,
        unique="unique" in more or "key" in more,
    )


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


class World:
    """The stores of a case: answers as they are given there, else counted in its rows."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rows = {table: [self._row(table, row) for row in rows] for table, rows in case.rows.items()}
        self.unused = {(asked, thing) for asked, things in case.answers.items() for thing in things}

    def answer(self, question: Question[Any]) -> Any:
        """Return the answer. Fails the case that has none."""
        given = self._given(question)
        if given is not None:
            return CANNOT if given.cannot else _spelled(question, given)
        match question:
            case ReadSchema(of=store):
                return schema_of(self.case, store)
            case CountRows(table=table, where=where) if table in self.rows:
                return self._counted(table, where)
            case CountReturned(column=column, erased=erased) if column.table in self.rows:
                return sum(erased.has(row[column.name]) for row in self.rows[column.table])
            case CountSeals(column=column) if column.table in self.rows:
                return self._seals(column.table, column.name)
            case _:
                pass
        raise AssertionError(f"the case has no answer to {question}")

    def _given(self, question: Question[Any]) -> Seen | None:
        asked = type(question).__name__
        things = self.case.answers.get(asked, {})
        match question:
            case CountRows(table=thing):
                name = str(thing)
            case CountReturned(column=column) | Look(column=column) | CountSeals(column=column) | CountSince(column=column):
                name = str(column)
            case _:
                name = "*"
        name = name if name in things else "*"
        self.unused.discard((asked, name))
        return things.get(name)

    def _seals(self, table: Table, name: str) -> Mapping[SealState, int]:
        held = [str(row[name]) for row in self.rows[table] if row[name]]
        sealed = sum(text.startswith("kept1:") for text in held)
        return {SealState.SEALED: sealed, SealState.PLAIN: len(held) - sealed}

    def _counted(self, table: Table, where: Any) -> int | Unknown:
        try:
            return sum(meets(where, row, self.rows) for row in self.rows[table])
        except NoSuchColumn as missing:
            return Unknown(reason=f"{table} has no {missing}")

    def do(self, remedy: Remedy) -> None:
        """Do what a machine can."""
        match remedy:
            case DropPartition(table=table, partition=name):
                cut = self.case.partitions[table]
                part = next(part for part in cut.parts if part.name == name)
                lower, upper = _moment(part.lower), _moment(part.upper)
                self.rows[table] = [row for row in self.rows[table] if not _inside(row[cut.by], lower, upper)]
            case Obligation() | Revoke() | RotateKeys():
                raise AssertionError(f"rows cannot show what comes of {remedy}")
            case DeleteRows() | Null() | Anonymise() | Coarsen() | Redact() | SealColumn() | UnsealColumn():
                perform(remedy, self.rows)

    def _row(self, table: Table, texts: Mapping[str, str | None]) -> Row:
        columns = self.case.schema[table]
        assert set(texts) <= set(columns), f"{table} has no {set(texts) - set(columns)}"
        return {name: _typed(words.split()[0], texts.get(name)) for name, words in columns.items()}


def _inside(moment: datetime | None, lower: datetime | None, upper: datetime | None) -> bool:
    return moment is not None and (lower is None or lower <= moment) and (upper is None or moment < upper)


def _typed(kind: str, text: str | None) -> Any:
    if text is None:
        return None
    match kind:
        case "integer":
            return int(text)
        case "boolean":
            return {"true": True, "false": False}[text]
        case "timestamp" | "date" if text[:1].isdigit():
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case _:
            return text


def _spelled(question: Question[Any], seen: Seen) -> Any:
    match question:
        case CountRows() | CountReturned() | CountSince():
            return seen.rows
        case Look():
            return Looked(rows=seen.rows, looked=seen.rows if seen.looked is None else seen.looked, hits=seen.hits)
        case ReadGrants():
            return Grants(roles=seen.roles, grants=tuple(_grant(text) for text in seen.grants))
        case Locate():
            return Location(host=seen.host, region=seen.region, on_this_machine=seen.on_this_machine)
        case CheckLedger():
            return LedgerState(size=seen.size, root=seen.root, faults=seen.faults)
        case CountSeals():
            return {SealState(state): number for state, number in seen.states.items()}
        case ReadKeys():
            keys = tuple(_key(number, text) for number, text in enumerate(seen.keys, 1))
            return KeysState(
                encrypting=keys,
                people=seen.people,
                oldest=_moment(seen.oldest),
                destroyed=seen.destroyed,
                replaced=seen.replaced,
                dead=seen.dead,
            )
        case ProbeKeys():
            return KeysApart(tried=seen.tried, faults=seen.faults, unseen=seen.unseen)
        case _:
            return register_answer(question, seen)


def _key(number: int, text: str) -> KeyEncryptionKey:
    """Read `active since 2026-09-01 with 12 until 2026-10-01`.

    What it is, when it was made, keys under it, and the window's end.
    """
    state, _, rest = text.partition(" since ")
    made, _, rest = rest.partition(" with ")
    keys, _, until = rest.partition(" until ")
    return KeyEncryptionKey(
        number=number,
        provider="file",
        made_at=_day(made),
        state=state,
        keys=int(keys or 0),
        until=_day(until) if until else None,
        destroyed_at=_day(made) if state == "destroyed" else None,
    )


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _grant(text: str) -> Grant:
    """Read `app may select on orders via staff`; without `on`, a right over the whole store."""
    rest, _, via = text.partition(" via ")
    rest, _, table = rest.partition(" on ")
    role, _, right = rest.partition(" may ")
    return Grant(role=role, right=right, table=table, via=via)


def in_words(remedy: Remedy) -> str:
    """Return a remedy as the cases write it."""
    match remedy:
        case DeleteRows(table=table, rows=rows):
            return f"delete {rows} of {table}"
        case Null(table=table, columns=columns, rows=rows):
            return f"empty {', '.join(columns)} in {rows} of {table}"
        case Anonymise(table=table, columns=columns, rows=rows, unique=unique):
            return f"replace {', '.join(columns)} in {rows} of {table}{' by unique texts' if unique else ''}"
        case Coarsen(table=table, column=column, kind=kind, rows=rows):
            return f"coarsen {column} in {rows} of {table} as {kind}"
        case Redact(table=table, column=column, kinds=kinds, rows=rows):
            return f"redact {', '.join(kinds)} from {column} in {rows} of {table}"
        case SealColumn(table=table, column=column, rows=rows):
            return f"seal {column} in {rows} of {table}"
        case UnsealColumn(table=table, column=column, rows=rows):
            return f"unseal {column} in {rows} of {table}"
        case RotateKeys(rows=rows, finish=finish):
            return f"{'finish rotating' if finish else 'rotate'} {rows} keys"
        case DropPartition(table=table, partition=partition, rows=rows):
            return f"drop {partition} of {table} with {rows}"
        case Revoke(store=store, role=role, right=right, table=whose):
            return f"revoke {right} on {whose or store} from {role}"
        case Obligation(title=title, owner=owner, due=due):
            return f"{owner} by {due}: {title}"


def machine(remedies: tuple[Remedy, ...]) -> tuple[Change, ...]:
    return tuple(remedy for remedy in remedies if not isinstance(remedy, Obligation))
