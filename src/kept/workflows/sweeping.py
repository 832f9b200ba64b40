"""Erasing people, as many together as are due: found, done store by store, asked again, proved.

What the rows are found by is written down, sealed, before anything is changed. A worker that dies leaves a sweep that another takes
up: it looks again, finds fewer rows, and ends what is left. Nothing is called done because a statement returned; every store is
asked again afterwards.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from kept.base.changes import DeleteRows, PersonChange
from kept.base.errors import KeptError, Refused, SourceError, TooMuchAtOnce
from kept.base.names import Table
from kept.base.questions import CountRows, Schema
from kept.db.access.cases import Leaver, leavers_of_worker
from kept.db.access.erasures import Erased, Stays
from kept.db.access.sweeps import stores_of, trail_of
from kept.db.actions.certificates import certify_sweep
from kept.db.actions.sweeps import (
    Kept,
    Stopped,
    Swept,
    begin_sweep,
    close_sweep,
    delay_sweep,
    end_store,
    intend_store,
    take_sweep,
    views_made_anew,
)
from kept.planning.erasing import Erasing, erase
from kept.planning.reached import Reached, info_of
from kept.planning.reaching import reach, reach_again

from .ending import destroy_keys, remember_people
from .leases import keeping
from .leaving import Staying, stay_of
from .mentions import forget_mentions, identifiers_of
from .steps.certify import statement_of
from .world import Looks, World, told

__all__ = ["FIRST", "sweep_once"]

log = logging.getLogger(__name__)

FIRST: Final = 64
"""How many people one transaction erases at first; more the next time if it was quick, fewer if it was not."""
MOST: Final = 1_000
RETRY: Final = timedelta(seconds=30)
STAFF: Final = timedelta(days=1)
PASSES: Final = 3
"""How often a store is gone through at most: rows that one lot of people had to leave for the next one's sake go in the second."""
SURELY: Final = 0.25
"""Below this part of what may be touched, what the store believes a table to have is enough; counting it all takes its time."""
LEAST_ROWS: Final = 1_000
"""Below so many rows in a table, a share of it says nothing."""


def sweep_once(world: World) -> bool:
    """Take up the erasures that are due, and bring them to their proof; return False where none are."""
    swept = take_sweep(at=world.now())
    if swept is None:
        return False
    _sweep(world, swept)
    return True


def _sweep(world: World, swept: Swept) -> None:
    """Go through with a sweep. Where one person stands in the way of the others, each is erased alone, and only that one waits."""
    refs, fences = [ref for ref, _ in swept.requests], [fence for _, fence in swept.requests]
    run = _Sweep(world=world, swept=swept)
    try:
        with world.turn(), keeping(world, refs, fences):
            run.all()
    except SourceError as error:
        log.warning("a sweep waits: %s", error)
        run.delay(Stopped(store=error.store, error=told(error), code=error.code), RETRY)
    except KeptError as error:
        if len(swept.requests) > 1 and not run.swept.ref:
            for one in swept.requests:
                _sweep(world, Swept(ref="", state="", requests=(one,)))
            return
        log.warning("a sweep waits for staff: %s", error)
        run.delay(Stopped(store="", error=told(error), code=error.code, on="staff"), STAFF)
    except Exception as error:  # a defect must end neither the worker nor the erasure
        log.exception("a sweep stopped")
        run.delay(Stopped(store="", error=f"Kept met what it was not made for ({type(error).__name__})", code="defect"), STAFF)


@dataclass(slots=True, kw_only=True)
class _Sweep:
    """One sweep."""

    world: World
    swept: Swept
    cases: tuple[Leaver, ...] = ()
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    deleted: Counter[str] = field(default_factory=Counter)
    """By table, how many rows were deleted."""
    again: bool = False
    """Whether another worker was at it, who may have done more than it could write down."""

    def all(self) -> None:
        """Go through with it. Whatever is done already is found done."""
        world = self.world
        self.cases = leavers_of_worker([ref for ref, _ in self.swept.requests])
        self.schemas = world.schemas()
        before: Mapping[str, Any] = trail_of(self.swept.ref) if self.swept.ref else {}
        found = self._reach(before.get("values") or _known(self.cases))
        plan = self._plan(found)
        words = identifiers_of(world, found, before.get("words"))
        self.again = bool(self.swept.ref)
        planned = {store: self._count(changes) for store, changes in plan.changes.items()}
        for tables in planned.values():
            self._careful(tables)
        if not self.again:
            trail = {"values": found.trail(), "words": words}
            ref = begin_sweep(swept=self.swept, trail=trail, at=world.now(), actor=world.actor)
            self.swept = Swept(ref=ref, state="found", requests=self.swept.requests)
        left = stay_of(world, found, plan, self._owners())
        remember_people(world, found, plan)
        for store in plan.changes:
            self._store(store, found, plan, planned[store])
        destroyed = destroy_keys(world, found, left)
        mentions = forget_mentions(world, words)
        self._prove(found)
        kept = [one.kept for one in left]
        told_of = {**destroyed, "mentions": mentions}
        trails = _trails(found, left, [case.ref for case in self.cases if "values" in case.trail])
        now = world.now()
        asking = any(declared.erasure is not None for declared in world.policy.processors.values())
        wake_at = now if asking else now + RETRY  # nobody need take up what is certified here in a moment
        close_sweep(swept=self.swept, kept=kept, trails=trails, told=told_of, wake_at=wake_at, at=now, actor=world.actor)
        if not asking:
            self._certify(kept, told_of, now)

    def _certify(self, kept: Sequence[Kept], told_of: Mapping[str, Any], proved_at: datetime) -> None:
        """Certify everybody together, for no processor has to be asked before. Whoever is left out is certified alone."""
        policy = self.world.policy
        stores, stays = stores_of(self.swept.ref), dict[str, list[Stays]]()
        for one in kept:
            rest = Stays(table=one.table, why=one.why, rule=one.rule[:300], rows=one.rows, until=one.until)
            stays.setdefault(one.request, []).append(rest)
        statements = {
            case.ref: statement_of(
                Erased(
                    request=case.ref,
                    received_at=case.received_at,
                    proved_at=proved_at,
                    sweep=self.swept.ref,
                    people=len(self.cases),
                    stores=stores,
                    told=told_of,
                    stays=tuple(stays.get(case.ref, ())),
                    asked=(),
                ),
                policy.settings.company.name,
            )
            for case in self.cases
        }
        keeping_trail = [case.ref for case in self.cases if case.ref in stays]
        certify_sweep(statements, sweep=self.swept.ref, keeping_trail=keeping_trail, at=self.world.now(), actor=self.world.actor)

    def delay(self, stopped: Stopped, again: timedelta) -> None:
        """Write down what stopped it, unless it is another worker's by now."""
        now = self.world.now()
        try:
            delay_sweep(swept=self.swept, stopped=stopped, at=now, again=now + again, actor=self.world.actor)
        except KeptError as error:
            log.warning("what stopped a sweep could not be written down: %s", error)

    def _owners(self) -> Mapping[str, str]:
        """Return the request of each person who asked."""
        return {case.subject: case.ref for case in self.cases if case.subject}

    def _reach(self, before: Mapping[str, Any] | None) -> Reached:
        looks = Looks(stores=self.world.stores())
        return reach(self.world.policy, list(self._owners()), self.schemas, looks, erasing=True, trail=before)

    def _plan(self, found: Reached) -> Erasing:
        plan = erase(found, self.world.now())
        if plan.obstacles:
            raise Refused(
                f"these people cannot be erased as the map says: {'; '.join(plan.obstacles[:5])}",
                todo="Correct the map, or the table; the erasure goes on by itself then.",
            )
        return plan

    def _store(self, store: str, found: Reached, plan: Erasing, planned: Mapping[str, int]) -> None:
        """Do one store's part, some people at a time, each lot in one transaction."""
        some = any(planned.values())
        if some or self.again:
            intend_store(sweep=self.swept.ref, store=store, tables=planned, at=self.world.now(), actor=self.world.actor)
        if not some:
            if self.again:
                self._make_anew(store, plan.changes[store])
            end_store(sweep=self.swept.ref, store=store, state="done", tables={}, at=self.world.now(), actor=self.world.actor)
            return
        for _ in range(PASSES):
            if self._lots(store, found, plan) == 1 or self._all_gone(planned):
                break
            if not any(self._count(plan.changes[store]).values()):
                break
        self._make_anew(store, plan.changes[store])

    def _all_gone(self, planned: Mapping[str, int]) -> bool:
        """Return whether every row that was counted before was deleted; where some are masked, they must be counted again."""
        return all(self.deleted[table] >= rows for table, rows in planned.items())

    def _make_anew(self, store: str, changes: Sequence[PersonChange]) -> None:
        """Make anew what holds copies of the rows that went: a view that the store keeps filled still has them."""
        views = self.world.stores().connectors[store].make_anew({change.table for change in changes})
        if views:
            views_made_anew(sweep=self.swept.ref, store=store, views=views, at=self.world.now(), actor=self.world.actor)

    def _lots(self, store: str, found: Reached, plan: Erasing) -> int:
        """Go through the people of a sweep, some at a time; return in how many lots. Whoever is done is nobody's other owner."""
        people, done, lots = list(self._owners()), list[str](), 0
        size = self.world.pace.get(store, FIRST)
        while people:
            if self.world.policy_now().digest != found.policy.digest:
                raise SourceError("the policy, or a hold, changed meanwhile", store=store, todo="Nothing; Kept looks again.")
            some = people[:size]
            part = erase(found.only(some, done), self.world.now()) if len(some) < len(self._owners()) else plan
            begun = self.world.now()
            try:
                rows = self._together(store, part.changes.get(store, ()), patient=len(some) == 1)
            except TooMuchAtOnce:
                size = self.world.pace[store] = max(1, len(some) // 4)
                continue
            now = self.world.now()
            end_store(sweep=self.swept.ref, store=store, state="done", tables=rows, at=now, actor=self.world.actor)
            people, done, lots = people[len(some) :], done + some, lots + 1
            took = (now - begun).total_seconds()
            if len(some) == size:  # the last few say nothing of how many one transaction takes
                size = self.world.pace[store] = min(MOST, size * 4 if took < 0.1 else size * 2 if took < 0.4 else size)
        return lots

    def _together(self, store: str, changes: Sequence[PersonChange], *, patient: bool) -> dict[str, int]:
        rows = self.world.stores().connectors[store].perform_together(changes, patient=patient)
        by_table: dict[str, int] = {}
        for change, touched in zip(changes, rows, strict=True):
            if touched:
                by_table[str(change.table)] = by_table.get(str(change.table), 0) + touched
            if isinstance(change, DeleteRows):
                self.deleted[str(change.table)] += touched
        return by_table

    def _count(self, changes: Sequence[PersonChange]) -> dict[str, int]:
        """Return how many rows each table is going to lose or have changed."""
        questions = [CountRows(table=change.table, where=where) for change, where in _selections(changes)]
        planned: dict[str, int] = {}
        for question, rows in zip(questions, self.world.counts(questions), strict=True):
            planned[str(question.table)] = planned.get(str(question.table), 0) + rows
        return planned

    def _careful(self, planned: Mapping[str, int]) -> None:
        """Stop before an erasure takes a large share of a table: a map whose links lead everywhere does that.

        Many people may take ten times their own share of everybody, if that is more than the share that one may take.
        """
        if any(case.wanted.get("large") for case in self.cases):
            return
        one = self.world.settings.safety_share
        share = self._share() if any(self._much(rows, one, table) for table, rows in planned.items()) else one
        for table, rows in planned.items():
            if not self._much(rows, share, table):
                continue
            total = self.world.rows(CountRows(table=Table.parse(table)))
            if rows > share * total:
                raise Refused(
                    f"the erasure of {len(self._owners()):,} of the people would touch {rows:,} of the {total:,} rows of {table}",
                    todo="Look through the map's links; if it is right, say so on the request's page.",
                )

    def _much(self, rows: int, share: float, table: str) -> bool:
        """Return whether so many rows may be more than a share of a table, by what the store believes it to have."""
        info = info_of(self.schemas, Table.parse(table))
        believed = info.rows or 0 if info is not None else 0
        return rows >= LEAST_ROWS and rows > SURELY * share * believed

    def _share(self) -> float:
        """Return which share of a table these people may take: for many of them, ten times the share that they are of everybody."""
        one, people = self.world.settings.safety_share, len(self._owners())
        if people == 1:
            return one
        kinds = {subject.partition(":")[0] for subject in self._owners()}
        tables = [mapped for mapped in self.world.policy.tables() if mapped.map.subject and mapped.map.subject.kind in kinds]
        everybody = sum(self.world.rows(CountRows(table=mapped.table)) for mapped in tables)
        return max(one, min(1.0, 10 * people / max(people, everybody)))

    def _prove(self, found: Reached) -> None:
        """Look again, by everything that is known, and ask every store whether anything is left to do."""
        again = reach_again(found)
        plan = self._plan(again)
        for store, changes in plan.changes.items():
            left = {table: rows for table, rows in self._count(changes).items() if rows}
            if left:
                listed = ", ".join(f"{rows:,} rows of {table}" for table, rows in left.items())
                raise SourceError(
                    f"{listed} are there again after they were erased",
                    store=store,
                    todo="Something writes them anew; Kept tries again.",
                )
            end_store(sweep=self.swept.ref, store=store, state="proved", tables={}, at=self.world.now(), actor=self.world.actor)


def _selections(changes: Sequence[PersonChange]) -> list[tuple[PersonChange, Any]]:
    """Return each change with the rows it has still to touch; rows that go are not counted for what is cut before they go."""
    gone = {(change.table, change.where) for change in changes if isinstance(change, DeleteRows)}
    plan = Erasing(changes={"": list(changes)})
    return [
        (change, where)
        for change, where in plan.proofs("")
        if isinstance(change, DeleteRows) or (change.table, change.where) not in gone
    ]


def _known(cases: Sequence[Leaver]) -> Mapping[str, list[Any]]:
    """Return what rows that stayed before are found by: those that led to them are gone."""
    known: dict[str, list[Any]] = {}
    for case in cases:
        for column, values in case.trail.get("values", {}).items():
            known.setdefault(column, []).extend(values)
    return known


def _trails(found: Reached, left: Sequence[Staying], before: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return, by request, what the rows that stay are found by: the person's values, and those that nobody knows whose they are.

    Requests that had such a trail `before` and need none any more have an empty one.
    """
    each: dict[str, dict[str, list[Any]]] = {}
    for column, pairs in found.trail().items() if left else ():
        for value, person in pairs:
            each.setdefault(str(person), {}).setdefault(column, []).append([value, person])
    trails: dict[str, Mapping[str, Any]] = {ref: {} for ref in before}
    for one in left:
        if not trails.get(one.kept.request):
            mine, nobodys = each.get(one.person, {}), each.get("", {})
            trails[one.kept.request] = {column: mine.get(column, []) + nobodys.get(column, []) for column in {*mine, *nobodys}}
    return trails
