"""Several changes in one transaction: what is done for one person's request, or for a batch of them, in one store.

All of it is done, or nothing. The whole is over before others have waited for a second, or is taken back and asked for in smaller
parts. Rows that must be judged or rewritten here are sought before the transaction begins, and in it locked, judged again and
changed; one that was changed in between makes the whole begin anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from kept.base.changes import DeleteRows, PersonChange, Rectify, Repoint
from kept.base.errors import KeptError, SourceError, StoreRefused, TooMuchAtOnce

from .access import Access, LostBatch
from .changing import LOCK_SECONDS, PATIENCE_SECONDS, PAUSE_SECONDS, pointing
from .failures import Trouble, Troubled
from .native import Address, Span
from .shape import Shape
from .steps import Derived, Step, steps_of
from .work import NAMED

__all__ = ["change_together"]

REMEMBERED_SECONDS = 60.0
"""How long what tables look like is taken to hold from one batch of people to the next."""
LEFT_OVER = 0.75
"""The store is told of a new limit when no more than this share of the last is left: telling it takes as long as a small change."""
EVERYTHING = Span(clause=sa.true(), end=None)


def change_together(access: Access, changes: Sequence[PersonChange], *, patient: bool) -> tuple[int, ...]:
    """Do the changes in their order and return how many rows each touched.

    Raises TooMuchAtOnce where locks would be held for longer than `LOCK_SECONDS`, or, if `patient`, StoreRefused where a statement
    takes longer than the store's own time limit; another SourceError, and nothing was changed, where the store fails or refuses.
    """
    if not changes:
        return ()
    access.look_anew(older=REMEMBERED_SECONDS)
    try:
        with access.connected(_named(changes)) as connection:
            where = access.where(connection)
            with access.looking(connection):
                access.look(connection, {change.table for change in changes})
                steps = steps_of(where, changes)
            for step in steps:
                _can_be_taken_back(step.shape if isinstance(step, Derived) else step.work.shape)
            return _Together(access=access, connection=connection, changes=changes, steps=steps, patient=patient).done()
    except KeptError:
        access.look_anew()
        raise


def _can_be_taken_back(shape: Shape) -> None:
    if not shape.transactional:
        happened = f"{shape.table} knows no transactions, so that a change there could not be taken back"
        raise StoreRefused(happened, store=shape.table.store, todo="Give the table an engine with transactions, such as InnoDB.")


def _named(changes: Sequence[PersonChange]) -> str:
    return " and ".join(dict.fromkeys(str(change.table) for change in changes))


@dataclass(slots=True, kw_only=True)
class _Together:
    """The changes on their way. `at` is the change at work; behind the last one, the end of the transaction."""

    access: Access
    connection: sa.Connection
    changes: Sequence[PersonChange]
    steps: Sequence[Step | Derived]
    patient: bool
    at: int = 0
    hasty: bool = False
    """Whether locks of others are not waited for, which tells them from work that takes long."""
    ahead: bool = True
    """Whether rows are sought before the transaction."""
    given: float = 0.0
    """The seconds that a statement was last given."""

    @property
    def seconds(self) -> float:
        return self.access.seconds if self.patient else min(LOCK_SECONDS, self.access.seconds)

    def done(self) -> tuple[int, ...]:
        """Try until it is done, or it is plain that it cannot be."""
        begun = time.monotonic()
        while True:
            try:
                return self._once(self._sought())
            except LostBatch as lost:
                trouble = lost.troubled.trouble
                if trouble is Trouble.TIMEOUT and not self.patient:
                    if self.hasty or not self.access.native.waits:
                        raise self._too_much() from None
                    self.hasty = True
                elif trouble not in (Trouble.LOCKED, Trouble.CLASH) or time.monotonic() - begun > PATIENCE_SECONDS:
                    raise self._failed(lost.troubled) from None
                else:
                    self.ahead = self.ahead and trouble is not Trouble.CLASH
                    time.sleep(PAUSE_SECONDS)

    def _sought(self) -> dict[int, list[Address]]:
        """Seek the rows that must be looked at here, and see to it that their people have keys, before anything is locked."""
        found: dict[int, list[Address]] = {}
        for number, step in enumerate(self.steps):
            if isinstance(step, Derived) or not (step.work.by_row and self.ahead and step.untouched):
                continue
            with self.access.looking(self.connection):
                found[number] = step.work.sought()
                people = self._people(step, found[number])
            step.work.admit(people)
        return found

    def _people(self, step: Step, addresses: Sequence[Address]) -> list[object]:
        handfuls = (addresses[at : at + NAMED] for at in range(0, len(addresses), NAMED))
        spans = (Span(clause=self.access.native.named(step.work.shape, some), end=None) for some in handfuls)
        return list(dict.fromkeys(person for span in spans for person in step.work.people(span)))

    def _once(self, sought: dict[int, list[Address]]) -> tuple[int, ...]:
        touched = [0] * len(self.changes)
        with self.access.batch(self.connection, self.seconds):
            end, self.given = time.monotonic() + self.seconds, self.seconds
            if self.hasty or not self.access.native.waits:  # a store that waits for its lock as it begins has begun only now
                self._give(self.seconds)
            for number, step in enumerate(self.steps):
                self.at = step.change
                self._limit(end)
                if isinstance(step, Derived):
                    self._followed(step)
                    continue
                rows = self._step(step, sought.get(number), end)
                touched[step.change] += rows if step.counts else 0
            self._limit(end)
            self.at = len(self.changes)
        return tuple(touched)

    def _followed(self, step: Derived) -> None:
        """Raise StoreRefused where a column that the store derives did not follow what it is derived from."""
        if self.connection.execute(step.rows).first() is None:
            return
        names = ", ".join(step.columns)
        happened = f"{step.shape.table} derives {names} from columns that still hold what was to be masked"
        todo = f"Name in the map what {names} is derived from; where it tells of nobody, keep it there by `erasure: keep`."
        raise StoreRefused(happened, store=self.access.store, todo=todo)

    def _step(self, step: Step, addresses: Sequence[Address] | None, end: float) -> int:
        work = step.work
        if not work.by_row:
            return work.do(EVERYTHING)
        addresses = work.sought() if addresses is None else addresses
        there = touched = 0
        for some, changed in work.do_named(addresses):
            there += some
            touched += changed
            self._limit(end)
        if there < len(addresses):
            raise LostBatch(Troubled(trouble=Trouble.CLASH))
        return touched

    def _limit(self, end: float) -> None:
        """Let the next statement take what is left of the time. Raises LostBatch when nothing is."""
        left = end - time.monotonic()
        if left <= 0 and not self.patient:
            raise LostBatch(Troubled(trouble=Trouble.TIMEOUT))
        if self.patient:
            if not self.access.native.waits:  # it counts the seconds of the whole, and not of a statement
                self._give(self.seconds)
        elif left <= LEFT_OVER * self.given:
            self.given = left
            self._give(left)

    def _give(self, seconds: float) -> None:
        self.access.native.limit(self.connection, seconds)
        if self.hasty:
            self.access.native.impatient(self.connection)

    def _too_much(self) -> TooMuchAtOnce:
        happened = f"changing {_named(self.changes)} takes longer than others should have to wait for it"
        return TooMuchAtOnce(happened, store=self.access.store, todo="Change the rows of fewer people at a time.")

    def _failed(self, troubled: Troubled) -> SourceError:
        ending = self.at == len(self.changes)
        what = _named(self.changes if ending else [self.changes[self.at]])
        if troubled.trouble is Trouble.UNREACHABLE and ending:
            return self.access.failed(troubled, what, "it is not known whether anything was changed, and doing it again is safe")
        if troubled.trouble is Trouble.FOREIGN_KEY:
            return self._pointed_to(troubled, self.changes if ending else [self.changes[self.at]])
        return self.access.failed(troubled, what)

    def _pointed_to(self, troubled: Troubled, suspects: Sequence[PersonChange]) -> SourceError:
        """Say who points to rows that should go, or that a column was to point to a row that is not there."""
        gone = [change.table for change in suspects if not isinstance(change, Repoint | Rectify)]
        if not gone:
            detail = "it would point to a row that is not there"
            return self.access.failed(Troubled(trouble=Trouble.CONSTRAINT, detail=detail), _named(suspects))
        gone.sort(key=lambda table: not any(change.table == table and isinstance(change, DeleteRows) for change in suspects))
        found = Troubled(trouble=Trouble.FOREIGN_KEY, detail=pointing(self.access, gone[0], troubled))
        return self.access.failed(found, str(gone[0]))
