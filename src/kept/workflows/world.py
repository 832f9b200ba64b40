"""What the steps of a request work in: the policy as it is now, the stores, the clock, and a desk to write letters at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from kept.base.changes import PersonChange
from kept.base.conditions import Condition, Key
from kept.base.errors import KeptError, SourceError
from kept.base.names import Column, Table
from kept.base.personal import Personal
from kept.base.ports import Selection
from kept.base.questions import CountRows, ReadSchema, Schema
from kept.base.verdicts import Unknown
from kept.connectors.post import Attached, Draft, compose
from kept.db.access.cases import Case
from kept.db.actions.action import one_flush
from kept.db.actions.letters import keep_letter
from kept.db.actions.obligations import open_obligation
from kept.db.holding import with_placed_holds
from kept.db.terms import Terms, terms_of
from kept.intake.threads import message_id, subject_tag
from kept.planning.reached import Reached
from kept.planning.reaching import reach
from kept.policy.current import Current
from kept.policy.policy import Policy
from kept.policy.settings import Settings

from .check import clock, load_policy
from .finding import Stores, opened_stores

__all__ = ["ACTOR", "Looks", "World"]

ACTOR = "worker"
MAIL = "mail"

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class World:
    """Everything around one worker. Stores are opened when they are first asked for, and stay open until `close`.

    One worker is one thread: it is not shared.
    """

    folder: Path
    actor: str = ACTOR
    now: Callable[[], datetime] = clock
    _current: Current = field(default_factory=lambda: Current(load_policy))
    _open: ExitStack = field(default_factory=ExitStack)
    _stores: tuple[str, Stores] | None = None
    _held: Policy | None = None
    pace: dict[str, int] = field(default_factory=dict)
    """By store, how many people's erasures one transaction took well last."""

    @property
    def policy(self) -> Policy:
        """The policy as its files are now, with the holds that staff placed; inside a turn, as it was. Raises PolicyErrors."""
        return self._held or self.policy_now()

    def policy_now(self) -> Policy:
        """Return the policy as it is now, inside a turn too, which goes on with it. Raises PolicyErrors."""
        policy = with_placed_holds(self._current.policy(self.folder))
        self._held = policy if self._held is not None else None
        return policy

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Do one thing for a request by one policy, and give what is written down its place in the ledger when it is done.

        Raises PolicyErrors.
        """
        outer, self._held = self._held, self.policy
        try:
            with one_flush():
                yield
        finally:
            self._held = outer

    @property
    def settings(self) -> Settings:
        """kept.toml as it is now."""
        return self._held.settings if self._held is not None else self._current.policy(self.folder).settings

    @property
    def terms(self) -> Terms:
        """By which laws and which promise requests are answered."""
        return terms_of(self.settings)

    def stores(self) -> Stores:
        """Return the company's stores, open. Raises PolicyErrors; a store that does not answer is told when it is asked."""
        policy = self.policy
        if self._stores is None or self._stores[0] != policy.digest:
            self.close()
            self._stores = (policy.digest, self._open.enter_context(opened_stores(policy, self.folder, self.actor)))
        return self._stores[1]

    def schemas(self) -> Mapping[str, Schema]:
        """Return every store's tables as they are now. Raises SourceError where one does not say."""
        stores, found = self.stores(), {}
        for name in stores.policy.stores:
            question = ReadSchema(of=name)
            found[name] = _said(stores.connectors[name].answer([question]).of(question), name)
        return found

    def follow(self, subject: str, *, erasing: bool) -> Reached:
        """Return everything that the map's links lead to from a person (`account:42`). Raises SourceError, Refused."""
        return reach(self.policy, [subject], self.schemas(), Looks(stores=self.stores()), erasing=erasing)

    def rows(self, question: CountRows) -> int:
        """Return how many rows there are. Raises SourceError where the store does not say."""
        return self.counts([question])[0]

    def counts(self, questions: Sequence[CountRows]) -> list[int]:
        """Return the answers to several questions; those of one store it is asked together. Raises SourceError."""
        asked: dict[str, list[CountRows]] = {}
        for question in questions:
            asked.setdefault(question.table.store, []).append(question)
        stores = self.stores()
        found: dict[CountRows, int] = {}
        for store, some in asked.items():
            connector = stores.connectors.get(store)
            if connector is None:
                raise SourceError(f'there is no store "{store}" in kept.toml', store=store, todo="Add it there.")
            answers = connector.answer(some)
            for question in some:
                found[question] = _said(answers.of(question), store)
        return [found[question] for question in questions]

    def change(self, store: str, changes: Sequence[PersonChange]) -> int:
        """Do changes for one person in one transaction, and make anew what holds copies of them; return how many rows.

        Raises SourceError.
        """
        connector = self.stores().connectors[store]
        rows = sum(connector.perform_together(changes, patient=True))
        connector.make_anew({change.table for change in changes})
        return rows

    def close(self) -> None:
        """Let go of the stores."""
        self._stores = None
        self._open.close()
        self._open = ExitStack()

    def owe(self, *, finding: str, title: str, wanted: str, due: date | None = None) -> None:
        """Give the company's owner a task, unless it is open already; due today where no day is given."""
        now = self.now()
        open_obligation(
            finding=finding,
            title=title,
            owner=self.settings.company.owner,
            due=due or now.date(),
            wanted=wanted,
            at=now,
            actor=self.actor,
        )

    def mail_url(self) -> str:
        """Return where letters go: the mail server of kept.toml, or a folder. Raises SourceError where its variable is not set."""
        said = self.settings.web.mail
        if said is None:
            return (self.folder.resolve() / ".kept" / MAIL).as_uri()
        if url := os.environ.get(said.variable):
            return url
        raise SourceError(
            f"the environment variable {said.variable} is not set", store=MAIL, todo="Set it to the mail server's URL."
        )

    def post(
        self, case: Case, *, kind: str, subject: str, text: str, number: int = 0, attachments: Sequence[Attached] = ()
    ) -> bool:
        """Write a letter to the person of a request and keep it sealed, to be sent; return False where there is no address.

        One letter of a kind and number a request: written again, after a crash, it is the same one. Raises Refused for an address
        that is none.
        """
        if not case.address:
            return False
        settings = self.settings
        sender = settings.web.sender or settings.company.contact
        name = message_id(case.ref, sender.rpartition("@")[2], f"{kind}-{number}")
        letter = compose(
            Draft(
                sender=sender,
                sender_name=settings.company.name,
                to=case.address,
                subject=f"{subject} {subject_tag(case.ref)}",
                text=text,
                at=self.now(),
                message_id=name,
                attachments=tuple(attachments),
                language=case.language,
                automatic="auto-generated",
            )
        )
        keep_letter(
            request=case.ref,
            incoming=False,
            message_id=name,
            kind=kind,
            content=letter.as_bytes(),
            attachments=len(attachments),
            at=self.now(),
            actor=self.actor,
        )
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Looks into the stores for `kept.planning.reaching`. Values pass through; they are kept for one look, and never told."""

    stores: Stores
    _holding: dict[tuple[Column, tuple[Key, ...]], Condition] = field(default_factory=dict, repr=False)

    def values(self, table: Table, columns: Sequence[str], where: Condition) -> Iterator[tuple[Key | None, ...]]:
        """Yield what these columns hold in the rows that meet a condition. Raises SourceError."""
        for row in self.stores.read(Selection(table=table, columns=tuple(columns), where=where)):
            yield tuple([_key(row[name].reveal()) for name in columns])

    def holding(self, column: Column, keys: Iterable[Key]) -> Condition:
        """Return which rows hold one of these in a column, by its blind index where it is sealed. Raises SourceError."""
        asked = (column, tuple(keys))
        if asked not in self._holding:
            self._holding[asked] = self.stores.holding(column, (Personal(key) for key in asked[1]))
        return self._holding[asked]


def _said(answer: T | Unknown, store: str) -> T:
    """Return an answer. Raises SourceError where the store did not say."""
    if isinstance(answer, Unknown):
        raise SourceError(answer.reason, store=store, todo=answer.todo or "See to the store; Kept tries again.")
    return answer


def _key(value: Any) -> Key | None:
    """Return a value as links compare it: numbers stay numbers, everything else is its text."""
    kind = type(value)
    if value is None or kind is str or kind is int:
        plain: Key | None = value
        return plain
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def told(error: KeptError) -> str:
    """Return an error's sentences for people who look at the request."""
    return f"{error.happened}. {error.todo}"
