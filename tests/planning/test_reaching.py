"""Following people by the map's links: in rounds, to their ends, and no further than the links say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from kept.base.conditions import Condition, OneOf
from kept.base.errors import Refused
from kept.base.names import Column
from kept.planning import reaching
from kept.planning.reached import Reached
from kept.planning.reaching import reach
from kept.policy.datamap import Subject, TableMap

from .erased import Looking
from .memory import Memory, described, link, mapped, policy_of


def person(kind: str, *links: Any, pseudo: str = "") -> TableMap:
    return replace(mapped(*links, fields={}), subject=Subject(kind=kind, key="id", pseudo=pseudo))


def reached(maps: dict[str, TableMap], rows: dict[str, list[dict[str, Any]]], *who: str, erasing: bool = True) -> Reached:
    infos = [described(name, " ".join(f"{column}:text" for column in held[0])) for name, held in rows.items()]
    memory = Memory(rows, *infos)
    return reach(policy_of(maps), who, memory.schemas, Looking(memory), erasing=erasing)


def known(found: Reached, column: str) -> set[object]:
    return set(found.values(Column.parse(f"shop.{column}")))


CHAIN = {
    "accounts": person("account"),
    "boxes": mapped(link("account", "accounts.id"), fields={}),
    "things": mapped(link("box", "boxes.id"), fields={}),
    "marks": mapped(link("thing", "things.id"), fields={}),
}
CHAINED: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"id": "1"}, {"id": "2"}],
    "boxes": [{"id": "b1", "account": "1"}, {"id": "b2", "account": "2"}],
    "things": [{"id": "t1", "box": "b1"}, {"id": "t2", "box": "b2"}],
    "marks": [{"id": "m1", "thing": "t1"}],
}


def test_a_chain_is_followed_to_its_end() -> None:
    found = reached(CHAIN, CHAINED, "account:1")
    assert (known(found, "boxes.id"), known(found, "things.id")) == ({"b1"}, {"t1"})
    (way,) = found.ways(next(table for table in found.policy.tables() if table.table.name == "marks"))
    assert way.path == "shop.marks.thing → shop.things.box → shop.boxes.account → account"


def test_a_batch_knows_whose_each_value_is() -> None:
    found = reached(CHAIN, CHAINED, "account:1", "account:2")
    assert found.owner(Column.parse("shop.things.id"), "t2") == "account:2"
    part = found.only(["account:2"])
    assert (known(part, "boxes.id"), list(part.people)) == ({"b2"}, ["account:2"])


def test_what_was_known_is_known_again_when_the_rows_are_gone() -> None:
    trail = reached(CHAIN, CHAINED, "account:1").trail()
    empty = {name: [{"id": None, **dict.fromkeys(held[0])}] for name, held in CHAINED.items()}
    memory = Memory(empty, *[described(name, " ".join(f"{column}:text" for column in held[0])) for name, held in empty.items()])
    found = reach(policy_of(CHAIN), ["account:1"], memory.schemas, Looking(memory), erasing=True, trail=trail)
    assert known(found, "things.id") == {"t1"}
    assert found.trail() == trail


def test_links_that_lead_in_a_circle_end() -> None:
    maps = {
        "accounts": person("account"),
        "a": mapped(link("account", "accounts.id"), link("b", "b.id"), fields={}),
        "b": mapped(link("a", "a.id"), fields={}),
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [{"id": "1"}],
        "a": [{"id": "a1", "account": "1", "b": None}, {"id": "a2", "account": None, "b": "b1"}],
        "b": [{"id": "b1", "a": "a1"}, {"id": "b2", "a": "a2"}],
    }
    found = reached(maps, rows, "account:1")
    assert (known(found, "a.id"), known(found, "b.id")) == ({"a1", "a2"}, {"b1", "b2"})


def test_a_link_to_rows_of_nobody_reaches_nobody() -> None:
    maps = {"accounts": person("account"), "loose": mapped(link("of", "others.id"), fields={}), "others": mapped(fields={})}
    rows = {"accounts": [{"id": "1"}], "loose": [{"id": "l", "of": "o"}], "others": [{"id": "o"}]}
    found = reached(maps, rows, "account:1")
    assert [table.table.name for table in found.policy.tables() if found.ways(table)] == ["accounts"]


def test_links_that_lead_everywhere_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "MOST_VALUES", 50)
    maps = {"accounts": person("account"), "rows": mapped(link("one", "accounts.id"), link("up", "rows.id"), fields={})}
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [{"id": "1"}],
        "rows": [{"id": str(at), "one": "1" if at == 0 else None, "up": str(at - 1)} for at in range(200)],
    }
    with pytest.raises(Refused, match="more than 50 rows"):
        reached(maps, rows, "account:1")


def test_who_is_found_belongs_to_whoever_asked() -> None:
    """A reader who is found by an account's address is that person too; rows that hang on the reader follow."""
    maps = {
        "accounts": person("account"),
        "readers": person("reader", link("mail", "accounts.mail")),
        "clicks": mapped(link("reader", "readers.id"), fields={}),
        "more_readers": replace(person("reader"), subject=Subject(kind="reader", key="reader")),
        "letters": mapped(link("to", "more_readers.mail"), fields={}),
    }
    rows = {
        "accounts": [{"id": "1", "mail": "Anna@example.org"}, {"id": "2", "mail": "b@example.org"}],
        "readers": [{"id": "7", "mail": "anna@example.org"}, {"id": "8", "mail": "b@example.org"}],
        "clicks": [{"id": "c", "reader": "7"}],
        "more_readers": [{"id": "x", "reader": "7", "mail": "other"}],
        "letters": [{"id": "y", "to": "other"}],
    }
    infos = [described(name, " ".join(f"{column}:text" for column in held[0])) for name, held in rows.items()]
    memory = Memory(rows, *infos)

    class Alike(Looking):
        def holding(self, column: Column, keys: Iterable[Any]) -> Condition:
            return OneOf(column=column.name, keys=tuple(form for key in keys for form in (key, str(key).lower())))

    found = reach(policy_of(maps), ["account:1", "account:2"], memory.schemas, Alike(memory), erasing=True)
    assert found.people == {
        "account:1": "account:1",
        "account:2": "account:2",
        "reader:7": "account:1",
        "reader:8": "account:2",
    }
    assert known(found, "more_readers.mail") == {"other"}


@pytest.mark.parametrize(("erasing", "boxes"), [(True, set[object]()), (False, {"b1"})])
def test_what_they_share_with_somebody_is_followed_where_it_is_shown(erasing: bool, boxes: set[object]) -> None:
    maps = {
        "accounts": person("account", pseudo="0"),
        "boxes": mapped(link("mine", "accounts.id", "shared"), link("yours", "accounts.id", "shared"), fields={}),
        "things": mapped(link("box", "boxes.id"), fields={}),
    }
    rows = {
        "accounts": [{"id": "0"}, {"id": "1"}, {"id": "2"}],
        "boxes": [{"id": "b1", "mine": "1", "yours": "2"}, {"id": "b2", "mine": "0", "yours": "2"}],
        "things": [{"id": "t", "box": "b1"}],
    }
    assert known(reached(maps, rows, "account:1", erasing=erasing), "boxes.id") == boxes
    assert known(reached(maps, rows, "account:2"), "boxes.id") == {"b2"}, "the pseudo-subject is nobody's other owner"
