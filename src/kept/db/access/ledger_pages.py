"""The ledger page by page, newest first, for staff who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db import log
from kept.db.failures import database_errors

__all__ = ["LedgerLine", "LedgerPage", "ledger_line", "ledger_page"]

SCANNED, ROUNDS = 1000, 5
"""How many entries are read at once, and how often, before a page that filters ends early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One entry: its place, and what it says."""

    index: int
    kind: str
    at: datetime
    actor: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """Some entries, newest first; `before` is where the next page begins, None at the log's beginning.

    `kinds` are those that were seen on the way.
    """

    size: int
    lines: tuple[LedgerLine, ...]
    before: int | None
    kinds: tuple[str, ...]


def ledger_page(*, by: Who, before: int | None = None, kind: str = "", limit: int = 50) -> LedgerPage:
    """Return the entries below a place, or the newest; only those whose kind is, or begins with, `kind` where one is given.

    Raises NotThere for who may not read the ledger.
    """
    if not by.may("ledger.read"):
        raise NotThere("There is no ledger here", todo="Ask an owner for the role that may read it.")
    with database_errors():
        newest = log.newest()
        size = newest.size if newest else 0
        end = size if before is None else max(0, min(before, size))
        lines: list[LedgerLine] = []
        kinds: set[str] = set()
        for _ in range(ROUNDS):
            first = max(0, end - (SCANNED if kind else limit))
            some = [ledger_line(first + at, body) for at, body in enumerate(log.bodies(first, end - first))]
            kinds |= {line.kind for line in some}
            wanted = [line for line in reversed(some) if not kind or line.kind == kind or line.kind.startswith(f"{kind}.")]
            lines += wanted[: limit - len(lines)]
            end = lines[-1].index if len(lines) == limit else first
            if len(lines) == limit or not end:
                break
    return LedgerPage(size=size, lines=tuple(lines), before=end or None, kinds=tuple(sorted(kinds)))


def ledger_line(index: int, body: bytes) -> LedgerLine:
    """Return what an entry's canonical JSON says."""
    read = orjson.loads(body)
    return LedgerLine(
        index=index,
        kind=str(read["kind"]),
        at=datetime.fromisoformat(read["at"]),
        actor=str(read["actor"]),
        facts=read["facts"],
    )
