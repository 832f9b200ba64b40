"""A small world in memory for erasures: people, what they own alone, what they share, and what a law or a hold wants kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from kept.base.changes import DeleteRows, PersonChange, Repoint, selection_of
from kept.base.conditions import Condition, Key, OneOf
from kept.base.names import Column, Table
from kept.base.periods import Period
from kept.planning.erasing import Erasing, erase
from kept.planning.reached import Reached
from kept.planning.reaching import reach
from kept.policy.datamap import LegalMinimum, RetentionRule, Subject, TableMap
from kept.policy.policy import Policy

from .memory import NEW, NOW, OLD, Memory, described, hold, link, mapped, named, points, policy_of
from .rows import Row, meets, perform

__all__ = ["Looking", "Shape", "World", "people", "remake"]


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks into tables in memory."""

    memory: Memory

    def values(self, table: Table, columns: Sequence[str], where: Condition) -> Iterator[tuple[Key | None, ...]]:
        """Yield what columns hold."""
        for row in list(self.memory.rows[table]):
            if meets(where, row, self.memory.rows):
                yield tuple(row[name] for name in columns)

    def holding(self, column: Column, keys: Iterable[Key]) -> Condition:
        """Return which rows hold one of these."""
        return OneOf(column=column.name, keys=tuple(keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a world's tables are made, which is what an erasure has to cope with."""

    loose: bool = True
    """Whether the ties of messages may be empty."""
    enforced: bool = True
    """Whether the store checks them."""
    pseudo: bool = False
    """Whether somebody stands for those who left."""
    masks: bool = False
    """Whether messages are anonymised where they would be deleted."""
    held: bool = False
    """Whether bill 1 is held."""


@dataclass(slots=True)
class World:
    """The tables and the map over them."""

    memory: Memory
    policy: Policy

    def plan(self, *who: str) -> tuple[Reached, Erasing]:
        """Return what is reached from people, and what erasing them comes to."""
        found = reach(self.policy, who, self.memory.schemas, Looking(self.memory), erasing=True)
        return found, erase(found, NOW)

    def erase(self, *who: str) -> Erasing:
        """Erase people, and look again: nothing may be left to do."""
        found, plan = self.plan(*who)
        assert not plan.obstacles, plan.obstacles
        self.do(change for changes in plan.changes.values() for change in changes)
        again = erase(reach(self.policy, who, self.memory.schemas, Looking(self.memory), erasing=True, trail=found.trail()), NOW)
        for changes in again.changes.values():
            for change in changes:
                left = [row for row in self.memory.rows[change.table] if meets(selection_of(change), row, self.memory.rows)]
                assert not left, (change, left)
        return plan

    def do(self, changes: Iterable[PersonChange]) -> None:
        """Do changes; fails where a row would point to one that is gone, as a store would."""
        for change in changes:
            if isinstance(change, Repoint):
                for row in self.memory.rows[change.table]:
                    if meets(selection_of(change), row, self.memory.rows):
                        row[change.column] = int(change.to)
            elif isinstance(change, DeleteRows):
                self.memory.do(replace(change, rows=10**6))
            else:
                perform(change, self.memory.rows)  # type: ignore[arg-type]  # no world here has words to forget

    def keys(self, table: str) -> set[object]:
        """Return the keys of a table's rows."""
        return {row["id"] for row in self.memory.rows[named(table)]}

    def row(self, table: str, key: int) -> dict[str, object]:
        """Return a row."""
        return next(row for row in self.memory.rows[named(table)] if row["id"] == key)


def people(keys: Collection[int]) -> list[str]:
    """Return people as the vault names them."""
    return [f"account:{key}" for key in sorted(keys)]


def remake(
    shape: Shape,
    messages: Sequence[tuple[int, int]],
    members: Sequence[tuple[int, int]],
    bills: Sequence[tuple[int, bool]],
    replies: Sequence[tuple[int, int]],
) -> World:
    """Return a world of four people.

    `messages` are sender and receiver, `members` account and circle, `bills` account and whether the law still wants it, `replies`
    author and the index of the reply above.
    """
    accounts = [{"id": key, "name": f"of {key}"} for key in range(0 if shape.pseudo else 1, 5)]
    rows: dict[str, list[Row]] = {
        "accounts": accounts,
        "messages": [
            {"id": at, "sender": a, "receiver": b, "by": f"of {a}", "to": f"of {b}", "body": "x"}
            for at, (a, b) in enumerate(messages, 1)
        ],
        "circles": [{"id": key, "name": "c"} for key in range(1, 4)],
        "members": [{"id": at, "account": a, "circle": c} for at, (a, c) in enumerate(members, 1)],
        "orders": [{"id": at, "account": a, "note": f"of {a}"} for at, (a, _) in enumerate(bills, 1)],
        "bills": [{"id": at, "ordered": at, "made": NEW if new else OLD, "who": f"of {a}"} for at, (a, new) in enumerate(bills, 1)],
        "replies": [
            {"id": at, "account": a, "above": above if 0 < above < at else None, "text": f"of {a}"}
            for at, (a, above) in enumerate(replies, 1)
        ],
    }
    need = "" if shape.loose else ":required"
    ties = (points("sender", "accounts.id"), points("receiver", "accounts.id")) if shape.enforced else ()
    tables = (
        described("accounts", "id:integer:key name:text"),
        described("messages", f"id:integer:key sender:integer{need} receiver:integer{need} by:text to:text body:text", *ties),
        described("circles", "id:integer:key name:text"),
        described(
            "members",
            "id:integer:key account:integer:required circle:integer:required",
            points("account", "accounts.id"),
            points("circle", "circles.id"),
        ),
        described("orders", "id:integer:key account:integer:required note:text", points("account", "accounts.id")),
        described("bills", "id:integer:key ordered:integer:required made:timestamp who:text", points("ordered", "orders.id")),
        described(
            "replies",
            "id:integer:key account:integer above:integer text:text",
            points("account", "accounts.id"),
            points("above", "replies.id"),
        ),
    )
    holds = [hold("bills", bills__id=("1",))] if shape.held else []
    return World(Memory(rows, *tables), policy_of(_maps(shape), holds=holds))


def _maps(shape: Shape) -> dict[str, TableMap]:
    sender, receiver = link("sender", "accounts.id", "shared"), link("receiver", "accounts.id", "shared")
    law = LegalMinimum(keep=Period(months=12), law="a tax law")
    rule = RetentionRule(keep=Period(hours=24), after="made", at_least=law)
    subject = Subject(kind="account", key="id", pseudo="0" if shape.pseudo else "")
    assert OLD + timedelta(days=366) < NOW
    return {
        "accounts": replace(mapped(fields={"name": None}), subject=subject),
        "messages": mapped(
            replace(sender, tells=("by",)),
            replace(receiver, tells=("to",)),
            erasure="anonymise" if shape.masks else "delete",
            fields={"by": None, "to": None, "body": None},
        ),
        "circles": mapped(link("id", "members.circle", "shared"), fields={"name": None}),
        "members": mapped(link("account", "accounts.id"), fields={}),
        "orders": mapped(link("account", "accounts.id"), fields={"note": None}),
        "bills": mapped(link("ordered", "orders.id"), fields={"who": None}, rule=rule),
        "replies": mapped(link("account", "accounts.id"), link("above", "replies.id", "accessed"), fields={"text": None}),
    }
