"""What every SQL store must do alike."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.changes import Anonymise, Coarsen, DeleteRows, Null, Redact
from kept.base.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Everything,
    Finds,
    Missing,
    NoClock,
    Not,
    Older,
    OneOf,
    StartsWith,
    Through,
    Uncoarse,
)
from kept.base.erased import ErasedList
from kept.base.errors import NOTHING_CHANGED, CannotAnswer, PlanIsStale, StoreRefused
from kept.base.ports import Preview, Selection
from kept.base.questions import CountReturned, CountRows, Locate, Look, Looked, ReadGrants, ReadSchema
from tests.connectors.stores import NOW, Store, visit_columns, visits

ROWS = 3_000
OLD = Older(column="at", cutoff=NOW - timedelta(days=2_000))


@pytest.fixture
def filled(store: Store) -> Store:
    store.create("visits", *visit_columns(), rows=visits(ROWS))
    people = [
        {
            "id": at,
            "name": f"Person {at}",
            "email": f"person{at}@example.org",
            "left_at": NOW.replace(tzinfo=None) - timedelta(days=at),
        }
        for at in range(50)
    ]
    store.create(
        "people",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("email", sa.String(200), unique=True),
        sa.Column("left_at", sa.DateTime),
        rows=people,
    )
    return store


def expected(condition: Condition) -> int:
    return sum(meets(row, condition) for row in visits(ROWS))


@cache
def texts(keys: tuple[object, ...]) -> frozenset[str]:
    return frozenset(map(str, keys))


def meets(row: dict[str, Any], condition: Condition) -> bool:  # noqa: C901 - one arm a condition
    """The reference: what the condition means, said in plain Python over the rows the store was filled with."""
    match condition:
        case Everything():
            return True
        case Older(column="seconds", cutoff=cutoff):
            return bool(row["seconds"] < cutoff.timestamp())
        case Older(column=column, cutoff=cutoff):
            return row[column] is not None and row[column] < cutoff.replace(tzinfo=None)
        case NoClock(column=column) | Missing(column=column):
            return row[column] is None
        case Equals(column=column, value=value):
            return str(row[column]) == str(value)
        case OneOf(column=column, keys=keys):
            return str(row[column]) in texts(keys)
        case StartsWith(column=column, prefix=prefix):
            return row[column] is not None and str(row[column]).startswith(prefix)
        case Uncoarse(column=column):
            return row[column] is not None
        case Finds(column=column):
            return "203.0.113.77" in row[column]
        case Not(what=what):
            return not meets(row, what)
        case AllOf(parts=parts):
            return all(meets(row, part) for part in parts)
        case AnyOf(parts=parts):
            return any(meets(row, part) for part in parts)
        case _:
            raise AssertionError(condition)


CONDITIONS: list[Condition] = [
    Everything(),
    OLD,
    Older(column="at", cutoff=NOW - timedelta(days=2_000) + timedelta(milliseconds=1)),
    Older(column="seconds", cutoff=NOW - timedelta(days=10), unit="seconds"),
    Older(column="seconds", cutoff=NOW - timedelta(days=10) + timedelta(microseconds=1), unit="seconds"),
    NoClock(column="at"),
    NoClock(column="seconds", unit="seconds"),
    Missing(column="ip"),
    Not(what=Missing(column="ip")),
    Equals(column="who", value=7),
    Equals(column="who", value="7"),
    Equals(column="who", value="7 or so"),
    Equals(column="email", value="person7@example.org"),
    Equals(column="email", value=7),
    Not(what=Equals(column="ip", value="203.0.113.5")),
    OneOf(column="who", keys=(1, 2, "3", "x")),
    OneOf(column="who", keys=()),
    Not(what=OneOf(column="ip", keys=())),
    OneOf(column="id", keys=tuple(range(0, 20_000, 3))),
    OneOf(column="email", keys=tuple(f"person{at}@example.org" for at in range(10, 3_000))),
    OneOf(column="email", keys=tuple(range(5_000))),
    StartsWith(column="email", prefix="person1"),
    StartsWith(column="email", prefix="Person1"),
    StartsWith(column="email", prefix="person_"),
    StartsWith(column="email", prefix="%"),
    Uncoarse(column="ip", kind="ip"),
    Finds(column="note", kinds=("ip",)),
    Not(what=Finds(column="note", kinds=("ip",))),
    AllOf(parts=(OLD, Uncoarse(column="ip", kind="ip"))),
    AllOf(parts=(OLD, Uncoarse(column="ip", kind="ip"), Finds(column="note", kinds=("ip", "email")))),
    AnyOf(parts=(Equals(column="who", value=3), Finds(column="note", kinds=("ip",)))),
    Not(what=AnyOf(parts=(Missing(column="ip"), Finds(column="note", kinds=("ip",))))),
    AllOf(parts=()),
    AnyOf(parts=()),
    AllOf(parts=(Not(what=OLD), AnyOf(parts=(Missing(column="ip"), Equals(column="who", value=1))))),
]


def test_every_condition_means_the_same_everywhere(filled: Store) -> None:
    questions = [CountRows(table=filled.table("visits"), where=condition) for condition in CONDITIONS]
    answers = filled.connector.answer(questions)
    found = {repr(question.where): answers.of(question) for question in questions}
    assert found == {repr(condition): expected(condition) for condition in CONDITIONS}


def test_a_condition_reaches_through_a_link(filled: Store) -> None:
    gone = Older(column="left_at", cutoff=NOW - timedelta(days=40))
    through = Through(column="who", to=filled.table("people"), key="id", where=gone)
    by_text = Through(column="email", to=filled.table("people"), key="email", where=gone)
    mixed = Through(column="who", to=filled.table("people"), key="email", where=Everything())
    itself = Through(column="id", to=filled.table("visits"), key="id", where=OLD)
    nested = Through(column="id", to=filled.table("visits"), key="id", where=through)
    leaving = sum(row["who"] > 40 for row in visits(ROWS))
    assert filled.count("visits", through) == leaving
    assert filled.count("visits", by_text) == leaving
    assert filled.count("visits", nested) == leaving
    assert filled.count("visits", Not(what=through)) == ROWS - leaving
    assert filled.count("visits", mixed) == 0
    assert filled.count("visits", itself) == expected(OLD)


def test_the_schema_is_read(filled: Store) -> None:
    schema = filled.ask(ReadSchema(of="shop"))
    assert [info.table.name for info in schema.tables] == ["people", "visits"]
    seen = schema.table(filled.table("visits"))
    assert [(column.name, column.type) for column in seen.columns] == [
        ("id", "integer"),
        ("at", "timestamp"),
        ("seconds", "integer"),
        ("who", "integer"),
        ("email", "text"),
        ("ip", "text"),
        ("note", "text"),
    ]
    assert seen.key == ("id",)
    assert seen.column("id").unique
    assert not seen.column("id").nullable
    assert seen.column("email").nullable
    assert schema.table(filled.table("people")).column("email").unique


def test_an_empty_store_has_no_tables(store: Store) -> None:
    assert store.ask(ReadSchema(of="shop")).tables == ()
    assert store.ask(ReadGrants(of="shop")).roles
    assert "shop.visits is not there" in store.unknown(CountRows(table=store.table("visits")))


def test_what_is_missing_is_unknown_and_spoils_nothing_else(filled: Store) -> None:
    visits_table = filled.table("visits")
    good = CountRows(table=visits_table)
    bad = CountRows(table=visits_table, where=Equals(column="colour", value=1))
    looks = [Look(column=visits_table.column(name), kinds=("ip",)) for name in ("colour", "ip")]
    answers = filled.connector.answer([bad, good, *looks])
    assert answers.of(good) == ROWS
    assert "shop.visits has no column colour" in str(answers.of(bad))
    assert "no column colour" in str(answers.of(looks[0]))
    assert "looked=" in str(answers.of(looks[1]))


@pytest.mark.parametrize(
    ("clock", "reason"),
    [
        (Older(column="note", cutoff=NOW), "shop.visits.note holds text, not a time"),
        (Older(column="seconds", cutoff=NOW), "shop.visits.seconds holds numbers without a unit"),
        (NoClock(column="note"), "shop.visits.note holds text"),
    ],
)
def test_a_clock_that_is_none_is_unknown(filled: Store, clock: Condition, reason: str) -> None:
    assert reason in filled.unknown(CountRows(table=filled.table("visits"), where=clock))
    with pytest.raises(CannotAnswer, match="not a time"):
        filled.connector.perform(DeleteRows(table=filled.table("visits"), where=clock, rows=ROWS))
    assert filled.count("visits") == ROWS


def test_columns_are_looked_at_in_one_pass(filled: Store) -> None:
    table = filled.table("visits")
    full = [Look(column=table.column(name), kinds=("ip", "email"), sample=None) for name in ("ip", "note", "email", "who")]
    answers = filled.connector.answer(full)
    ip, note, email, who = (found for one in full if isinstance(found := answers.of(one), Looked))
    assert (ip.rows, ip.looked, ip.hits) == (ROWS, sum(row["ip"] is not None for row in visits(ROWS)), {"ip": ip.looked})
    assert note.count("ip") == ROWS // 5
    assert email.count("email") == ROWS
    assert who.hits == {}
    sampled = filled.ask(Look(column=table.column("ip"), kinds=("ip",), sample=500))
    assert 300 <= sampled.rows <= 500
    assert sampled.count("ip") == sampled.looked > 0


def test_a_sample_is_spread_over_the_table(filled: Store) -> None:
    """The first rows hold no address; a sample of the beginning alone would find none."""
    rows = [{"id": at, "text": "-" if at < 30_000 else "203.0.113.9"} for at in range(40_000)]
    filled.create(
        "long", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("text", sa.String(20)), rows=rows
    )
    looked = filled.ask(Look(column=filled.table("long").column("text"), kinds=("ip",), sample=1_000))
    assert 500 <= looked.rows <= 1_000
    assert 0.1 <= looked.count("ip") / looked.looked <= 0.4


def test_long_cells_are_cut_and_said_to_be(store: Store) -> None:
    rows = [
        {"id": 1, "text": "203.0.113.9 " + "x" * 1_000_000},
        {"id": 2, "text": "y" * 100_000 + " 203.0.113.9"},
        {"id": 3, "text": "z"},
    ]
    kind = sa.Text(2**24) if store.dialect == "mariadb" else sa.Text()
    store.create("pages", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", kind), rows=rows)
    looked = store.ask(Look(column=store.table("pages").column("text"), kinds=("ip",)))
    assert (looked.looked, looked.cut, looked.hits) == (3, 2, {"ip": 1})
    assert store.count("pages", Finds(column="text", kinds=("ip",))) == 2


def test_people_who_came_back_are_counted(filled: Store) -> None:
    erased = ErasedList(b"k" * 32)
    erased = ErasedList(b"k" * 32, [erased.digest("PERSON3@example.org"), erased.digest(7), erased.digest("nobody")])
    table = filled.table("visits")
    assert filled.ask(CountReturned(column=table.column("email"), erased=erased)) == ROWS // 50
    assert filled.ask(CountReturned(column=table.column("who"), erased=erased)) == ROWS // 50
    assert filled.ask(CountReturned(column=table.column("ip"), erased=erased)) == 0


def test_a_store_on_this_machine_says_so(store: Store) -> None:
    assert store.ask(Locate(of="shop")).on_this_machine


def test_old_rows_are_deleted_and_no_other(filled: Store) -> None:
    old = expected(OLD)
    change = DeleteRows(table=filled.table("visits"), where=OLD, rows=old)
    preview = filled.connector.preview(change)
    assert isinstance(preview, Preview)
    assert (preview.total, preview.touched, len(preview.samples)) == (ROWS, old, 3)
    receipt = filled.connector.perform(change)
    assert (receipt.rows, receipt.remaining) == (old, 0)
    assert receipt.batches >= 1
    assert filled.count("visits") == ROWS - old
    again = filled.connector.perform(change)
    assert (again.rows, again.remaining) == (0, 0)


def test_keys_lead_to_rows_by_an_index(filled: Store) -> None:
    keys = tuple(range(0, 5_000, 5))
    wanted = AllOf(parts=(OneOf(column="who", keys=keys), Not(what=Missing(column="at"))))
    change = DeleteRows(table=filled.table("visits"), where=wanted, rows=expected(wanted))
    assert filled.connector.perform(change).rows == expected(wanted)
    assert filled.count("visits", wanted) == 0
    assert filled.count("visits") == ROWS - expected(wanted)


def test_rows_that_two_ways_lead_to_are_deleted_once(filled: Store) -> None:
    gone = Older(column="left_at", cutoff=NOW - timedelta(days=40))
    either = AnyOf(parts=(Through(column="who", to=filled.table("people"), key="id", where=gone), OLD))
    rows = sum(row["who"] > 40 or meets(row, OLD) for row in visits(ROWS))
    done = filled.connector.perform(DeleteRows(table=filled.table("visits"), where=either, rows=rows))
    assert (done.rows, done.remaining) == (rows, 0)
    assert filled.count("visits") == ROWS - rows


def test_columns_are_nulled(filled: Store) -> None:
    touched = expected(AllOf(parts=(OLD, AnyOf(parts=(Not(what=Missing(column="ip")), Not(what=Missing(column="email")))))))
    change = Null(table=filled.table("visits"), columns=("ip", "email"), where=OLD, rows=touched)
    assert filled.connector.perform(change).rows == touched
    assert filled.count("visits", AllOf(parts=(OLD, Missing(column="ip"), Missing(column="email")))) == expected(OLD)
    assert filled.count("visits", Missing(column="email")) == expected(OLD)
    assert filled.connector.perform(change).rows == 0


def test_a_column_that_may_not_be_null_is_refused_before_anything(filled: Store) -> None:
    change = Null(table=filled.table("people"), columns=("name",), where=Everything(), rows=50)
    with pytest.raises(StoreRefused, match=r"people\.name may not be NULL") as caught:
        filled.connector.perform(change)
    assert caught.value.changed == NOTHING_CHANGED


@pytest.mark.parametrize("unique", [False, True])
def test_text_is_anonymised(filled: Store, unique: bool) -> None:
    table = filled.table("people") if unique else filled.table("visits")
    column = "email" if unique else "ip"
    rows = 50 if unique else expected(Not(what=Missing(column="ip")))
    change = Anonymise(table=table, columns=(column,), where=Everything(), rows=rows, unique=unique)
    assert filled.connector.perform(change).rows == rows
    values = [row[column].reveal() for row in filled.connector.read(Selection(table=table, columns=(column,), where=Everything()))]
    texts = [value for value in values if value is not None]
    assert len(texts) == rows
    assert all(text.startswith("erased-") for text in texts)
    assert len(set(texts)) == (rows if unique else 1)
    assert not unique or all(len(text) == 23 and int(text[7:], 16) >= 0 for text in texts)
    assert filled.connector.perform(change).rows == 0


def test_a_number_cannot_be_anonymised(filled: Store) -> None:
    with pytest.raises(CannotAnswer, match=r"visits\.who holds integer"):
        filled.connector.perform(Anonymise(table=filled.table("visits"), columns=("who",), where=Everything(), rows=ROWS))


def test_addresses_are_coarsened(filled: Store) -> None:
    rows = expected(AllOf(parts=(OLD, Not(what=Missing(column="ip")))))
    change = Coarsen(table=filled.table("visits"), column="ip", kind="ip", where=OLD, rows=rows)
    preview = filled.connector.preview(change)
    assert isinstance(preview, Preview)
    assert preview.touched == rows
    assert all(before.replace("9", "") == "..." and after for before, after in (sample["ip"] for sample in preview.samples))
    receipt = filled.connector.perform(change)
    assert (receipt.rows, receipt.remaining) == (rows, 0)
    assert filled.count("visits", AllOf(parts=(OLD, Equals(column="ip", value="203.0.113.0")))) == rows
    assert filled.count("visits", Uncoarse(column="ip", kind="ip")) == expected(Not(what=Missing(column="ip"))) - rows
    assert filled.connector.perform(change).rows == 0


def test_spans_are_redacted(filled: Store) -> None:
    change = Redact(table=filled.table("visits"), column="note", kinds=("ip",), where=Everything(), rows=ROWS // 5)
    assert filled.connector.perform(change).rows == ROWS // 5
    assert filled.count("visits", Equals(column="note", value="called from [redacted: ip] yesterday")) == ROWS // 5
    assert filled.count("visits", Equals(column="note", value="nothing to see")) == ROWS - ROWS // 5
    assert filled.connector.perform(change).rows == 0


def test_rows_the_detectors_pick_are_deleted(filled: Store) -> None:
    wanted = AllOf(parts=(OLD, Finds(column="note", kinds=("ip",))))
    change = DeleteRows(table=filled.table("visits"), where=wanted, rows=expected(wanted))
    assert filled.connector.perform(change).rows == expected(wanted)
    assert filled.count("visits") == ROWS - expected(wanted)


def test_a_plan_that_would_touch_more_is_stale_and_changes_nothing(filled: Store) -> None:
    with pytest.raises(PlanIsStale, match=r"shop\.visits") as caught:
        filled.connector.perform(DeleteRows(table=filled.table("visits"), where=OLD, rows=expected(OLD) - 1))
    assert caught.value.changed == NOTHING_CHANGED
    assert filled.count("visits") == ROWS


def test_a_plan_over_detectors_stops_before_one_row_too_many(filled: Store) -> None:
    planned = ROWS // 10
    with pytest.raises(PlanIsStale) as caught:
        filled.connector.perform(
            Redact(table=filled.table("visits"), column="note", kinds=("ip",), where=Everything(), rows=planned)
        )
    done = ROWS // 5 - filled.count("visits", Finds(column="note", kinds=("ip",)))
    assert done <= planned
    assert caught.value.changed == (f"{done} rows were changed before it" if done else NOTHING_CHANGED)


def test_rows_are_read_as_personal_values(filled: Store) -> None:
    selection = Selection(table=filled.table("visits"), columns=("id", "email"), where=Equals(column="who", value=7))
    rows = list(filled.connector.read(selection))
    assert len(rows) == ROWS // 50
    assert "person7" not in repr(rows)
    assert {row["email"].reveal() for row in rows} == {"person7@example.org"}


def test_reading_is_stopped_half_way_without_harm(filled: Store) -> None:
    rows = filled.connector.read(Selection(table=filled.table("visits"), columns=("id",), where=Everything()))
    next(iter(rows))
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert filled.count("visits") == ROWS


def test_progress_is_told(filled: Store) -> None:
    told: list[tuple[str, int, int | None]] = []
    change = DeleteRows(table=filled.table("visits"), where=OLD, rows=expected(OLD))
    filled.connector.perform(change, progress=lambda what, done, total: told.append((what, done, total)))
    assert told[-1] == ("shop.visits", expected(OLD), expected(OLD))


def test_a_foreign_key_names_both_tables(store: Store) -> None:
    data = sa.MetaData()
    parents = sa.Table("parents", data, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
    sa.Table("children", data, sa.Column("id", sa.Integer, primary_key=True), sa.Column("of", sa.ForeignKey("parents.id")))
    data.create_all(store.engine)
    with store.engine.begin() as connection:
        connection.execute(parents.insert(), [{"id": at} for at in range(100)])
        connection.execute(data.tables["children"].insert(), [{"id": 1, "of": 99}])
    with pytest.raises(StoreRefused) as caught:
        store.connector.perform(DeleteRows(table=store.table("parents"), where=Everything(), rows=100))
    assert "shop.parents" in str(caught.value)
    assert "shop.children" in str(caught.value)
    assert caught.value.changed == NOTHING_CHANGED
    keys = store.ask(ReadSchema(of="shop")).table(store.table("children")).foreign_keys
    assert [(key.columns, key.to.name, key.to_columns) for key in keys] == [(("of",), "parents", ("id",))]


def test_a_view_is_read_and_not_changed(filled: Store) -> None:
    filled.make("CREATE VIEW recent AS SELECT id, ip FROM visits WHERE who < 10")
    assert filled.ask(ReadSchema(of="shop")).table(filled.table("recent")).is_view
    assert filled.count("recent") == ROWS // 5
    assert filled.ask(Look(column=filled.table("recent").column("ip"), kinds=("ip",), sample=100)).rows > 0
    with pytest.raises(CannotAnswer, match=r"shop\.recent is a view"):
        filled.connector.perform(DeleteRows(table=filled.table("recent"), where=Everything(), rows=ROWS))


WEIRD = 'a "b"; DROP TABLE visits; -- %s `c`.é\'d'


def test_names_are_quoted_whatever_they_hold(filled: Store) -> None:
    table = filled.create(
        WEIRD,
        sa.Column("Order", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("e mail; --", sa.String(50)),
        sa.Column("select %", sa.String(50)),
        rows=[{"Order": at, "e mail; --": f"a{at}@example.org", "select %": "203.0.113.9"} for at in range(20)],
    )
    named = filled.table(WEIRD)
    assert filled.ask(ReadSchema(of="shop")).table(named) is not None
    assert filled.count(WEIRD, StartsWith(column="e mail; --", prefix="a1")) == 11
    assert filled.ask(Look(column=named.column("select %"), kinds=("ip",))).count("ip") == 20
    assert filled.connector.perform(Coarsen(table=named, column="select %", kind="ip", where=Everything(), rows=20)).rows == 20
    assert (
        filled.connector.perform(Null(table=named, columns=("e mail; --",), where=OneOf(column="Order", keys=(1, 2)), rows=2)).rows
        == 2
    )
    gone = DeleteRows(table=named, where=Equals(column="e mail; --", value="a3@example.org"), rows=1)
    assert filled.connector.perform(gone).rows == 1
    assert len(filled.rows(table)) == 19
    assert filled.count("visits") == ROWS


def test_values_are_never_taken_for_sql(filled: Store) -> None:
    nasty = "x'; DROP TABLE visits; --"
    for condition in (
        Equals(column="email", value=nasty),
        OneOf(column="email", keys=(nasty,)),
        StartsWith(column="email", prefix=nasty),
    ):
        assert filled.count("visits", condition) == 0
    assert filled.count("visits") == ROWS


@pytest.mark.parametrize("keyed", ["composite", "none"])
def test_tables_without_a_plain_key_are_walked(store: Store, keyed: str) -> None:
    key = keyed == "composite"
    table = store.create(
        "pairs",
        sa.Column("left", sa.Integer, primary_key=key, autoincrement=False),
        sa.Column("right", sa.String(10), primary_key=key),
        sa.Column("at", sa.DateTime),
        sa.Column("ip", sa.String(40)),
        rows=[
            {"left": at % 7, "right": f"r{at}", "at": NOW.replace(tzinfo=None) - timedelta(days=at), "ip": "203.0.113.7"}
            for at in range(5_000)
        ],
    )
    named, old = store.table("pairs"), Older(column="at", cutoff=NOW - timedelta(days=3_000))
    if key or store.dialect != "mariadb":
        assert store.connector.perform(Coarsen(table=named, column="ip", kind="ip", where=Everything(), rows=5_000)).rows == 5_000
    assert store.connector.perform(Null(table=named, columns=("ip",), where=Everything(), rows=5_000)).rows == 5_000
    receipt = store.connector.perform(DeleteRows(table=named, where=old, rows=1_999))
    assert (receipt.rows, receipt.remaining) == (1_999, 0)
    assert len(store.rows(table)) == 3_001
