"""What every action has in common: one transaction, errors a person can act on, and an entry for the ledger written with it."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import ParamSpec, TypeVar

from django.db import transaction

from kept.db.failures import database_errors
from kept.db.keys import current
from kept.ledger.entries import Entry, Fact, refusal

from .sequence import flush, post

__all__ = ["action", "named", "one_flush", "record", "record_each"]

ACCOUNT = "os:"
"""How an actor begins that is an account of the operating system."""

_Waiting = threading.local()

P = ParamSpec("P")
R = TypeVar("R")


def action(write: Callable[P, R]) -> Callable[P, R]:
    """Run the function in one transaction: either everything it writes is there, the ledger's entry included, or nothing is."""

    @wraps(write)
    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        with database_errors(), transaction.atomic():
            return write(*args, **kwargs)

    return act


def record(kind: str, *, at: datetime, actor: str, **facts: Fact) -> None:
    """Put an entry into the outbox, in the transaction that is open; after the commit it gets its place in the log.

    An account of the operating system (`os:jane`) is often a person's name and enters as a keyed hash, as does anything that
    looks like a person; the row beside it keeps the name, and can forget it. A role set by KEPT_ACTOR enters as it is.
    """
    record_each(kind, [facts], at=at, actor=actor)


def record_each(kind: str, several: Iterable[Mapping[str, Fact]], *, at: datetime, actor: str) -> None:
    """Put one entry of a kind for each set of facts into the outbox, in one statement; see `record`."""
    who = hashed(actor) if actor.startswith(ACCOUNT) else named(actor)
    if bodies := [Entry(kind=kind, at=at, actor=who, facts=facts).body() for facts in several]:
        post(*bodies)
        transaction.on_commit(_flush_soon)


@contextmanager
def one_flush() -> Iterator[None]:
    """Let what the actions inside put into the outbox get its place in the log together, when the block is through.

    Until then it waits there, as durably as anything; a process that dies leaves it to whichever flushes next.
    """
    outer, _Waiting.inside = getattr(_Waiting, "inside", False), True
    try:
        yield
    finally:
        _Waiting.inside = outer
        if not outer and getattr(_Waiting, "any", False):
            _Waiting.any = False
            flush()


def _flush_soon() -> None:
    if getattr(_Waiting, "inside", False):
        _Waiting.any = True
    else:
        flush()


def named(name: str) -> str:
    """Return a name as it may stand in the ledger: itself, or its keyed hash where it looks like something about a person."""
    return hashed(name) if refusal(name) else name


def hashed(name: str) -> str:
    """Return the keyed hash of a name, the same each time under one installation's secret."""
    return "hmac:" + hmac.digest(current().tombstone, name.encode("utf-8", "surrogatepass"), sha256).hex()
