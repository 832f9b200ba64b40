"""Changes for one person, or for a batch of people, in one transaction: all of it or nothing, and never for long."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from kept.base.changes import Anonymise, DeleteRows, Forget, Null, PersonChange, Rectify, Repoint
from kept.base.conditions import AllOf, AnyOf, Equals, Everything, Finds, Mentions, OneOf, Through
from kept.base.errors import NOTHING_CHANGED, CannotAnswer, SourceError, StoreRefused, StoreUnreachable, TooMuchAtOnce
from kept.base.personal import Personal
from tests.connectors.stores import Store

PEOPLE = 60
WORDS = (Personal("Person3@example.org"), Personal("+49 30 7654321"))


@pytest.fixture
def shop(store: Store) -> Store:
    """Accounts with text keys, orders that name them by number as text or integer, notes in which people stand."""
    data = sa.MetaData()
    accounts = sa.Table(
        "accounts",
        data,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("email", sa.String(60), unique=True),
        sa.Column("name", sa.String(12), nullable=False),
        sa.Column("age", sa.Integer),
        sa.Column("joined", sa.Date),
    )
    orders = sa.Table(
        "orders",
        data,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("account", sa.ForeignKey("accounts.id"), index=True),
        sa.Column("account_text", sa.String(20), index=True),
        sa.Column("note", sa.Text),
    )
    data.create_all(store.engine)
    with store.engine.begin() as connection:
        connection.execute(
            accounts.insert(),
            [{"id": at, "email": f"person{at}@example.org", "name": f"Person {at}", "age": at} for at in range(PEOPLE)],
        )
        connection.execute(
            orders.insert(),
            [
                {
                    "id": at,
                    "account": at % PEOPLE,
                    "account_text": str(at % PEOPLE),
                    "note": f"for <PERSON{at % PEOPLE}@example.org>, 030/7654{at}" if at % 2 else "nothing",
                }
                for at in range(PEOPLE * 4)
            ],
        )
    return store


def values(store: Store, statement: str) -> list[Any]:
    with store.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(statement)]


def everything(store: Store) -> tuple[list[Any], list[Any]]:
    with store.engine.connect() as connection:
        tables = ("SELECT * FROM accounts ORDER BY id", "SELECT * FROM orders ORDER BY id")
        accounts, orders = (list(map(tuple, connection.exec_driver_sql(statement))) for statement in tables)
    return accounts, orders


def erasure(store: Store, *keys: int | str) -> list[PersonChange]:
    accounts, orders = store.table("accounts"), store.table("orders")
    owned = OneOf(column="account", keys=keys)
    return [
        Forget(table=orders, column="note", words=WORDS, where=owned),
        Null(table=orders, columns=("account",), where=owned, rows=0),
        Anonymise(table=orders, columns=("account_text",), where=OneOf(column="account_text", keys=keys), rows=0),
        DeleteRows(table=accounts, where=OneOf(column="id", keys=keys), rows=0),
    ]


def test_every_change_counts_its_rows_and_the_second_time_none(shop: Store) -> None:
    changes = erasure(shop, 3, "4")
    assert shop.connector.perform_together(changes) == (4, 8, 8, 2)
    assert shop.count("accounts") == PEOPLE - 2
    assert shop.count("orders", Mentions(column="note", words=WORDS)) == 0
    assert values(shop, "SELECT note FROM orders WHERE id = 3") == ["for <[redacted]>, 030/76543"]
    assert shop.connector.perform_together(changes) == (0, 0, 0, 0)
    assert shop.connector.perform_together([]) == ()


def test_a_refused_change_leaves_nothing_of_those_before_it(shop: Store) -> None:
    before = everything(shop)
    accounts, orders = shop.table("accounts"), shop.table("orders")
    changes: list[PersonChange] = [
        Anonymise(table=orders, columns=("note",), where=Equals(column="account", value=3), rows=0),
        DeleteRows(table=accounts, where=Equals(column="id", value=3), rows=0),
    ]
    with pytest.raises(StoreRefused, match=r"rows of shop\.accounts are still pointed to by shop\.orders") as caught:
        shop.connector.perform_together(changes)
    assert caught.value.changed == NOTHING_CHANGED
    assert everything(shop) == before
    taken = Rectify(table=accounts, column="email", value=Personal("person5@example.org"), where=Equals(column="id", value=3))
    with pytest.raises(StoreRefused, match=r"shop\.accounts does not accept the new value") as caught:
        shop.connector.perform_together([changes[0], taken])
    assert "person5" not in str(caught.value)
    assert everything(shop) == before


def test_a_reference_is_pointed_to_a_key_that_is_there(shop: Store) -> None:
    orders = shop.table("orders")
    by_number = Repoint(table=orders, column="account", to=0, where=OneOf(column="account", keys=("7", 8)))
    by_text = Repoint(table=orders, column="account_text", to=0, where=OneOf(column="account_text", keys=(7, "8")))
    assert shop.connector.perform_together([by_number, by_text]) == (8, 8)
    assert shop.count("orders", Equals(column="account", value=0)) == 12
    assert shop.count("orders", Equals(column="account_text", value="0")) == 12
    assert shop.connector.perform_together([by_number, by_text]) == (0, 0)
    before = everything(shop)
    nobody = Repoint(table=orders, column="account", to=987_654, where=Equals(column="account", value=9))
    with pytest.raises(
        StoreRefused, match=r"shop\.orders does not accept the new value \(it would point to a row that is not there\)"
    ):
        shop.connector.perform_together([by_text, nobody])
    word = Repoint(table=orders, column="account", to="nobody", where=Equals(column="account", value=9))
    with pytest.raises(CannotAnswer, match=r"shop\.orders\.account holds integer, and the key"):
        shop.connector.perform_together([word])
    assert everything(shop) == before


def rectify(store: Store, column: str, value: str | int | None) -> Rectify:
    return Rectify(table=store.table("accounts"), column=column, value=Personal(value), where=Equals(column="id", value=3))


def test_what_is_right_is_written_and_only_where_it_is_not_yet(shop: Store) -> None:
    right = [rectify(shop, "name", "person 3"), rectify(shop, "age", "33"), rectify(shop, "joined", "2020-02-29")]
    assert shop.connector.perform_together(right) == (1, 1, 1)
    assert [str(one) for one in everything(shop)[0][3][2:]] == ["person 3", "33", "2020-02-29"]
    assert shop.connector.perform_together(right) == (0, 0, 0)
    assert shop.connector.perform_together([rectify(shop, "age", None)]) == (1,)
    assert shop.connector.perform_together([rectify(shop, "age", None)]) == (0,)


@pytest.mark.parametrize(
    ("column", "value"), [("age", "thirty-three-and-a-half"), ("joined", "33rd of May"), ("name", None), ("nothing", "33")]
)
def test_what_cannot_stand_there_is_refused_before_anything_changes(shop: Store, column: str, value: str | None) -> None:
    before = everything(shop)
    with pytest.raises((CannotAnswer, StoreRefused)) as caught:
        shop.connector.perform_together([rectify(shop, "age", 1), rectify(shop, column, value)])
    assert value is None or value not in str(caught.value)
    assert everything(shop) == before


def test_what_is_too_long_is_refused_without_saying_it(server: Store) -> None:
    server.create("accounts", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(5)), rows=[{"id": 3}])
    assert server.connector.perform_together([rectify(server, "name", "Änna ")]) == (1,)
    with pytest.raises(StoreRefused, match=r"shop\.accounts\.name takes 5 characters, and the value given for it is longer"):
        server.connector.perform_together([rectify(server, "name", "Annabe")])


def test_a_mark_that_has_no_room_is_not_left(server: Store) -> None:
    rows = [{"id": 1, "name": "Bo 12"}, {"id": 2, "name": "Bob"}]
    server.create("accounts", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(5)), rows=rows)
    forget = Forget(table=server.table("accounts"), column="name", words=(Personal("bo"),), where=Everything())
    assert server.connector.perform_together([forget]) == (1,)
    assert values(server, "SELECT name FROM accounts ORDER BY id") == [" 12", "Bob"]


def test_many_keys_find_their_rows_through_other_tables_too(store: Store) -> None:
    count = 30_000
    store.create(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ref", sa.String(20), index=True),
        rows=({"id": at, "ref": f"r{at}"} for at in range(count)),
    )
    store.create(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ref", sa.String(20), index=True),
        sa.Column("mine", sa.Integer, index=True),
        rows=({"id": at, "ref": f"r{at % count}", "mine": at % count} for at in range(count * 2)),
    )
    accounts, orders = store.table("accounts"), store.table("orders")
    keys = tuple(range(20_000))
    link = Through(column="ref", to=accounts, key="ref", where=OneOf(column="id", keys=keys))
    changes: list[PersonChange] = [
        Null(table=orders, columns=("mine",), where=OneOf(column="mine", keys=keys), rows=0),
        DeleteRows(table=orders, where=link, rows=0),
        DeleteRows(table=accounts, where=OneOf(column="id", keys=keys), rows=0),
    ]
    assert store.connector.perform_together(changes, patient=True) == (40_000, 40_000, 20_000)
    assert (store.count("orders"), store.count("accounts")) == (20_000, 10_000)
    assert store.connector.perform_together(changes, patient=True) == (0, 0, 0)


def test_rows_that_go_along_are_not_looked_for_beforehand(store: Store) -> None:
    """What the first change deletes takes rows along, through which the second would have found its own."""
    store.make(
        "CREATE TABLE a (id INTEGER PRIMARY KEY)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER, FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, b INTEGER, note VARCHAR(40))",
        "INSERT INTO a VALUES (1), (2)",
        "INSERT INTO b VALUES (1, 1), (2, 2)",
        "INSERT INTO c VALUES (1, 1, 'Bo'), (2, 2, 'Bo')",
    )
    a, b, c = map(store.table, "abc")
    through = Through(column="b", to=b, key="id", where=OneOf(column="a", keys=(1, 2)))
    changes: list[PersonChange] = [
        DeleteRows(table=a, where=Equals(column="id", value=1), rows=0),
        Forget(table=c, column="note", words=(Personal("bo"),), where=through),
        DeleteRows(table=c, where=through, rows=0),
    ]
    assert store.connector.perform_together(changes) == (1, 1, 1)
    assert values(store, "SELECT note FROM c") == ["Bo"]


def test_ways_joined_by_or_are_each_gone_through_and_no_row_counted_twice(shop: Store) -> None:
    link = Through(
        column="account", to=shop.table("accounts"), key="id", where=OneOf(column="email", keys=("person3@example.org",))
    )
    both = AnyOf(parts=(Equals(column="account_text", value="3"), link, Equals(column="id", value=5)))
    assert shop.connector.perform_together([Null(table=shop.table("orders"), columns=("note",), where=both, rows=0)]) == (5,)
    assert shop.connector.perform_together([DeleteRows(table=shop.table("orders"), where=both, rows=0)]) == (5,)


def test_uuid_keys(store: Store) -> None:
    ids = [uuid.UUID(int=at + 1) for at in range(1_500)]
    store.create("accounts", sa.Column("id", sa.Uuid, primary_key=True), rows=({"id": one} for one in ids))
    native = store.dialect != "sqlite"
    keys = tuple(str(one) if native else one.hex for one in ids)
    change = DeleteRows(table=store.table("accounts"), where=OneOf(column="id", keys=keys[:1_200]), rows=0)
    assert store.connector.perform_together([change]) == (1_200,)
    if store.dialect == "postgresql":
        bad = Repoint(table=store.table("accounts"), column="id", to="no uuid", where=Everything())
        with pytest.raises(CannotAnswer):
            store.connector.perform_together([bad])


def test_composite_keys(store: Store) -> None:
    store.create(
        "pairs",
        sa.Column("a", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("b", sa.String(10), primary_key=True),
        sa.Column("note", sa.String(80)),
        rows=({"a": at % 7, "b": f"b{at}", "note": f"call +49307654{at:03}"} for at in range(300)),
    )
    words = tuple(Personal(f"+49 30 7654 {at:03}") for at in range(0, 300, 3))
    changes: list[PersonChange] = [
        Forget(table=store.table("pairs"), column="note", words=words, where=Everything()),
        DeleteRows(
            table=store.table("pairs"), where=AllOf(parts=(OneOf(column="a", keys=(1, 2)), Equals(column="b", value="b8"))), rows=0
        ),
    ]
    assert store.connector.perform_together(changes) == (100, 1)
    assert store.connector.perform_together(changes) == (0, 0)
    assert store.count("pairs", Equals(column="note", value="call [redacted]")) == 100


def test_tables_without_a_key(store: Store) -> None:
    store.make("CREATE TABLE log (who INTEGER, what VARCHAR(50))", "INSERT INTO log VALUES (1, 'Bo'), (1, 'Bo'), (2, 'Bo')")
    table = store.table("log")
    forget = Forget(table=table, column="what", words=(Personal("bo"),), where=Equals(column="who", value=1))
    delete = DeleteRows(table=table, where=Equals(column="who", value=1), rows=0)
    if store.dialect == "mariadb":
        with pytest.raises(CannotAnswer, match="no primary key"):
            store.connector.perform_together([delete, forget])
        assert store.count("log") == 3
    else:
        assert store.connector.perform_together([forget]) == (2,)
    assert store.connector.perform_together([delete]) == (2,)


def test_rows_that_point_to_one_another_go_together(store: Store) -> None:
    store.make(
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INTEGER, FOREIGN KEY (boss) REFERENCES staff (id))",
        "INSERT INTO staff VALUES (1, NULL), (2, 1), (3, 2), (4, NULL), (5, 4)",
    )
    table = store.table("staff")
    gone = DeleteRows(table=table, where=OneOf(column="id", keys=(1, 2, 3)), rows=0)
    assert store.connector.perform_together([gone]) == (3,)
    with pytest.raises(StoreRefused, match=r"still pointed to by shop\.staff"):
        store.connector.perform_together([DeleteRows(table=table, where=Equals(column="id", value=4), rows=0)])
    assert values(store, "SELECT boss FROM staff WHERE id = 5") == [4]


ODD = 'who "is" `it`? 100%'


def test_odd_names(store: Store) -> None:
    store.create(
        ODD,
        sa.Column("select", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("it's", sa.String(50)),
        rows=({"select": at, "it's": f"Bo {at}"} for at in range(10)),
    )
    table = store.table(ODD)
    changes: list[PersonChange] = [
        Forget(table=table, column="it's", words=(Personal("bo"),), where=OneOf(column="select", keys=(1, 2))),
        Rectify(table=table, column="it's", value=Personal("100 % 'so'"), where=Equals(column="select", value=3)),
        Repoint(table=table, column="select", to=99, where=Equals(column="select", value=4)),
        DeleteRows(table=table, where=OneOf(column="select", keys=tuple(range(5, 3_000))), rows=0),
    ]
    assert store.connector.perform_together(changes) == (2, 1, 1, 6)
    assert store.count(ODD, Equals(column="it's", value="100 % 'so'")) == 1


def test_views_are_refused(shop: Store) -> None:
    shop.make("CREATE VIEW some_accounts AS SELECT * FROM accounts")
    with pytest.raises(CannotAnswer, match=r"shop\.some_accounts is a view"):
        shop.connector.perform_together(
            [*erasure(shop, 3), Null(table=shop.table("some_accounts"), columns=("age",), where=Everything(), rows=0)]
        )
    assert shop.count("accounts") == PEOPLE
    shop.make("DROP VIEW some_accounts")


def test_json_columns_stay_json(store: Store) -> None:
    store.create(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("body", sa.JSON),
        rows=[{"id": 1, "body": {"by": "ANNA M\u00fcller", "n": [1, 2.5, None]}}, {"id": 2, "body": {"by": "Hanna Müller"}}],
    )
    words = (Personal("Anna Müller"),)
    assert store.count("events", Mentions(column="body", words=words)) == 1
    forget = Forget(table=store.table("events"), column="body", words=words, where=Everything())
    assert store.connector.perform_together([forget]) == (1,)
    read = sa.Table("events", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("body", sa.JSON))
    with store.engine.connect() as connection:
        bodies = list(connection.scalars(sa.select(read.c.body).order_by(read.c.id)))
    assert bodies == [{"by": "[redacted]", "n": [1, 2.5, None]}, {"by": "Hanna Müller"}]


def test_bytes_that_are_no_text_are_kept(store: Store) -> None:
    rows = [{"id": 1, "raw": b"\xff\x00 Bo \xc3"}, {"id": 2, "raw": b"Bob"}]
    table = store.create("blobs", sa.Column("id", sa.Integer, primary_key=True), sa.Column("raw", sa.LargeBinary), rows=rows)
    forget = Forget(table=store.table("blobs"), column="raw", words=(Personal("Bo"),), where=Everything())
    assert store.connector.perform_together([forget]) == (1,)
    assert [bytes(row[1]) for row in store.rows(table)] == [b"\xff\x00 [redacted] \xc3", b"Bob"]


def test_what_is_judged_is_done_in_the_order_of_the_changes(shop: Store) -> None:
    """The second change must see what the first has left, in the same table and the same rows."""
    orders = shop.table("orders")
    changes: list[PersonChange] = [
        Rectify(table=orders, column="note", value=Personal("from person9@example.org"), where=Equals(column="account", value=3)),
        Forget(table=orders, column="note", words=(Personal("person9@example.org"),), where=Everything()),
        DeleteRows(table=orders, where=Finds(column="note", kinds=("email",)), rows=0),
    ]
    assert shop.connector.perform_together(changes) == (4, 8, PEOPLE * 2 - 8)


def test_partitioned_tables(server: Store) -> None:
    columns = "id INTEGER, at INTEGER, note VARCHAR(50), PRIMARY KEY (id, at)"
    if server.dialect == "postgresql":
        parts = [f"CREATE TABLE log_{at} PARTITION OF log FOR VALUES FROM ({at}) TO ({at + 10})" for at in (0, 10)]
        server.make(f"CREATE TABLE log ({columns}) PARTITION BY RANGE (at)", *parts)
    else:
        server.make(
            f"CREATE TABLE log ({columns}) PARTITION BY RANGE (at) "
            "(PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN (20))"
        )
    server.make(f"INSERT INTO log VALUES {', '.join(f'({at}, {at}, {chr(39)}Bo {at}{chr(39)})' for at in range(20))}")
    table = server.table("log")
    changes: list[PersonChange] = [
        Forget(table=table, column="note", words=(Personal("Bo"),), where=OneOf(column="id", keys=tuple(range(5, 15)))),
        DeleteRows(table=table, where=OneOf(column="id", keys=(9, 10, 11)), rows=0),
    ]
    assert server.connector.perform_together(changes) == (10, 3)
    assert server.count("log", Mentions(column="note", words=(Personal("bo"),))) == 10


def test_a_table_without_transactions_is_refused_beforehand(mariadb: Store) -> None:
    mariadb.make("CREATE TABLE old (id INTEGER PRIMARY KEY) ENGINE=MyISAM", "CREATE TABLE new (id INTEGER PRIMARY KEY)")
    mariadb.make("INSERT INTO old VALUES (1)", "INSERT INTO new VALUES (1)")
    changes = [DeleteRows(table=mariadb.table(name), where=Everything(), rows=0) for name in ("new", "old")]
    with pytest.raises(StoreRefused, match=r"shop\.old knows no transactions"):
        mariadb.connector.perform_together(changes)
    assert (mariadb.count("new"), mariadb.count("old")) == (1, 1)


def engine_of(store: Store) -> sa.Engine:
    access = store.connector._access  # type: ignore[attr-defined]  # the fault is put under the connector, not into it
    engine = access._engine = access._engine or access.native.engine(access.url)
    assert isinstance(engine, sa.Engine)
    return engine


def test_a_connection_killed_in_the_middle_leaves_nothing(server: Store) -> None:
    store = server
    store.create("a", sa.Column("id", sa.Integer, primary_key=True), rows=({"id": at} for at in range(1, 100)))
    store.create("b", sa.Column("id", sa.Integer, primary_key=True), rows=({"id": at} for at in range(1, 100)))

    def kill(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("DELETE") or " b" not in statement.replace("`", " ").replace('"', " "):
            return
        me = "pg_backend_pid()" if store.dialect == "postgresql" else "connection_id()"
        number = connection.exec_driver_sql(f"SELECT {me}").scalar_one()
        by = "SELECT pg_terminate_backend({})" if store.dialect == "postgresql" else "KILL {}"
        with store.engine.connect() as other:
            other.exec_driver_sql(by.format(number))

    sa.event.listen(engine_of(store), "before_cursor_execute", kill)
    changes = [DeleteRows(table=store.table(name), where=Everything(), rows=0) for name in ("a", "b")]
    with pytest.raises(StoreUnreachable) as caught:
        store.connector.perform_together(changes)
    assert caught.value.changed == NOTHING_CHANGED
    sa.event.remove(engine_of(store), "before_cursor_execute", kill)
    assert (store.count("a"), store.count("b")) == (99, 99)
    assert store.connector.perform_together(changes) == (99, 99)


def died(store: Store, changes: Sequence[PersonChange], nth: int) -> bool:
    """Stop at the nth statement from now on; return whether there was one."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == nth:
            raise KeyboardInterrupt

    sa.event.listen(engine_of(store), "before_cursor_execute", count)
    try:
        store.connector.perform_together(changes)
    except KeyboardInterrupt:
        return True
    finally:
        sa.event.remove(engine_of(store), "before_cursor_execute", count)
    return False


def test_stopped_at_any_statement_nothing_is_left_behind(shop: Store) -> None:
    before, changes = everything(shop), erasure(shop, 3, 4)
    nth = 1
    while died(shop, changes, nth):
        assert everything(shop) == before, nth
        nth += 1
    assert nth > 8
    assert everything(shop) != before
    assert shop.connector.perform_together(changes) == (0, 0, 0, 0)


def test_a_lock_of_another_session_is_waited_for(server: Store) -> None:
    server.create("a", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer), rows=[{"id": 1, "n": 1}])
    change = Rectify(table=server.table("a"), column="n", value=Personal(2), where=Equals(column="id", value=1))
    locked, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with server.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE a SET n = 5 WHERE id = 1")
            locked.set()
            let_go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    timer = threading.Timer(2.5, let_go.set)
    try:
        assert locked.wait(30)
        timer.start()
        assert server.connector.perform_together([change]) == (1,)
    finally:
        let_go.set()
        holder.join()
        timer.join()
    assert values(server, "SELECT n FROM a") == [2]


def test_a_lock_that_stays_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kept.connectors.sql.together.PATIENCE_SECONDS", 2.5)
    store.create("a", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer), rows=[{"id": 1, "n": 1}])
    change = Rectify(table=store.table("a"), column="n", value=Personal(2), where=Equals(column="id", value=1))
    with store.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE a SET n = 5 WHERE id = 1")
        with pytest.raises(StoreRefused, match=r"shop\.a is locked by another session"):
            store.connector.perform_together([change])
        connection.rollback()
    assert store.connector.perform_together([change]) == (1,)


def slowly(store: Store) -> None:
    """Let each row of the table `slow` take a quarter of a second to delete."""
    if store.dialect == "postgresql":
        store.make(
            "CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.25); RETURN OLD; END'",
            "CREATE TRIGGER rest BEFORE DELETE ON slow FOR EACH ROW EXECUTE FUNCTION rest()",
        )
    elif store.dialect == "mariadb":
        store.make("CREATE TRIGGER rest BEFORE DELETE ON slow FOR EACH ROW DO SLEEP(0.25)")
    else:
        store.make(
            "CREATE TRIGGER rest BEFORE DELETE ON slow BEGIN SELECT count(*) FROM (WITH RECURSIVE n (i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800000) SELECT i FROM n); END"
        )


def test_too_much_at_once(store: Store) -> None:
    store.create("slow", sa.Column("id", sa.Integer, primary_key=True), rows=({"id": at} for at in range(1, 9)))
    store.create("fast", sa.Column("id", sa.Integer, primary_key=True), rows=({"id": at} for at in range(1, 9)))
    slowly(store)
    changes: list[PersonChange] = [
        DeleteRows(table=store.table("fast"), where=Everything(), rows=0),
        DeleteRows(table=store.table("slow"), where=Everything(), rows=0),
    ]
    with pytest.raises(TooMuchAtOnce, match=r"shop\.fast and shop\.slow takes longer") as caught:
        store.connector.perform_together(changes)
    assert caught.value.changed == NOTHING_CHANGED
    assert (store.count("fast"), store.count("slow")) == (8, 8)
    assert store.connector.perform_together(changes, patient=True) == (8, 8)


def test_many_small_statements_together_are_too_much_too(server: Store) -> None:
    server.create("slow", sa.Column("id", sa.Integer, primary_key=True), rows=({"id": at} for at in range(1, 9)))
    slowly(server)
    changes = [DeleteRows(table=server.table("slow"), where=Equals(column="id", value=at), rows=0) for at in range(1, 9)]
    with pytest.raises(TooMuchAtOnce):
        server.connector.perform_together(changes)
    assert server.count("slow") == 8
    assert server.connector.perform_together(changes[:2]) == (1, 1)


def test_a_right_that_is_missing_is_an_error_of_the_store(shop: Store) -> None:
    with pytest.raises(SourceError, match="is not there"):
        shop.connector.perform_together([DeleteRows(table=shop.table("nowhere"), where=Everything(), rows=0)])
    with pytest.raises(CannotAnswer, match="has no column"):
        shop.connector.perform_together(
            [*erasure(shop, 1), Null(table=shop.table("orders"), columns=("x",), where=Everything(), rows=0)]
        )
    assert shop.count("accounts") == PEOPLE
