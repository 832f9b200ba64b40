"""What goes with a row that goes. What is planned here is also done, in a store that refuses to let a row point to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kept.base.changes import Anonymise, Change, DeleteRows, Null
from kept.base.conditions import OneOf, Through
from kept.base.periods import Period
from kept.base.questions import TableInfo
from kept.planning.following import Following, follow
from kept.policy.datamap import RetentionRule, TableMap

from .memory import NOW, Memory, described, link, mapped, named, points, policy_of
from .rows import Row

PEOPLE = described("people", "id:integer:key name:text")
FIRST = OneOf(column="id", keys=(1,))
Tables = Mapping[str, TableMap]


def followed(tables: Tables, *infos: TableInfo, change: DeleteRows | None = None) -> Following:
    """Return what must come before person 1 goes."""
    policy = policy_of({"people": mapped(), **tables})
    change = change or DeleteRows(table=named("people"), where=FIRST, rows=1)
    return follow(change, policy, Memory({}, PEOPLE, *infos).schemas["shop"], NOW)


def left(tables: Tables, rows: Mapping[str, list[Row]], *infos: TableInfo) -> Mapping[str, list[Row]]:
    """Return the other tables once person 1 of two is gone with everything that goes with them."""
    store = Memory({"people": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], **rows}, PEOPLE, *infos)
    following = followed(tables, *infos)
    assert not following.obstacles
    change: Any
    for change in (*following.before, DeleteRows(table=named("people"), where=FIRST, rows=1)):
        store.do(replace(change, rows=99))
    assert [row["id"] for row in store.rows[named("people")]] == [2]
    return {table.name: held for table, held in store.rows.items() if table.name != "people"}


def shape(changes: tuple[Change, ...]) -> list[str]:
    """Return changes as `Null notes.person`: what is done to which columns of which table."""
    words = []
    for change in changes:
        assert not isinstance(change, DeleteRows | Null | Anonymise) or change.rows == 0, "the store fills the numbers in"
        columns = "." + ",".join(change.columns) if isinstance(change, Null | Anonymise) else ""
        assert change.table
        words.append(f"{type(change).__name__} {change.table.name}{columns}")
    return words


# What is owned goes, however deep.

CHAIN = {
    "address": mapped(link("person", "people.id")),
    "phone": mapped(link("address", "address.id")),
    "deep": mapped(link("phone", "phone.id")),
    "unrelated": mapped(),
}
CHAIN_INFOS = (
    described("address", "id:integer:key person:integer:required", points("person", "people.id")),
    described("phone", "id:integer:key address:integer:required", points("address", "address.id")),
    described("deep", "id:integer:key phone:integer:required", points("phone", "phone.id")),
    described("unrelated", "id:integer:key"),
)


def test_a_chain_goes_from_its_deep_end_up() -> None:
    following = followed(CHAIN, *CHAIN_INFOS)
    assert shape(following.before) == ["DeleteRows deep", "DeleteRows phone", "DeleteRows address"]
    deep = following.before[0]
    assert isinstance(deep, DeleteRows)
    address = Through(column="person", to=named("people"), key="id", where=FIRST)
    phone = Through(column="address", to=named("address"), key="id", where=address)
    assert deep.where == Through(column="phone", to=named("phone"), key="id", where=phone)
    assert (following.obstacles, following.notes) == ((), ())


def test_another_person_s_chain_and_unrelated_tables_stay_untouched() -> None:
    rows = {
        "address": [{"id": 10, "person": 1}, {"id": 20, "person": 2}],
        "phone": [{"id": 100, "address": 10}, {"id": 200, "address": 20}],
        "deep": [{"id": 1000, "phone": 100}, {"id": 1001, "phone": 100}, {"id": 2000, "phone": 200}],
        "unrelated": [{"id": 1}],
    }
    assert left(CHAIN, rows, *CHAIN_INFOS) == {
        "address": [{"id": 20, "person": 2}],
        "phone": [{"id": 200, "address": 20}],
        "deep": [{"id": 2000, "phone": 200}],
        "unrelated": [{"id": 1}],
    }


def test_a_row_that_two_links_reach_goes_with_either_in_one_step() -> None:
    tables = {"messages": mapped(link("sender", "people.id"), link("receiver", "people.id"))}
    info = described("messages", "id:integer:key sender:integer receiver:integer")
    assert shape(followed(tables, info).before) == ["DeleteRows messages"]
    messages = [{"id": 1, "sender": 1, "receiver": 2}, {"id": 2, "sender": 2, "receiver": 1}, {"id": 3, "sender": 2, "receiver": 2}]
    assert left(tables, {"messages": messages}, info) == {"messages": messages[2:]}


def test_two_ways_to_the_same_rows_are_one_step_after_both() -> None:
    tables = {
        "album": mapped(link("person", "people.id")),
        "photo": mapped(link("album", "album.id"), link("person", "people.id")),
    }
    infos = (
        described("album", "id:integer:key person:integer", points("person", "people.id")),
        described(
            "photo", "id:integer:key album:integer person:integer", points("album", "album.id"), points("person", "people.id")
        ),
    )
    for order in (tables, dict(reversed(tables.items()))):
        assert shape(followed(order, *infos).before) == ["DeleteRows photo", "DeleteRows album"]
    rows = {
        "album": [{"id": 1, "person": 1}, {"id": 2, "person": 2}],
        "photo": [{"id": 1, "album": 1, "person": 2}, {"id": 2, "album": 2, "person": 1}, {"id": 3, "album": 2, "person": 2}],
    }
    assert left(tables, rows, *infos) == {"album": rows["album"][1:], "photo": rows["photo"][2:]}


# What is shared goes with its last owner.

SHARED = {"messages": mapped(link("sender", "people.id", "shared"), link("receiver", "people.id", "shared"))}
MESSAGES = described(
    "messages",
    "id:integer:key sender:integer receiver:integer",
    points("sender", "people.id"),
    points("receiver", "people.id"),
)


def test_a_shared_row_loses_one_owner_and_goes_with_the_last() -> None:
    rows: list[Row] = [
        {"id": 1, "sender": 1, "receiver": 2},
        {"id": 2, "sender": 2, "receiver": 1},
        {"id": 3, "sender": 1, "receiver": 1},
        {"id": 4, "sender": 1, "receiver": None},
        {"id": 5, "sender": 2, "receiver": None},
        {"id": 6, "sender": None, "receiver": None},
    ]
    assert left(SHARED, {"messages": rows}, MESSAGES) == {
        "messages": [
            {"id": 1, "sender": None, "receiver": 2},
            {"id": 2, "sender": 2, "receiver": None},
            {"id": 5, "sender": 2, "receiver": None},
            {"id": 6, "sender": None, "receiver": None},
        ]
    }


def test_what_a_shared_row_owns_goes_with_it_and_not_before() -> None:
    tables = {**SHARED, "files": mapped(link("message", "messages.id"))}
    files = described("files", "id:integer:key message:integer:required", points("message", "messages.id"))
    rows: dict[str, list[Row]] = {
        "messages": [{"id": 1, "sender": 1, "receiver": 2}, {"id": 2, "sender": 1, "receiver": 1}],
        "files": [{"id": 10, "message": 1}, {"id": 20, "message": 2}],
    }
    after = left(tables, rows, MESSAGES, files)
    assert after == {"messages": [{"id": 1, "sender": None, "receiver": 2}], "files": [{"id": 10, "message": 1}]}


def test_the_only_owner_is_the_last_one() -> None:
    tables = {"drafts": mapped(link("person", "people.id", "shared"))}
    info = described("drafts", "id:integer:key person:integer:required", points("person", "people.id"))
    assert left(tables, {"drafts": [{"id": 1, "person": 1}, {"id": 2, "person": 2}]}, info) == {"drafts": [{"id": 2, "person": 2}]}


def test_an_owner_who_cannot_leave_a_shared_row_stands_in_the_way() -> None:
    info = described("messages", "id:integer:key sender:integer:required receiver:integer:required")
    obstacles = followed(SHARED, info).obstacles
    assert [obstacle.split(";")[0] for obstacle in obstacles] == [
        "rows of shop.messages stay and need sender",
        "rows of shop.messages stay and need receiver",
    ]


@pytest.mark.parametrize("erasure", ["keep", "anonymise"])
def test_a_shared_row_that_does_not_go_only_loses_its_tie(erasure: Any) -> None:
    tables = {"drafts": mapped(link("person", "people.id", "shared"), erasure=erasure, fields={"text": None})}
    info = described("drafts", "id:integer:key person:integer text:text", points("person", "people.id"))
    assert shape(followed(tables, info).before) == ["Null drafts.person"]


# What is only accessed, or kept by law, stays.


def test_an_accessed_row_stays_and_loses_its_tie() -> None:
    tables = {"audit": mapped(link("person", "people.id", "accessed"), erasure="anonymise", fields={"note": None})}
    info = described("audit", "id:integer:key person:integer note:text", points("person", "people.id"))
    assert shape(followed(tables, info).before) == ["Null audit.person"]
    after = left(tables, {"audit": [{"id": 1, "person": 1, "note": "Ada came"}]}, info)
    assert after == {"audit": [{"id": 1, "person": None, "note": "Ada came"}]}


def test_a_row_kept_by_law_stays_whole_and_loses_its_tie() -> None:
    tables = {"invoices": mapped(link("person", "people.id"), erasure="keep", fields={"name": None})}
    info = described("invoices", "id:integer:key person:integer name:text", points("person", "people.id"))
    after = left(tables, {"invoices": [{"id": 1, "person": 1, "name": "Ada"}]}, info)
    assert after == {"invoices": [{"id": 1, "person": None, "name": "Ada"}]}


@pytest.mark.parametrize("kind", ["owned", "accessed"])
def test_a_row_that_stays_and_needs_its_tie_stands_in_the_way(kind: str) -> None:
    tables = {"invoices": mapped(link("person", "people.id", kind), erasure="keep")}
    following = followed(tables, described("invoices", "id:integer:key person:integer:required"))
    assert following.obstacles == ("rows of shop.invoices stay and need person; let the map anonymise what they point to instead",)


def test_a_field_of_a_kept_row_that_asks_for_more_gets_it() -> None:
    fields: Any = {"name": "anonymise", "born": "null", "total": None}
    tables = {"invoices": mapped(link("person", "people.id"), erasure="keep", fields=fields)}
    info = described("invoices", "id:integer:key person:integer name:text born:date total:decimal", points("person", "people.id"))
    after = left(tables, {"invoices": [{"id": 1, "person": 1, "name": "Ada", "born": 1990, "total": 9}]}, info)
    assert after == {"invoices": [{"id": 1, "person": None, "name": "erased-", "born": None, "total": 9}]}


def test_an_anonymised_row_stays_without_what_is_personal_in_it() -> None:
    fields: Any = {
        "id": None,
        "person": None,
        "name": None,
        "code": None,
        "born": None,
        "city": "null",
        "country": "keep",
        "gone": None,
    }
    tables = {"orders": mapped(link("person", "people.id"), erasure="anonymise", fields=fields)}
    info = described(
        "orders",
        "id:integer:key person:integer name:text:required code:text:unique born:date city:text country:text",
        points("person", "people.id"),
    )
    before = followed(tables, info).before
    assert [(change.columns, change.unique) for change in before if isinstance(change, Anonymise)] == [
        (("name",), False),
        (("code",), True),
    ]
    order = {"id": 1, "person": 1, "name": "Ada", "code": "A-1", "born": 1990, "city": "Paris", "country": "fr"}
    (after,) = left(tables, {"orders": [order]}, info)["orders"]
    assert after.pop("code").startswith("erased-")
    assert after == {"id": 1, "person": None, "name": "erased-", "born": None, "city": None, "country": "fr"}


def test_an_anonymised_row_keeps_the_clock_by_which_it_will_go() -> None:
    rule = RetentionRule(keep=Period(months=12), after="placed_at")
    tables = {"orders": mapped(link("person", "people.id"), erasure="anonymise", fields={"placed_at": None}, rule=rule)}
    info = described("orders", "id:integer:key person:integer placed_at:timestamp")
    assert shape(followed(tables, info).before) == ["Null orders.person"]


def test_a_column_that_can_be_neither_replaced_nor_emptied_stands_in_the_way() -> None:
    tables = {"orders": mapped(link("person", "people.id"), erasure="anonymise", fields={"born": None})}
    following = followed(tables, described("orders", "id:integer:key person:integer born:date:required"))
    assert following.obstacles == ("shop.orders.born can be neither replaced nor emptied",)


def test_a_link_that_is_not_there_stands_in_the_way() -> None:
    tables = {"orders": mapped(link("person", "people.id"), erasure="keep")}
    assert followed(tables, described("orders", "id:integer:key")).obstacles == ("shop.orders.person is mapped and is not there",)


# Circles end.


def test_a_table_that_points_to_itself_is_cut_loose_once() -> None:
    tables = {"people": mapped(link("referrer", "people.id"), fields={"name": None})}
    info = described("people", "id:integer:key referrer:integer name:text", points("referrer", "people.id"))
    following = follow(
        DeleteRows(table=named("people"), where=FIRST, rows=1), policy_of(tables), Memory({}, info).schemas["shop"], NOW
    )
    assert shape(following.before) == ["Null people.referrer"]
    store = Memory({"people": [{"id": 1, "referrer": None}, {"id": 2, "referrer": 1}, {"id": 3, "referrer": 2}]}, info)
    change: Any
    for change in (*following.before, DeleteRows(table=named("people"), where=FIRST, rows=1)):
        store.do(replace(change, rows=9))
    assert store.rows[named("people")] == [{"id": 2, "referrer": None}, {"id": 3, "referrer": 2}]


def test_two_tables_that_own_each_other_end() -> None:
    tables = {"people": mapped(link("team", "teams.id")), "teams": mapped(link("lead", "people.id"))}
    people = described("people", "id:integer:key team:integer", points("team", "teams.id"))
    teams = described("teams", "id:integer:key lead:integer", points("lead", "people.id"))
    change = DeleteRows(table=named("people"), where=FIRST, rows=1)
    following = follow(change, policy_of(tables), Memory({}, people, teams).schemas["shop"], NOW)
    assert shape(following.before) == ["Null people.team", "DeleteRows teams"]
    rows: dict[str, list[Row]] = {
        "people": [{"id": 1, "team": 1}, {"id": 2, "team": 1}, {"id": 3, "team": 2}],
        "teams": [{"id": 1, "lead": 1}, {"id": 2, "lead": 3}],
    }
    store = Memory(rows, people, teams)
    one: Any
    for one in (*following.before, change):
        store.do(replace(one, rows=9))
    assert store.rows[named("people")] == [{"id": 2, "team": None}, {"id": 3, "team": 2}]
    assert store.rows[named("teams")] == [{"id": 2, "lead": 3}]


# A tie is not cut while it is the only way to what it leads to.


def test_rows_that_point_the_other_way_cannot_go_first_nor_be_found_afterwards() -> None:
    """A person's row points to its address; the address goes with it, and is found by nothing else, however deep it lies."""
    homes = {"address": mapped(link("id", "people.home")), "plan": mapped(link("id", "address.plan"))}
    people = described("people", "id:integer:key home:integer", points("home", "address.id"))
    address = described("address", "id:integer:key plan:integer", points("plan", "plan.id"))
    infos = (people, address, described("plan", "id:integer:key"))
    change = DeleteRows(table=named("people"), where=FIRST, rows=1)
    following = follow(change, policy_of({"people": mapped(), **homes}), Memory({}, *infos).schemas["shop"], NOW)
    assert following.obstacles == (
        "shop.address points here by plan, by which alone the rows are found; let the map anonymise them",
        "shop.people points here by home, by which alone the rows are found; let the map anonymise them",
    )


# Other stores, and what the map does not say.


def test_a_child_in_another_store_is_noted_and_not_followed() -> None:
    tables = {"crm.contacts": mapped(link("person", "shop.people.id")), "orders": mapped(link("person", "people.id"))}
    crm_first = {**tables, "people": mapped()}
    schema = Memory({}, PEOPLE, described("orders", "id:integer:key person:integer")).schemas["shop"]
    policy = policy_of(crm_first)
    policy = replace(policy, stores=dict(sorted(policy.stores.items())))
    following = follow(DeleteRows(table=named("people"), where=FIRST, rows=1), policy, schema, NOW)
    assert shape(following.before) == ["DeleteRows orders"]
    assert following.notes == ("rows in other stores are not followed, their own rules apply: crm.contacts",)


def test_an_unmapped_tie_that_may_be_empty_is_cut() -> None:
    info = described("logins", "id:integer:key person:integer", points("person", "people.id"))
    assert shape(followed({}, info).before) == ["Null logins.person"]
    assert left({}, {"logins": [{"id": 1, "person": 1}]}, info) == {"logins": [{"id": 1, "person": None}]}


def test_an_unmapped_tie_that_may_not_be_empty_stands_in_the_way() -> None:
    info = described("logins", "id:integer:key person:integer:required", points("person", "people.id"))
    assert followed({}, info).obstacles == ("shop.logins points here by person and the map does not say what becomes of its rows",)


@pytest.mark.parametrize("rule", ["CASCADE", "SET NULL", "set default"])
def test_an_unmapped_tie_that_the_store_itself_minds_is_noted(rule: str) -> None:
    info = described("logins", "id:integer:key person:integer:required", points("person", "people.id", rule))
    following = followed({}, info)
    assert (following.before, following.obstacles) == ((), ())
    assert following.notes == (f"the store itself applies {rule.upper()} to rows of shop.logins that point here by person",)


def test_a_store_that_would_delete_what_the_map_keeps_is_stopped() -> None:
    info = described("invoices", "id:integer:key person:integer:required", points("person", "people.id", "CASCADE"))
    following = followed({"invoices": mapped(erasure="keep")}, info)
    assert following.obstacles == ("the store would delete rows of shop.invoices, which the map wants to stay, by person",)


def test_a_mapped_link_is_not_taken_for_an_unmapped_tie() -> None:
    tables = {"orders": mapped(link("person", "people.id"))}
    info = described("orders", "id:integer:key person:integer:required", points("person", "people.id"))
    assert shape(followed(tables, info).before) == ["DeleteRows orders"]


def test_an_unmapped_tie_below_a_row_that_goes_counts_as_well() -> None:
    tables = {"orders": mapped(link("person", "people.id"))}
    orders = described("orders", "id:integer:key person:integer", points("person", "people.id"))
    lines = described("lines", "id:integer:key order_id:integer:required", points("order_id", "orders.id"))
    assert followed(tables, orders, lines).obstacles == (
        "shop.lines points here by order_id and the map does not say what becomes of its rows",
    )
