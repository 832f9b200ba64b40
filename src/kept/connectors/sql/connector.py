"""The connector for SQL stores: questions, previews, changes and rows, each handed to the file that knows how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from kept.base.changes import Change, DropPartition, PersonChange, Revoke, RotateKeys
from kept.base.errors import IntegrityError, Refused, SourceError
from kept.base.names import Table
from kept.base.ports import Preview, Progress, Receipt, Row, Selection, silent
from kept.base.questions import (
    Answers,
    CheckLedger,
    CountReturned,
    CountRows,
    CountSeals,
    Locate,
    Look,
    ProbeKeys,
    Question,
    ReadGrants,
    ReadKeys,
    ReadSchema,
    Schema,
)
from kept.base.registers import CountSince
from kept.base.seals import Seals
from kept.base.verdicts import Unknown

from .access import Access, LostBatch
from .changing import change_rows
from .counting import count_returned, count_rows, count_seals, count_since
from .failures import Trouble, Troubled
from .links import tables_in
from .looking import look
from .native import Native
from .parts import drop_partition, preview_partition
from .previews import preview_rows
from .reading import Reader
from .together import change_together
from .where import Where

__all__ = ["SqlConnector"]


class SqlConnector:
    """A SQL store that can be asked and changed; see `kept.base.ports.Connector` for what that promises."""

    def __init__(self, name: str, url: sa.URL, native: Native, *, seconds: float, seals: Seals | None = None) -> None:
        """Connect to nothing yet."""
        self._access = Access(name, url, native, seconds=seconds, seals=seals)
        self._reader = Reader(self._access)

    @property
    def store(self) -> str:
        """The name the map knows it by."""
        return self._access.store

    def answer(self, questions: Sequence[Question[Any]], *, progress: Progress = silent) -> Answers:
        """Answer every question, Unknown included; looks at one table share one pass."""
        self._access.look_anew()
        answers, counted = Answers(), self._counted([one for one in questions if isinstance(one, CountRows)], progress)
        together: dict[tuple[Table, int | None], list[Look]] = defaultdict(list)
        for question in questions:
            if isinstance(question, Look):
                together[question.column.table, question.sample].append(question)
            elif isinstance(question, CountRows) and question in counted:
                answers.put(question, counted[question])
            else:
                answers.put(question, self._known(partial(self._answer, question, progress)))
        for (table, _), looks in together.items():
            self._look(table, looks, answers, progress)
        return answers

    def _counted(self, counts: Sequence[CountRows], progress: Progress) -> Mapping[CountRows, int]:
        """Count for several questions in one transaction. Nothing where one of them fails: each is asked by itself then."""
        if len(counts) < 2:
            return {}
        access, found = self._access, dict[CountRows, int]()

        def count() -> None:
            with access.reading(self.store) as connection:
                access.look(connection, sorted({table for one in counts for table in (one.table, *tables_in(one.where))}))
                where = self._where(connection)
                for one in counts:
                    access.native.limit(connection, access.seconds)
                    found[one] = count_rows(where, one.table, one.where, progress)

        failed = self._known(count)
        return {} if isinstance(failed, Unknown) else found

    def _answer(self, question: Question[Any], progress: Progress) -> Any:
        access = self._access
        match question:
            case Locate():
                return access.native.location(access.url)
            case ReadSchema():
                with access.reading(f"the schema of {self.store}") as connection:
                    shapes = access.look_at_all(connection)
                    return Schema(tables=tuple(sorted((shape.info for shape in shapes), key=lambda info: info.table)))
            case ReadGrants():
                with access.reading(f"the rights in {self.store}") as connection:
                    return access.native.grants(connection, access.url)
            case CountRows(table=table, where=condition):
                with access.reading(str(table)) as connection:
                    return count_rows(self._where(connection), table, condition, progress)
            case CountReturned(column=column):
                with access.reading(str(column.table)) as connection:
                    return count_returned(access.native, self._where(connection), question, progress)
            case CountSince(column=column):
                with access.reading(str(column.table)) as connection:
                    return count_since(access.native, self._where(connection), question, progress)
            case CountSeals(column=column):
                with access.reading(str(column.table)) as connection:
                    return count_seals(self._where(connection), question, progress)
            case ReadKeys() | ProbeKeys():
                return Unknown(reason=f"{self.store} is a company's store and holds no keys of the vault's")
            case CheckLedger():
                return Unknown(reason=f"{self.store} is a company's store and holds no ledger of Kept's")
            case _:
                return Unknown(reason=f"a SQL store does not know the question {type(question).__name__}")

    def _look(self, table: Table, looks: Sequence[Look], answers: Answers, progress: Progress) -> None:
        """Look at every column in one pass; if that fails, at each by itself, so that one bad column spoils no other."""

        def together(some: Sequence[Look]) -> Any:
            with self._access.reading(str(table)) as connection:
                where = self._where(connection)
                return look(where, where.shape(table), some, progress)

        found = self._known(lambda: together(looks))
        if isinstance(found, Unknown) and len(looks) > 1:
            for one in looks:
                self._look(table, [one], answers, progress)
            return
        for at, one in enumerate(looks):
            answers.put(one, found if isinstance(found, Unknown) else found[at])

    def preview(self, change: Change) -> Preview | Unknown:
        """Say what the change would do, without doing it."""
        found = self._known(lambda: self._preview(change))
        return found if isinstance(found, Unknown | Preview) else Unknown(reason="the store did not say")

    def _preview(self, change: Change) -> Preview:
        if isinstance(change, Revoke | RotateKeys):
            return Preview(total=0, touched=0)
        with self._access.reading(str(change.table)) as connection:
            where = self._where(connection)
            return preview_partition(where, change) if isinstance(change, DropPartition) else preview_rows(where, change)

    def perform(self, change: Change, *, progress: Progress = silent) -> Receipt:
        """Do the change, in batches, and make anew what holds copies of its rows.

        Raises PlanIsStale before it does more than planned, SourceError when the store fails.
        """
        self._access.look_anew()
        receipt = self._done(change, progress)
        if change.table is not None:
            try:
                self.make_anew([change.table])
            except SourceError as error:
                error.rows = receipt.rows
                raise
        return receipt

    def _done(self, change: Change, progress: Progress) -> Receipt:
        match change:
            case Revoke():
                return self._revoke(change)
            case DropPartition():
                return drop_partition(self._access, change)
            case RotateKeys():
                raise Refused("a company's store holds no keys of the vault's", todo="Rotate with `kept vault rotate`.")
            case _:
                return change_rows(self._access, change, progress)

    def perform_together(self, changes: Sequence[PersonChange], *, patient: bool = False) -> tuple[int, ...]:
        """Do these changes in one transaction, in their order; see `kept.base.ports.Connector`."""
        return change_together(self._access, changes, patient=patient)

    def make_anew(self, changed: Collection[Table]) -> tuple[Table, ...]:
        """Make anew what holds copies of rows of these tables; see `kept.base.ports.Connector`."""
        access, what = self._access, ", ".join(map(str, changed))
        with access.connected(what, "the rows themselves were changed") as connection:
            with access.looking(connection):
                views = access.native.made_from(connection, access.store, tuple(changed))
            for view, statement in views:
                try:
                    with access.batch(connection, access.seconds):
                        connection.exec_driver_sql(statement)
                except LostBatch as lost:
                    failed = access.failed(lost.troubled, str(view), "the rows that it is made from were changed")
                    failed.happened = f"{view} still holds rows that were changed and could not be filled anew: {failed.happened}"
                    failed.todo = (
                        f"Let Kept's role own {view}, and see that REFRESH MATERIALIZED VIEW can fill it; Kept tries again."
                    )
                    raise failed from None
        return tuple(view for view, _ in views)

    def _revoke(self, change: Revoke) -> Receipt:
        access = self._access
        what = f"the right to {change.right} of the role {change.role}"
        try:
            with access.connected(what) as connection, access.batch(connection, access.seconds):
                access.native.revoke(connection, access.url, change)
        except LostBatch as lost:
            raise access.failed(lost.troubled, what) from None
        return Receipt(rows=0, batches=1, remaining=0)

    def read(self, selection: Selection) -> Iterator[Row]:
        """Stream rows out; each value is wrapped, and opened where its column is sealed. Raises SourceError."""
        return self._reader.read(selection)

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Yield each selection, in order, with its rows; in one round trip where the store can. Raises SourceError."""
        return self._reader.read_many(selections)

    def close(self) -> None:
        """Let go of every connection."""
        self._access.close()

    def _where(self, connection: sa.Connection) -> Where:
        return self._access.where(connection)

    def _known(self, ask: Callable[[], Any]) -> Any:
        """Turn what a store cannot say into Unknown."""
        try:
            return ask()
        except (SourceError, Refused, IntegrityError) as error:  # the last two: a value that does not open
            return Unknown(reason=error.happened, todo=error.todo)
        except OSError as error:
            failed = self._access.failed(Troubled(trouble=Trouble.UNREACHABLE, detail=error.strerror or ""), self.store)
            return Unknown(reason=failed.happened, todo=failed.todo)
