"""Whole requests over a small company: people who ask, a worker with a clock of the test's own, and what goes wrong around it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kept.base.changes import PersonChange
from kept.base.errors import StoreUnreachable
from kept.base.names import Table
from kept.base.ports import Connector, Row, Selection
from kept.base.questions import Answers, Question
from kept.base.roles import Who
from kept.base.verdicts import Unknown
from kept.db.actions.requests import open_request
from kept.db.models import Account, Certificate, PlacedHold, Remainder, Request, Sweep, Tombstone
from kept.workflows.finding import Stores
from kept.workflows.requests import work_requests_once
from kept.workflows.world import World

from .town import Town

__all__ = ["Desk", "Fate", "Killed", "STAFF"]

STAFF = Who(ref="abcdefghijkl", role="owner", vouched=True)


class Killed(BaseException):
    """The worker is gone: nothing that it has in hand is done any more."""


@dataclass(slots=True, kw_only=True)
class Fate:
    """What becomes of the calls to stores: the one of number `deadly` fails, before or after it was done, as `how` says.

    `how` is down (the store does not answer), or killed (the worker is gone). Without `deadly` calls are counted.
    """

    deadly: int = -1
    when: str = "before"
    how: str = "down"
    calls: list[str] = field(default_factory=list)

    def around(self, what: str, call: Callable[[], Any]) -> Any:
        """Do a call, or let fate have it."""
        number = len(self.calls)
        self.calls.append(what)
        if number == self.deadly and self.when == "before":
            self._strike()
        done = call()
        if number == self.deadly:
            self._strike()
        return done

    def _strike(self) -> None:
        if self.how == "killed":
            raise Killed
        raise StoreUnreachable("the store is down", store="app", todo="Start it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fateful:
    """A connector whose calls are in the hands of fate; it answers Unknown where it is down, as real ones do."""

    inner: Connector
    fate: Fate

    @property
    def store(self) -> str:
        """The inner one's."""
        return self.inner.store

    def answer(self, questions: Sequence[Question[Any]], **more: Any) -> Answers:
        """Answer, or answer Unknown."""
        try:
            found: Answers = self.fate.around("answer", lambda: self.inner.answer(questions, **more))
        except StoreUnreachable as error:
            return Answers(dict.fromkeys(questions, Unknown(reason=error.happened, todo=error.todo)))
        return found

    def perform_together(self, changes: Sequence[PersonChange], *, patient: bool = False) -> tuple[int, ...]:
        """Do it, or not."""
        done: tuple[int, ...] = self.fate.around("perform", lambda: self.inner.perform_together(changes, patient=patient))
        return done

    def make_anew(self, changed: Collection[Table]) -> tuple[Table, ...]:
        """Do it, or not."""
        made: tuple[Table, ...] = self.fate.around("make anew", lambda: self.inner.make_anew(changed))
        return made

    def read(self, selection: Selection) -> Iterator[Row]:
        """Read, or not."""
        rows: list[Row] = self.fate.around("read", lambda: list(self.inner.read(selection)))
        return iter(rows)

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Read each."""
        for selection in selections:
            yield selection, self.read(selection)

    def preview(self, change: Any) -> Any:
        """Say what the inner one says."""
        return self.inner.preview(change)

    def perform(self, change: Any, **more: Any) -> Any:
        """Do what the inner one does."""
        return self.inner.perform(change, **more)

    def close(self) -> None:
        """Close the inner one."""
        self.inner.close()


class FatefulWorld(World):
    """A world whose stores are in the hands of fate."""

    fate: Fate | None = None

    def stores(self) -> Stores:
        """Return the stores, each behind fate."""
        stores = World.stores(self)
        if self.fate is None:
            return stores
        mine = {name: one if name == "kept" else Fateful(inner=one, fate=self.fate) for name, one in stores.connectors.items()}
        return replace(stores, connectors=mine)


@dataclass(slots=True, kw_only=True)
class Desk:
    """A company's desk: whoever asks, and the one who works on it."""

    town: Town
    at: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)
    world: FatefulWorld = field(init=False)

    def __post_init__(self) -> None:
        """Give the worker the desk's clock."""
        self.world = FatefulWorld(folder=self.town.folder, now=lambda: self.at)

    def asks(self, subject: str, right: str = "erasure") -> str:
        """Let a person who is signed in ask; return the request's reference."""
        address = f"{subject.replace(':', '-').replace(' ', '-')}@people.example"
        account, _ = Account.objects.get_or_create(subject=subject, defaults={"email": address})
        who = Who(account=account.pk, ref=account.ref, subject=subject)
        ref = open_request(right=right, channel="centre", terms=self.world.terms, at=self.at, by=who)
        Request.objects.filter(ref=ref).update(wake_at=self.at)
        return ref

    def later(self, **how_long: float) -> None:
        """Let time pass."""
        self.at += timedelta(**how_long)

    def work(self, most: int = 200) -> int:
        """Do everything that is due; return how many things that was."""
        for number in range(most):
            if not work_requests_once(self.world):
                return number
        raise AssertionError("the worker finds no end")

    def work_on(self, ref: str, *, days: int = 30) -> None:
        """Let workers come back until a request has ended: an hour between, as stores come up again and leases run out."""
        for _ in range(24 * days):
            self.work()
            if Request.objects.get(ref=ref).closed_at is not None:
                return
            self.later(hours=1)
        raise AssertionError(f"{ref} never ends: {self.stands(ref)}")

    def stands(self, ref: str) -> tuple[str, str, str, str]:
        """Return a request's state, stage, and whom it waits for and what for."""
        row = Request.objects.get(ref=ref)
        return row.state, row.stage, row.waits_on, row.waits_for

    def stays(self, ref: str) -> set[tuple[str, str, int]]:
        """Return what stays of a request: table, why, and how many rows."""
        rows = Remainder.objects.filter(request__ref=ref, gone_at__isnull=True)
        return {(one.table, one.why, one.rows) for one in rows}

    def told(self, ref: str) -> Mapping[str, Any]:
        """Return what a request's erasure came to."""
        return dict(Request.objects.get(ref=ref).steps.get(name="erase").told)

    def in_order(self, ref: str) -> None:
        """See that nothing was closed or certified before its proof, and once each."""
        row = Request.objects.get(ref=ref)
        sweep = row.sweep
        certificates = list(Certificate.objects.filter(request=row))
        assert len(certificates) <= 1
        if certificates or row.closed_at:
            assert sweep is not None
            assert sweep.state == "proved"
            assert sweep.proved_at is not None
            assert all(one.made_at >= sweep.proved_at for one in certificates)
            assert row.closed_at is None or row.closed_at >= sweep.proved_at

    @staticmethod
    def clear() -> None:
        """Forget every request, so that the next test begins with none."""
        Request.objects.all().delete()
        Sweep.objects.all().delete()
        for kind in (Account, PlacedHold, Tombstone):
            kind.objects.all().delete()
